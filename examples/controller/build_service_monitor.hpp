// SPDX-License-Identifier: Apache-2.0
// build_service_monitor: what tells Prometheus Operator to scrape an Application.
#pragma once

#include <boost/json/fwd.hpp>

#include "application.hpp"

namespace controller {

/// The ServiceMonitor of `app`, as it is applied where `spec.metrics.enabled`.
///
/// It selects the application's own Service in the application's own namespace, by port name. The job is
/// the application's name, and each series carries it as `iaf_io_application` too. What an application
/// exposes is its author's business, so a scrape is bounded in size, series, labels and time, timestamps of
/// its own do not count, and no redirect is followed.
///
/// The operator refuses a monitor whose scrapeTimeout exceeds its interval.
[[nodiscard]] boost::json::object build_service_monitor(application const& app);

}  // namespace controller
