// SPDX-License-Identifier: Apache-2.0
// build_deployment: the Deployment that runs an Application.
#pragma once

#include <boost/json/fwd.hpp>

#include "application.hpp"

#include <string_view>

namespace controller {

/// The Deployment of `app` running `image`, as it is applied.
///
/// Its pods satisfy the restricted Pod Security Standard: no root, no privilege, no capability, a read-only
/// root file system with a small /tmp in memory, and no token for the Kubernetes API. A pod counts as ready
/// once it accepts connections on the application's port.
[[nodiscard]] boost::json::object build_deployment(application const& app, std::string_view image);

}  // namespace controller
