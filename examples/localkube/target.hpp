// SPDX-License-Identifier: Apache-2.0
// target: what a request's path is about.
#pragma once

#include "kind.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace localkube {

/// A path of the API, taken apart.
///
///     read_target("/apis/apps/v1/namespaces/a/deployments/b/status")   // deployments, "a", "b", "status"
struct target {
    kind const* what = nullptr;
    std::string ns{};
    std::string name{};
    std::string subresource{};
};

/// Nothing where the path names no kind that is served. Parts are percent-decoded.
[[nodiscard]] std::optional<target> read_target(std::string_view path);

}  // namespace localkube
