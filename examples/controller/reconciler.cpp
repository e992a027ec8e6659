// SPDX-License-Identifier: Apache-2.0
#include "reconciler.hpp"

#include <boost/json.hpp>

#include "build_deployment.hpp"
#include "build_service.hpp"
#include "build_service_monitor.hpp"
#include "ports.hpp"

#include <algorithm>
#include <utility>

namespace controller {

namespace json = boost::json;
namespace net = boost::asio;

namespace {

/// The reason of a condition has to be a word, whatever a server calls its refusal.
std::string word(std::string const& reason)
{
    bool const good = !reason.empty() && std::ranges::all_of(reason, [](unsigned char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    });
    return good ? reason : "Refused";
}

/// What a dependent that is not present means for the phase; nothing where it is worth another try.
std::optional<assessment> trouble(dependent const& d, std::string const& kind, application const& app)
{
    using enum application_phase;
    switch (d.state) {
    case dependent_state::foreign:
        return assessment{failed, "AlreadyOwned",
                          "A " + kind + " named " + app.name + " exists and is not this application's."};
    case dependent_state::left_over:
        return assessment{deploying, "WaitingForDeletion",
                          "The " + kind + " of a deleted application of the same name is not gone yet."};
    case dependent_state::refused: return assessment{failed, word(d.error.reason), d.error.message};
    case dependent_state::kind_missing:
        return assessment{failed, "KindNotInstalled", "This cluster has no kind " + kind + "."};
    default: return {};
    }
}

}  // namespace

reconciler::reconciler(kubernetes::client& api, caches from, reconciler_options options)
    : api_(api), applications_(from.applications),
      deployments_(api, kubernetes::deployments, from.deployments),
      services_(api, kubernetes::services, from.services),
      service_monitors_(api, kubernetes::service_monitors, from.service_monitors),
      options_(std::move(options))
{}

/// The pass ends here: with an error that is worth another try, or because the application is about to go.
bool reconciler::gave_up(dependent const& d, std::string_view kind, pass& p)
{
    if (d.state == dependent_state::failed) p.left.error = std::string(kind) + ": " + to_string(d.error);
    if (d.state == dependent_state::ending) p.left.again = true;
    return d.state == dependent_state::failed || d.state == dependent_state::ending;
}

void reconciler::look_again(pass& p) const { p.left.look_again = options_.look_again; }

net::awaitable<outcome> reconciler::operator()(kubernetes::object_key key)
{
    pass p;
    auto const found = applications_.find(key);
    if (!found) co_return p.left;  // the garbage collector takes what it owned
    auto const app = read_application(*found);
    if (app.deleting) co_return p.left;

    if (!app.defect.empty()) {
        // What runs keeps running: it was asked for by a spec that was right.
        p.verdict = assess(app, {}, nullptr);
        p.metrics = {"Unknown", "InvalidSpec", app.defect};
        if (!app.status.image.empty()) p.image = app.status.image;
        if (auto const live = deployments_.cached(app)) p.available = available_replicas(live.get());
    } else if (p.image = resolve_image(app, options_.source_image_prefix);
               !p.image && app.source_digest.empty()) {
        co_await retire_all(app, p);
    } else {
        co_await reconcile_workload(app, p);
        if (!p.ended()) co_await reconcile_metrics(app, p);
    }
    if (!p.ended()) co_await write_status(app, p);
    co_return p.left;
}

net::awaitable<void> reconciler::reconcile_workload(application const& app, pass& p)
{
    auto const service = co_await services_.ensure(app, build_service(app));
    if (gave_up(service, "Service", p)) co_return;
    dependent deployment;
    if (p.image) {
        auto desired = build_deployment(app, *p.image);
        deployment = co_await deployments_.ensure(app, std::move(desired));
    } else if (auto const live = deployments_.cached(app)) {
        // An older source keeps running until the image of the new one is there.
        deployment = {dependent_state::present, *live};
    }
    if (gave_up(deployment, "Deployment", p)) co_return;

    auto bad = trouble(deployment, "Deployment", app);
    if (!bad) bad = trouble(service, "Service", app);
    bool const present = deployment.state == dependent_state::present;
    p.available = present ? available_replicas(&deployment.object) : 0;
    p.verdict = bad ? *bad : assess(app, p.image, present ? &deployment.object : nullptr);
    if (bad) look_again(p);
}

net::awaitable<void> reconciler::reconcile_metrics(application const& app, pass& p)
{
    if (!app.metrics.enabled) {
        auto const gone = co_await service_monitors_.retire(app);
        (void)gave_up(gone, "ServiceMonitor", p);
        co_return;
    }
    auto const monitor = co_await service_monitors_.ensure(app, build_service_monitor(app));
    if (gave_up(monitor, "ServiceMonitor", p)) co_return;
    switch (monitor.state) {
    case dependent_state::present:
        p.metrics = {"True", "ServiceMonitorApplied",
                     "Prometheus Operator is asked to scrape " + app.metrics.path + " on port " +
                         std::to_string(app.metrics.port) + "."};
        co_return;
    case dependent_state::kind_missing:
        p.metrics = {"False", "CRDNotInstalled", "This cluster has no kind ServiceMonitor."};
        break;
    default: {
        auto const bad = trouble(monitor, "ServiceMonitor", app);
        p.metrics = {"False", bad ? bad->reason : "Unknown", bad ? bad->message : ""};
    }
    }
    look_again(p);
}

net::awaitable<void> reconciler::retire_all(application const& app, pass& p)
{
    p.verdict = assess(app, {}, nullptr);
    for (auto* kind : {&service_monitors_, &services_, &deployments_}) {
        auto const gone = co_await kind->retire(app);
        if (gave_up(gone, "clean-up", p)) co_return;
        if (gone.state == dependent_state::refused) p.left.error = "clean-up: " + to_string(gone.error);
    }
    if (app.metrics.enabled) p.metrics = {"False", "NotDeployed", "There is nothing to scrape yet."};
}

net::awaitable<void> reconciler::write_status(application const& app, pass& p)
{
    auto const next =
        next_status(app, p.verdict, p.image, p.available, p.metrics, std::chrono::system_clock::now());
    if (next == app.status) co_return;
    auto patch = status_patch(app, next);
    auto const written =
        co_await api_.merge_patch(kubernetes::applications, app.ns, app.name, std::move(patch), "status");
    if (written || written.error().not_found()) co_return;  // deleted meanwhile
    if (written.error().conflict())
        p.left.again = true;  // the cache is a moment behind
    else
        p.left.error = "status: " + to_string(written.error());
}

}  // namespace controller
