// SPDX-License-Identifier: Apache-2.0
// table: objects as the rows that `kubectl get` prints.
#pragma once

#include <boost/json/object.hpp>

#include "kind.hpp"
#include "store.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace localkube {

/// Whether an Accept header asks for a Table before it asks for the objects themselves.
[[nodiscard]] bool wants_table(std::string_view accept);

/// A `Table` of meta.k8s.io/v1 with a row for each object: name, what matters for its kind, age.
[[nodiscard]] boost::json::object table_of(kind const& what, std::vector<snapshot> const& objects);

/// How long ago a time of Kubernetes is, as kubectl says it: "12s", "5m30s", "3h", "41d".
[[nodiscard]] std::string age_of(std::string_view timestamp, std::int64_t now);

}  // namespace localkube
