// SPDX-License-Identifier: Apache-2.0
// reconciler: brings the cluster in line with one Application.
#pragma once

#include <kubernetes/client.hpp>
#include <kubernetes/informer.hpp>

#include <boost/asio/awaitable.hpp>

#include "application.hpp"
#include "assess.hpp"
#include "dependents.hpp"
#include "status_patch.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace controller {

struct reconciler_options {
    /// What precedes "@sha256:…" in the image of an uploaded source.
    std::string source_image_prefix = "iaf.local/sources";

    /// When to look again at what only others can mend: a foreign object, a kind that is not installed, a
    /// refusal.
    std::chrono::milliseconds look_again{30'000};
};

/// What is left to do for a key.
struct outcome {
    std::string error{};  ///< not empty: failed, try again with a growing delay
    bool again = false;   ///< try again with a growing delay, without a failure
    std::optional<std::chrono::milliseconds> look_again{};  ///< all is done, but look again after this time
};

/// Level-based: it reads what is there, writes what differs, and needs no event to tell it what happened. So
/// it may be called at any time, any number of times, and ends in the same state.
///
/// Writes nothing at all when the cluster is as it should be.
class reconciler {
public:
    /// The caches from which it reads. Those of dependents hold what the controller made.
    struct caches {
        kubernetes::informer const& applications;
        kubernetes::informer const& deployments;
        kubernetes::informer const& services;
        kubernetes::informer const& service_monitors;
    };

    reconciler(kubernetes::client& api, caches from, reconciler_options options = {});

    boost::asio::awaitable<outcome> operator()(kubernetes::object_key key);

private:
    /// What one pass finds out, part by part.
    struct pass {
        std::optional<std::string> image{};
        assessment verdict{};
        metrics_verdict metrics{};
        std::int64_t available = 0;
        outcome left{};

        [[nodiscard]] bool ended() const { return left.again || !left.error.empty(); }
    };

    boost::asio::awaitable<void> reconcile_workload(application const& app, pass& p);
    boost::asio::awaitable<void> reconcile_metrics(application const& app, pass& p);
    boost::asio::awaitable<void> retire_all(application const& app, pass& p);
    boost::asio::awaitable<void> write_status(application const& app, pass& p);
    void look_again(pass& p) const;
    static bool gave_up(dependent const& d, std::string_view kind, pass& p);

    kubernetes::client& api_;
    kubernetes::informer const& applications_;
    dependents deployments_;
    dependents services_;
    dependents service_monitors_;
    reconciler_options const options_;
};

}  // namespace controller
