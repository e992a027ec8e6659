// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/informer.hpp>
#include <kubernetes/object_key.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/json.hpp>

#include <doctest/doctest.h>

#include "../shims/api_under_test.hpp"
#include "localkube_under_test.hpp"

#include <array>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

using namespace iafmetrics::kubernetes;
namespace json = boost::json;
namespace net = boost::asio;

namespace {

json::object object(std::string_view text) { return json::parse(text).as_object(); }

json::object named(std::string const& name) { return {{"metadata", {{"name", name}}}}; }

json::object app(std::string const& name)
{
    return object(R"({"metadata":{"name":")" + name + R"("},"spec":{"image":"nginx"}})");
}

/// A localkube, a client, and the namespace "n".
struct bench {
    explicit bench(localkube_under_test::options o = {}) : kube(o), api({.url = kube.url(), .page_size = 2})
    {
        REQUIRE(api(api->create(namespaces, {}, named("n"))).has_value());
    }
    std::string version()
    {
        return std::string(text_at(*api(api->list(namespaces)), {"metadata", "resourceVersion"}));
    }

    /// Watches until `enough` events have come; each as "type name".
    std::vector<std::string>
    watch(resource const& what, std::string const& from, std::size_t enough, std::string const& labels = {})
    {
        std::vector<std::string> seen;
        net::cancellation_signal stop;
        auto take = [&](watch_event e) {
            constexpr std::array types{"+", "~", "-", "bookmark"};
            seen.push_back(types.at(static_cast<std::size_t>(e.type)) +
                           std::string(text_at(e.object, {"metadata", "name"})));
            if (seen.size() == enough) stop.emit(net::cancellation_type::terminal);
        };
        ended = {};
        net::co_spawn(
            api.io(), api->watch(what, "", from, take, labels),
            net::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, status s) { ended = s; }));
        api.io().restart();
        api.io().run_for(std::chrono::seconds(20));
        return seen;
    }

    localkube_under_test kube;
    api_under_test api;
    status ended;
};

/// Sends text as it is and reads until the server closes.
std::string raw(std::uint16_t port, std::string const& text)
{
    net::io_context io;
    net::ip::tcp::socket socket(io);
    socket.connect({net::ip::address_v4::loopback(), port});
    boost::system::error_code ec;
    net::write(socket, net::buffer(text), ec);
    std::string out;
    net::read(socket, net::dynamic_buffer(out), ec);
    return out;
}

std::string request(std::string const& line, std::string const& type, std::string const& body)
{
    return line + " HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Type: " + type +
           "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

}  // namespace

TEST_CASE("localkube: lists in pages and the client puts them together")
{
    bench b;
    std::set<std::string> wanted;
    for (int i = 0; i != 7; ++i)
        wanted.insert(std::string(text_at(
            *b.api(b.api->create(applications, "n", app("a" + std::to_string(i)))), {"metadata", "name"})));
    CHECK(wanted.size() == 7);
    auto const all = b.api(b.api->list(applications));
    REQUIRE(all.has_value());
    std::set<std::string> seen;
    for (auto const& each : all->at("items").as_array())
        seen.insert(key_of(each.as_object()).name);
    CHECK(seen == wanted);
    CHECK(text_at(*all, {"kind"}) == "ApplicationList");
    CHECK(b.api(b.api->list(applications, "default"))->at("items").as_array().empty());
}

TEST_CASE("localkube: a watch tells what happened since a version")
{
    bench b;
    auto const from = b.version();
    REQUIRE(b.api(b.api->create(applications, "n", app("a"))).has_value());
    auto patch = object(R"({"spec":{"replicas":2}})");
    REQUIRE(b.api(b.api->merge_patch(applications, "n", "a", patch)).has_value());
    REQUIRE(b.api(b.api->remove(applications, "n", "a")).has_value());
    CHECK(b.watch(applications, from, 3) == std::vector<std::string>{"+a", "~a", "-a"});
}

TEST_CASE("localkube: a watch by labels sees objects enter and leave")
{
    bench b;
    auto const from = b.version();
    auto const label = [](char const* value) {
        return json::object{{"metadata", {{"labels", {{"x", value}}}}}};
    };
    REQUIRE(b.api(b.api->create(config_maps, "n", named("a"))).has_value());
    REQUIRE(b.api(b.api->merge_patch(config_maps, "n", "a", label("1"))).has_value());
    REQUIRE(b.api(b.api->merge_patch(config_maps, "n", "a", label("2"))).has_value());
    CHECK(b.watch(config_maps, from, 2, "x=1") == std::vector<std::string>{"+a", "-a"});
}

