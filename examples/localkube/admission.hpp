// SPDX-License-Identifier: Apache-2.0
// admission: what happens to an object between the request and the store.
#pragma once

#include <boost/json/object.hpp>

#include "kind.hpp"
#include "refusal.hpp"

#include <optional>
#include <string>

namespace localkube {

/// Identity: apiVersion, kind, name and namespace must be those of the path; fills in the namespace and a
/// generated name. `name` is empty for a create.
[[nodiscard]] std::optional<refusal>
check_identity(kind const& what, std::string const& ns, std::string const& name, boost::json::object& body);

/// Drops unknown fields; with `strict`, refuses them.
[[nodiscard]] std::optional<refusal> drop_unknown(kind const& what, boost::json::object& body, bool strict);

/// Fills in what the schema has a default for, and what a Service gets from the server. `before` may be null.
void complete(kind const& what,
              boost::json::object const* before,
              boost::json::object& body,
              std::string const& address);

/// Everything that can be wrong with a whole object, also as a successor of `before`, which may be null.
[[nodiscard]] std::optional<refusal>
validate(kind const& what, boost::json::object const* before, boost::json::object const& object);

}  // namespace localkube
