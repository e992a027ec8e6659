// SPDX-License-Identifier: Apache-2.0
// The controller against a localkube: what a user asks for, and what comes of it.
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/json.hpp>

#include <doctest/doctest.h>

#include "../controller/loop_under_test.hpp"
#include "../shims/api_under_test.hpp"
#include "localkube_under_test.hpp"

#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

namespace json = boost::json;
namespace kubernetes = iafmetrics::kubernetes;
using kubernetes::resource;

namespace {

constexpr auto ns = "iaf-0123456789ab";
constexpr auto digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

/// A cluster with one namespace and the controller at work in it.
struct platform {
    platform()
    {
        json::object body{{"metadata", json::object{{"name", ns}}}};
        REQUIRE(api(api->create(kubernetes::namespaces, {}, std::move(body))).has_value());
    }

    void create(resource const& what, std::string_view text)
    {
        auto const made =
            api(api->create(what, ns, json::parse(json::string_view(text.data(), text.size())).as_object()));
        auto const why = made ? std::string() : to_string(made.error());
        REQUIRE_MESSAGE(made.has_value(), why);
    }

    void
    patch(resource const& what, std::string_view name, char const* text, std::string_view subresource = {})
    {
        auto const made = api(api->merge_patch(what, ns, name, json::parse(text).as_object(), subresource));
        auto const why = made ? std::string() : to_string(made.error());
        REQUIRE_MESSAGE(made.has_value(), why);
    }

    std::optional<json::object> get(resource const& what, std::string_view name)
    {
        auto found = api(api->get(what, ns, name));
        if (!found) return {};
        return std::move(*found);
    }