TEST_CASE("localkube: a version that is forgotten is 410 and one of the future is not waited for")
{
    bench b({.window = 3});
    auto const from = b.version();
    for (auto const* name : {"a", "b", "c", "d", "e"})
        REQUIRE(b.api(b.api->create(config_maps, "n", named(name))).has_value());
    CHECK(b.watch(config_maps, from, 9).empty());
    CHECK(b.ended.expired());
    CHECK(b.ended.reason == "Expired");
    CHECK(b.watch(config_maps, "99999999999999999", 9).empty());
    CHECK(b.ended.code == 504);
    CHECK(b.watch(config_maps, "x", 9).empty());
    CHECK(b.ended.code == 400);
}

TEST_CASE("localkube: a watch without a version starts with what is there")
{
    bench b;
    REQUIRE(b.api(b.api->create(applications, "n", app("a"))).has_value());
    CHECK(b.watch(applications, "", 1) == std::vector<std::string>{"+a"});
}

TEST_CASE("localkube: a quiet watch gets bookmarks")
{
    bench b({.bookmarks = std::chrono::milliseconds(20)});
    CHECK(b.watch(applications, b.version(), 2) == std::vector<std::string>{"bookmark", "bookmark"});
}

TEST_CASE("localkube: a quiet watch does not expire by what happens to other kinds")
{
    bench b({.window = 3});
    api_under_test other{{.url = b.kube.url()}};
    std::vector<std::string> seen;
    net::cancellation_signal stop;
    status ended;
    auto take = [&](watch_event e) {
        seen.emplace_back(text_at(e.object, {"metadata", "name"}));
        if (seen.size() == 1) {  // the watch is there
            for (int i = 0; i != 10; ++i)
                static_cast<void>(other(other->create(config_maps, "n", named("m" + std::to_string(i)))));
            static_cast<void>(other(other->create(applications, "n", app("second"))));
        } else {
            stop.emit(net::cancellation_type::terminal);
        }
    };
    REQUIRE(other(other->create(applications, "n", app("first"))).has_value());
    net::co_spawn(b.api.io(), b.api->watch(applications, "", "", take),
                  net::bind_cancellation_slot(stop.slot(), [&](std::exception_ptr, status s) { ended = s; }));
    b.api.io().restart();
    b.api.io().run_for(std::chrono::seconds(20));
    CHECK(seen == std::vector<std::string>{"first", "second"});
    CHECK_FALSE(ended.expired());
}

TEST_CASE("localkube: a watch ends in the ordinary way when its time is up")
{
    bench b;
    auto const since = std::chrono::steady_clock::now();
    auto const path =
        "/apis/iaf.io/v1alpha1/applications?watch=true&timeoutSeconds=1&resourceVersion=" + b.version();
    auto const body = b.api(b.api->raw(path));
    REQUIRE(body.has_value());
    CHECK(body->empty());
    CHECK(std::chrono::steady_clock::now() - since > std::chrono::milliseconds(900));
}

TEST_CASE("localkube: initial events end with a marked bookmark")
{
    bench b;
    REQUIRE(b.api(b.api->create(applications, "n", app("a"))).has_value());
    auto const body =
        b.api(b.api->raw("/apis/iaf.io/v1alpha1/applications?watch=1&timeoutSeconds=0&allowWatchBookmarks="
                         "true&sendInitialEvents=true&resourceVersionMatch=NotOlderThan"));
    REQUIRE(body.has_value());
    auto const added = body->find(R"({"type":"ADDED")");
    CHECK(added == 0);
    CHECK(body->find(R"("k8s.io/initial-events-end":"true")") > added);
}

TEST_CASE("localkube: a stop ends its watches")
{
    auto kube = std::make_unique<localkube_under_test>();
    api_under_test api{{.url = kube->url()}};
    // The first event says that the watch is there; then the server goes, and the watch must return.
    std::thread stopping;
    auto const ended = api(api->watch(namespaces, "", "", [&](watch_event) {
        if (!stopping.joinable()) stopping = std::thread([&] { kube.reset(); });
    }));
    stopping.join();
    CHECK((ended.ok() || ended.unreachable()));
}

TEST_CASE("localkube: a Deployment becomes available and follows its replicas")
{
    bench b;
    auto body =
        object(R"({"spec":{"replicas":2,"selector":{"matchLabels":{"a":"b"}},"template":{"metadata":{"labels":
        {"a":"b"}},"spec":{"containers":[{"name":"x","image":"y"}]}}}})");
    REQUIRE(b.api(b.api->apply(deployments, "n", "d", body, "c")).has_value());
    auto const available = [&](std::int64_t wanted) {
        for (auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(10);
             std::chrono::steady_clock::now() < until;) {
            auto const found = b.api(b.api->get(deployments, "n", "d"));
            boost::system::error_code ec;
            json::value const whole = *found;
            auto const* n = whole.find_pointer("/status/availableReplicas", ec);
            auto const* seen = whole.find_pointer("/status/observedGeneration", ec);
            if (seen && *seen == whole.at_pointer("/metadata/generation") && (n ? *n == wanted : wanted == 0))
                return true;
            std::this_thread::sleep_for(std::chrono::milliseconds(2));
        }
        return false;
    };
    CHECK(available(2));
    body["spec"].as_object()["replicas"] = 5;
    REQUIRE(b.api(b.api->apply(deployments, "n", "d", body, "c")).has_value());
    CHECK(available(5));
    body["spec"].as_object()["replicas"] = 0;
    REQUIRE(b.api(b.api->apply(deployments, "n", "d", body, "c")).has_value());
    CHECK(available(0));
}

