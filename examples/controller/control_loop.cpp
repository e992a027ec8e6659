// SPDX-License-Identifier: Apache-2.0
#include "control_loop.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>

#include "owned_metadata.hpp"
#include <program/log.hpp>
#include <program/run.hpp>

#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace controller {

namespace net = boost::asio;

namespace {

/// Reconciles of different applications that may be under way at a time: they spend their time waiting.
constexpr int workers = 4;

/// Between two tries of what keeps failing. An outage of the API that ends is noticed this soon.
constexpr auto longest_pause = std::chrono::seconds(60);

/// How long the end waits for reconciles under way. Cut off, they are done again by the next controller.
constexpr auto drain_limit = std::chrono::seconds(10);

kubernetes::informer_options ours(kubernetes::informer_options options)
{
    options.label_selector = managed_by_selector;
    return options;
}

}  // namespace

control_loop::control_loop(net::io_context& io,
                           kubernetes::client& api,
                           iafmetrics::registry& registry,
                           program::log& log,
                           reconciler_options options,
                           kubernetes::informer_options informers)
    : io_(io), log_(log), queue_(io.get_executor(), {.backoff_limit = longest_pause}),
      applications_(api, kubernetes::applications, informers),
      deployments_(api, kubernetes::deployments, ours(informers)),
      services_(api, kubernetes::services, ours(informers)),
      service_monitors_(api, kubernetes::service_monitors, ours(informers)),
      reconcile_(api, {applications_, deployments_, services_, service_monitors_}, std::move(options)),
      metrics_(registry, applications_)
{
    watch(applications_, "applications");
    watch(deployments_, "deployments");
    watch(services_, "services");
    watch(service_monitors_, "servicemonitors");
}

void control_loop::watch(kubernetes::informer& informer, std::string_view what)
{
    // Dependents bear their application's name in its namespace, so every event's key is an application's.
    informer.on_change([this](kubernetes::change const& c) { queue_.add(c.key); });
    informer.on_failure([this, what](kubernetes::status const& s) {
        log_.warning("cannot watch", {{"resource", what}, {"reason", to_string(s)}});
        start_workers();
    });
    informer.on_synced([this] { start_workers(); });
}

void control_loop::run()
{
    for (auto* informer : {&applications_, &deployments_, &services_, &service_monitors_})
        start(informer->run(), "informer");
    while (!stopping_ && io_.run_one() != 0) {}
    io_.run_for(drain_limit);
}

void control_loop::stop()
{
    net::post(io_, [this] { shut_down(); });
}

void control_loop::shut_down()
{
    if (std::exchange(stopping_, true)) return;
    ready_ = false;
    for (auto* informer : {&applications_, &deployments_, &services_, &service_monitors_})
        informer->stop();
    queue_.shut_down();
}

void control_loop::start_workers()
{
    bool const filled = applications_.synced() && deployments_.synced() && services_.synced();
    bool const asked = service_monitors_.synced() || !service_monitors_.failure().ok();
    if (ready_ || stopping_ || !filled || !asked) return;
    ready_ = true;
    log_.info("caches are filled", {{"applications", applications_.size()}});
    for (int i = 0; i != workers; ++i)
        start(work(), "worker");
}

void control_loop::start(net::awaitable<void> work, std::string_view what)
{
    net::co_spawn(io_, std::move(work), [this, what](std::exception_ptr thrown) {
        if (!thrown) return;
        // Without an informer or a worker the rest only looks alive: end, and be started again.
        log_.error("cannot go on", {{"part", what}, {"reason", program::describe(thrown)}});
        std::rethrow_exception(thrown);
    });
}

net::awaitable<void> control_loop::work()
{
    while (auto const key = co_await queue_.get()) {
        auto const left = co_await reconcile(*key);
        if (!left.error.empty()) {
            metrics_.reconcile_errors.increment();
            log_.warning("cannot reconcile", {{"application", to_string(*key)},
                                              {"failures", queue_.failures(*key) + 1},
                                              {"reason", left.error}});
        }
        if (!left.error.empty() || left.again)
            queue_.add_rate_limited(*key);
        else
            queue_.forget(*key);
        if (left.look_again) queue_.add_after(*key, *left.look_again);
        queue_.done(*key);
    }
}

net::awaitable<outcome> control_loop::reconcile(kubernetes::object_key key)
{
    auto const begun = std::chrono::steady_clock::now();
    outcome left;
    try {
        left = co_await reconcile_(key);
    } catch (...) {
        left.error = program::describe(std::current_exception());
    }
    metrics_.reconcile_duration.observe(
        std::chrono::duration<double>(std::chrono::steady_clock::now() - begun).count());
    co_return left;
}

}  // namespace controller