    /// The object once it satisfies `wanted`; what it was like at last where that does not come in ten
    /// seconds.
    json::object
    wait(resource const& what, std::string_view name, std::function<bool(json::object const&)> wanted)
    {
        auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        for (;;) {
            auto found = get(what, name);
            if (found && wanted(*found)) return std::move(*found);
            auto const last = found ? json::serialize(*found) : "absent";
            REQUIRE_MESSAGE(std::chrono::steady_clock::now() < deadline, last);
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }

    void wait_until_gone(resource const& what, std::string_view name)
    {
        auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (get(what, name)) {
            REQUIRE(std::chrono::steady_clock::now() < deadline);
            std::this_thread::sleep_for(std::chrono::milliseconds(5));
        }
    }

    json::object wait_for_phase(std::string_view name, std::string_view phase)
    {
        return wait(kubernetes::applications, name, [&](json::object const& app) {
            return kubernetes::text_at(app, {"status", "phase"}) == phase;
        });
    }

    json::object wait_for_metrics(std::string_view name, std::string_view reason)
    {
        return wait(kubernetes::applications, name, [&](json::object const& app) {
            return condition(app, "MetricsReady", "reason") == reason;
        });
    }

    static std::string condition(json::object const& app, std::string_view type, char const* field)
    {
        auto const* all = app.if_contains("status");
        auto const* list = all && all->is_object() ? all->get_object().if_contains("conditions") : nullptr;
        if (!list) return {};
        for (auto const& c : list->as_array())
            if (std::string_view(c.at("type").as_string()) == type)
                return std::string(c.at(field).as_string());
        return {};
    }

    localkube_under_test kube;
    api_under_test api{{.url = kube.url()}};
    std::optional<loop_under_test> controller{std::in_place, kube.url()};
};

std::string_view phase_line(std::string const& page, std::string_view phase)
{
    auto const at = page.find("{phase=\"" + std::string(phase) + "\"} ");
    return at == std::string::npos ? std::string_view()
                                   : std::string_view(page).substr(at + phase.size() + 11, 1);
}

// The controller counts what its own watch has shown it, which may be behind what a test reads from the server.
bool comes_to_count(platform& p, std::string_view phase, std::string_view many)
{
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (phase_line(p.controller->page(), phase) != many) {
        if (std::chrono::steady_clock::now() > deadline) return false;
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    return true;
}

}  // namespace

TEST_CASE("controller: an application with an image comes to run")
{
    platform p;
    p.create(kubernetes::applications,
             R"({"metadata": {"name": "shop"}, "spec": {"image": "shop:1", "replicas": 2, "port": 3000}})");
    auto const app = p.wait_for_phase("shop", "Running");
    CHECK(app.at("status").at("image") == "shop:1");
    CHECK(app.at("status").at("availableReplicas") == 2);
    CHECK(app.at("status").at("observedGeneration") == app.at("metadata").at("generation"));
    CHECK(p.condition(app, "Ready", "status") == "True");
    CHECK(p.condition(app, "MetricsReady", "reason") == "Disabled");

    auto const service = p.get(kubernetes::services, "shop");
    REQUIRE(service);
    CHECK(service->at("spec").at("ports").at(0).at("name") == "http");
    CHECK(service->at("spec").at("ports").at(0).at("port") == 3000);
    CHECK_FALSE(p.get(kubernetes::service_monitors, "shop"));
    CHECK(comes_to_count(p, "Running", "1"));
}

TEST_CASE("controller: a changed spec is rolled out")
{
    platform p;
    p.create(kubernetes::applications, R"({"metadata": {"name": "shop"},
             "spec": {"image": "shop:1", "env": [{"name": "A", "value": "1"}, {"name": "B", "value": "2"}]}})");
    p.wait_for_phase("shop", "Running");
    p.patch(kubernetes::applications, "shop", R"({"spec": {"image": "shop:2", "env": null, "replicas": 3}})");
    auto const app = p.wait(kubernetes::applications, "shop", [](json::object const& a) {
        return kubernetes::text_at(a, {"status", "image"}) == "shop:2" &&
               kubernetes::text_at(a, {"status", "phase"}) == "Running" &&
               a.at("status").at("availableReplicas") == 3;
    });
    CHECK(app.at("status").at("observedGeneration") == 2);
    auto const deployment = p.get(kubernetes::deployments, "shop");
    REQUIRE(deployment);
    auto const container = json::value(*deployment).at_pointer("/spec/template/spec/containers/0");
    CHECK(container.at("image") == "shop:2");
    CHECK_FALSE(container.as_object().contains("env"));
}

TEST_CASE("controller: an application without image or source is Pending until it has one")
{
    platform p;
    p.create(kubernetes::applications, R"({"metadata": {"name": "shop"}, "spec": {}})");
    p.wait_for_phase("shop", "Pending");
    CHECK(comes_to_count(p, "Pending", "1"));
    CHECK_FALSE(p.get(kubernetes::deployments, "shop"));

    auto const source =
        std::string(R"({"spec": {"source": {"digest": ")") + digest + R"(", "sizeBytes": 3}}})";
    p.patch(kubernetes::applications, "shop", source.c_str());
    auto const app = p.wait_for_phase("shop", "Running");
    CHECK(app.at("status").at("image") == json::value("iaf.local/sources@" + std::string(digest)));
}

TEST_CASE("controller: a source is seen to be Building before it is deployed")
{
    platform p;
    std::vector<std::string> phases;
    std::thread watcher;
    {
        // The watch starts before the application exists, so that it sees every state of it.
        boost::asio::io_context io{1};
        kubernetes::client client{io.get_executor(), {.url = p.kube.url()}};
        kubernetes::informer applications{client, kubernetes::applications};
        applications.on_change([&](kubernetes::change const& c) {
            std::string const phase(c.after ? kubernetes::text_at(*c.after, {"status", "phase"}) : "");
            if (phases.empty() || phases.back() != phase) phases.push_back(phase);
            if (phase == "Running") applications.stop();
        });
        applications.on_synced([&] {
            watcher = std::thread([&] {
                p.create(kubernetes::applications,
                         std::string(R"({"metadata": {"name": "shop"}, "spec": {"source": {"digest": ")") +
                             digest + "\"}}}");
            });
        });
        boost::asio::co_spawn(io, applications.run(), boost::asio::detached);
        io.run_for(std::chrono::seconds(10));
        watcher.join();
    }
    CHECK(phases == std::vector<std::string>{"", "Building", "Deploying", "Running"});
}

TEST_CASE("controller: a service monitor comes with metrics and goes with them")
{
    platform p;
    p.create(kubernetes::applications, R"({"metadata": {"name": "shop"},
             "spec": {"image": "shop:1", "metrics": {"enabled": true, "port": 9100, "path": "/m"}}})");
    p.wait_for_metrics("shop", "ServiceMonitorApplied");
    auto const monitor = p.get(kubernetes::service_monitors, "shop");
    REQUIRE(monitor);
    CHECK(monitor->at("spec").at("endpoints").at(0).at("port") == "metrics");
    CHECK(monitor->at("spec").at("endpoints").at(0).at("path") == "/m");
    CHECK(p.get(kubernetes::services, "shop")->at("spec").at("ports").at(1).at("port") == 9100);

    p.patch(kubernetes::applications, "shop", R"({"spec": {"metrics": {"port": null}}})");
    p.wait(kubernetes::service_monitors, "shop",
           [](json::object const& m) { return m.at("spec").at("endpoints").at(0).at("port") == "http"; });
    p.patch(kubernetes::applications, "shop", R"({"spec": {"metrics": {"enabled": false}}})");
    p.wait_for_metrics("shop", "Disabled");
    CHECK_FALSE(p.get(kubernetes::service_monitors, "shop"));
    CHECK(p.get(kubernetes::services, "shop")->at("spec").at("ports").as_array().size() == 1);
}

TEST_CASE("controller: a service monitor of somebody else survives")
{
    platform p;
    p.create(kubernetes::service_monitors, R"({"metadata": {"name": "shop", "labels": {"mine": "yes"}},
             "spec": {"selector": {}, "endpoints": [{"port": "web"}]}})");
    p.create(kubernetes::applications, R"({"metadata": {"name": "shop"},
             "spec": {"image": "shop:1", "metrics": {"enabled": true}}})");
    auto const app = p.wait_for_metrics("shop", "AlreadyOwned");
    CHECK(p.condition(app, "MetricsReady", "status") == "False");
    p.wait_for_phase("shop", "Running");

    p.patch(kubernetes::applications, "shop", R"({"spec": {"metrics": {"enabled": false}}})");
    p.wait_for_metrics("shop", "Disabled");
    auto const monitor = p.get(kubernetes::service_monitors, "shop");
    REQUIRE(monitor);
    CHECK(monitor->at("spec").at("endpoints").at(0).at("port") == "web");
    CHECK(monitor->at("metadata").at("labels") == json::parse(R"({"mine": "yes"})"));
}

