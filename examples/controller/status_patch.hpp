// SPDX-License-Identifier: Apache-2.0
// status_patch: the status an Application should have, and the patch that gets it there.
#pragma once

#include <boost/json/fwd.hpp>

#include "application.hpp"
#include "assess.hpp"

#include <chrono>
#include <optional>
#include <string>

namespace controller {

/// What became of the ServiceMonitor: the status, reason and message of the MetricsReady condition.
struct metrics_verdict {
    std::string status = "False";
    std::string reason = "Disabled";
    std::string message = "Metrics are not enabled.";
};

/// The status that says `verdict` about `app`. A condition keeps its lastTransitionTime until its status
/// flips, whatever else of it changes. Conditions of types that the controller does not know are kept.
[[nodiscard]] application_status next_status(application const& app,
                                             assessment const& verdict,
                                             std::optional<std::string> const& image,
                                             std::int64_t available_replicas,
                                             metrics_verdict const& metrics,
                                             std::chrono::system_clock::time_point now);

/// The JSON merge patch of the status subresource. It names the version of the object that the status was
/// computed from, so that a stale cache cannot overwrite what it has not seen: the answer is a conflict.
[[nodiscard]] boost::json::object status_patch(application const& app, application_status const& next);

}  // namespace controller