TEST_CASE("localkube: an informer has what the server has however far it falls behind")
{
    bench b({.window = 5});
    api_under_test other{{.url = b.kube.url()}};
    informer maps(b.api.client(), config_maps,
                  {.ns = "n",
                   .backoff_base = std::chrono::milliseconds(1),
                   .backoff_limit = std::chrono::milliseconds(10)});
    int step = 0;
    maps.on_change([&](change const& c) {
        // Blocks the informer's loop while many more changes happen than the server remembers.
        if (step == 0 && c.key.name == "first") {
            step = 1;
            for (int i = 0; i != 20; ++i)
                static_cast<void>(other(other->create(config_maps, "n", named("m" + std::to_string(i)))));
            for (int i = 0; i != 10; ++i)
                static_cast<void>(other(other->remove(config_maps, "n", "m" + std::to_string(i))));
            static_cast<void>(other(other->remove(config_maps, "n", "first")));
            static_cast<void>(other(other->create(config_maps, "n", named("last"))));
        }
        if (maps.size() == 11 && maps.find({"n", "last"}) && !maps.find({"n", "first"})) maps.stop();
    });
    REQUIRE(other(other->create(config_maps, "n", named("first"))).has_value());
    b.api(maps.run());
    CHECK(maps.size() == 11);
    CHECK(maps.find({"n", "m19"}));
    CHECK_FALSE(maps.find({"n", "m9"}));
}

TEST_CASE("localkube: what is refused is refused as Kubernetes does it")
{
    bench b;
    auto const port = b.kube.port();
    auto const apps = std::string("/apis/iaf.io/v1alpha1/namespaces/n/applications");
    auto const answer = [&](std::string const& line, std::string const& type, std::string const& body) {
        auto const text = raw(port, request(line, type, body));
        return text.substr(9, 3) + (text.find("\"kind\":\"Status\"") != std::string::npos ? " Status" : "");
    };
    CHECK(answer("POST " + apps, "application/json", "{") == "400 Status");
    CHECK(answer("POST " + apps, "application/json", "[]") == "400 Status");
    CHECK(answer("POST " + apps, "application/json", "") == "400 Status");
    CHECK(answer("POST " + apps, "application/json", std::string(1000, '[')) == "400 Status");
    CHECK(answer("POST " + apps, "application/json", R"({"metadata":{"name":"x"},"spec":{"port":70000}})") ==
          "422 Status");
    CHECK(answer("POST " + apps, "application/json", R"({"metadata":{"name":"x"}})") == "422 Status");
    CHECK(answer("POST " + apps + "?dryRun=All", "application/json", "{}") == "400 Status");
    CHECK(answer("POST " + apps + "?fieldManager=" + std::string(129, 'a'), "application/json", "{}") ==
          "400 Status");
    CHECK(answer("PATCH " + apps + "/x", "application/json-patch+json", "[]") == "415 Status");
    CHECK(answer("PATCH " + apps + "/x", "application/apply-patch+yaml", "{}") == "422 Status");
    CHECK(answer("PATCH " + apps + "/x?fieldManager=a", "application/apply-patch+yaml", "a: b") ==
          "400 Status");
    CHECK(answer("PATCH " + apps + "/x", "application/merge-patch+json", "{}") == "404 Status");
    CHECK(answer("DELETE " + apps, "application/json", "") == "405 Status");
    CHECK(answer("POST " + apps + "/x", "application/json", "{}") == "405 Status");
    CHECK(answer("BREW " + apps, "application/json", "{}") == "405 Status");
    CHECK(answer("GET /apis/iaf.io/v1alpha1/toasters", "application/json", "") == "404");
    CHECK(answer("GET /apis/nobody.io/v1/things", "application/json", "") == "404");
    CHECK(answer("GET " + apps + "/x/scale", "application/json", "") == "404");
    CHECK(answer("GET " + apps + "?labelSelector=a%20b", "application/json", "") == "400 Status");
    CHECK(answer("GET " + apps + "?limit=x", "application/json", "") == "400 Status");
    CHECK(answer("GET " + apps + "?continue=x", "application/json", "") == "400 Status");
    CHECK(answer("POST " + apps, "application/json", std::string(4U << 20U, ' ')) == "413 Status");
    CHECK(raw(port, "nonsense\r\n\r\n").substr(9, 3) == "400");
    CHECK(b.api(b.api->list({"a.io", "v1", "things", "Thing"})).error().kind_missing());
    CHECK(b.api(b.api->raw("/readyz")).value() == "ok");
}