TEST_CASE("controller: what belongs to a deleted application goes with it")
{
    platform p;
    p.create(kubernetes::applications, R"({"metadata": {"name": "shop"},
             "spec": {"image": "shop:1", "metrics": {"enabled": true}}})");
    p.wait_for_phase("shop", "Running");
    p.wait_for_metrics("shop", "ServiceMonitorApplied");
    REQUIRE(p.api(p.api->remove(kubernetes::applications, ns, "shop")).has_value());
    for (auto const& kind : {kubernetes::deployments, kubernetes::services, kubernetes::service_monitors})
        p.wait_until_gone(kind, "shop");
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (phase_line(p.controller->page(), "Running") != "0")
        REQUIRE(std::chrono::steady_clock::now() < deadline);

    // The name is free again, and what comes next owes nothing to what was there.
    p.create(kubernetes::applications, R"({"metadata": {"name": "shop"}, "spec": {"image": "shop:2"}})");
    CHECK(p.wait_for_phase("shop", "Running").at("status").at("image") == "shop:2");
}

TEST_CASE("controller: an application that the cluster refuses is Failed with its reason")
{
    platform p;
    p.controller.reset();
    p.create(kubernetes::applications, R"({"metadata": {"name": "shop"}, "spec": {"image": "shop:1"}})");
    // The application's own Deployment with another selector, which no write may change.
    auto const uid =
        std::string(kubernetes::text_at(*p.get(kubernetes::applications, "shop"), {"metadata", "uid"}));
    p.create(kubernetes::deployments,
             R"({"metadata": {"name": "shop", "ownerReferences": [{"apiVersion": "iaf.io/v1alpha1",
                 "kind": "Application", "name": "shop", "controller": true, "uid": ")" +
                 uid + R"("}]},
                 "spec": {"selector": {"matchLabels": {"a": "b"}}, "template": {"metadata": {"labels": {"a": "b"}},
                 "spec": {"containers": [{"name": "c", "image": "i"}]}}}})");
    p.controller.emplace(p.kube.url());
    auto const app = p.wait_for_phase("shop", "Failed");
    CHECK(p.condition(app, "Ready", "status") == "False");
    CHECK(p.condition(app, "Ready", "reason") == "Invalid");
    CHECK(p.condition(app, "Ready", "message").find("spec.selector") != std::string::npos);
}

