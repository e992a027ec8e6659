// SPDX-License-Identifier: Apache-2.0
// control_loop: informers feed a queue, workers reconcile what is in it.
#pragma once

#include <kubernetes/client.hpp>
#include <kubernetes/informer.hpp>
#include <kubernetes/work_queue.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>

#include "controller_metrics.hpp"
#include "reconciler.hpp"

#include <atomic>
#include <functional>
#include <string_view>

namespace program {
class log;
}

namespace controller {

/// The controller without its ports: everything between the Kubernetes API and the metrics.
///
///     control_loop loop{api, registry, log};
///     loop.run();                     // until stop()
///
/// Workers start when applications, deployments and services are in their caches: an empty cache would read
/// as a cluster where everything was deleted. ServiceMonitors are asked for first, but a cluster that does
/// not have the kind is not waited for.
///
/// Threads: run() is the thread of the client's executor; stop() and ready() from any.
class control_loop {
public:
    control_loop(boost::asio::io_context& io,
                 kubernetes::client& api,
                 iafmetrics::registry& registry,
                 program::log& log,
                 reconciler_options options = {},
                 kubernetes::informer_options informers = {});

    /// Returns when stop() was called and what was being reconciled is finished.
    void run();
    void stop();

    /// The caches are filled and the workers at work.
    [[nodiscard]] bool ready() const { return ready_; }

    [[nodiscard]] kubernetes::informer const& applications() const { return applications_; }

private:
    void start(boost::asio::awaitable<void> work, std::string_view what);
    void watch(kubernetes::informer& informer, std::string_view what);
    void start_workers();
    void shut_down();
    boost::asio::awaitable<void> work();
    boost::asio::awaitable<outcome> reconcile(kubernetes::object_key key);

    boost::asio::io_context& io_;
    program::log& log_;
    kubernetes::work_queue queue_;
    kubernetes::informer applications_;
    kubernetes::informer deployments_;
    kubernetes::informer services_;
    kubernetes::informer service_monitors_;
    reconciler reconcile_;
    controller_metrics metrics_;
    std::atomic<bool> ready_ = false;
    bool stopping_ = false;
};

}  // namespace controller
