// SPDX-License-Identifier: Apache-2.0
// build_service: the Service in front of an Application's pods.
#pragma once

#include <boost/json/fwd.hpp>

#include "application.hpp"

namespace controller {

/// The Service of `app`, as it is applied: port `http`, and `metrics` where that is another one. It carries
/// the labels by which the ServiceMonitor selects it.
[[nodiscard]] boost::json::object build_service(application const& app);

}  // namespace controller