TEST_CASE("controller: a deployment that makes no progress is Failed and recovers")
{
    platform p;
    p.create(kubernetes::applications, R"({"metadata": {"name": "shop"}, "spec": {"image": "shop:1"}})");
    p.wait_for_phase("shop", "Running");
    p.patch(kubernetes::deployments, "shop",
            R"({"status": {"conditions": [{"type": "Progressing", "status": "False",
            "reason": "ProgressDeadlineExceeded", "message": "timed out"}]}})",
            "status");
    auto const app = p.wait_for_phase("shop", "Failed");
    CHECK(p.condition(app, "Ready", "reason") == "ProgressDeadlineExceeded");
    p.patch(kubernetes::applications, "shop", R"({"spec": {"image": "shop:2"}})");
    p.wait_for_phase("shop", "Running");
}

TEST_CASE("controller: what somebody changes or deletes is put right")
{
    platform p;
    p.create(kubernetes::applications, R"({"metadata": {"name": "shop"},
             "spec": {"image": "shop:1", "metrics": {"enabled": true}}})");
    p.wait_for_phase("shop", "Running");
    p.patch(kubernetes::deployments, "shop", R"({"spec": {"replicas": 7}})");
    p.wait(kubernetes::deployments, "shop",
           [](json::object const& d) { return d.at("spec").at("replicas") == 1; });
    auto const before = p.get(kubernetes::services, "shop");
    REQUIRE(p.api(p.api->remove(kubernetes::services, ns, "shop")).has_value());
    p.wait(kubernetes::services, "shop", [&](json::object const& s) {
        return s.at("metadata").at("uid") != before->at("metadata").at("uid");
    });
    REQUIRE(p.api(p.api->remove(kubernetes::service_monitors, ns, "shop")).has_value());
    p.wait(kubernetes::service_monitors, "shop", [](json::object const&) { return true; });
}

TEST_CASE("controller: a new one takes over without a write")
{
    platform p;
    p.create(kubernetes::applications, R"({"metadata": {"name": "shop"},
             "spec": {"image": "shop:1", "metrics": {"enabled": true}}})");
    p.wait_for_phase("shop", "Running");
    p.wait_for_metrics("shop", "ServiceMonitorApplied");
    p.controller.reset();

    auto const versions = [&] {
        std::string all;
        for (auto const& kind : {kubernetes::applications, kubernetes::deployments, kubernetes::services,
                                 kubernetes::service_monitors})
            all +=
                std::string(kubernetes::text_at(*p.get(kind, "shop"), {"metadata", "resourceVersion"})) + ' ';
        return all;
    };
    auto const before = versions();
    p.controller.emplace(p.kube.url());
    p.controller->wait_for_reconciles(1);
    CHECK(versions() == before);
    CHECK(comes_to_count(p, "Running", "1"));
}
