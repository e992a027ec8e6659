// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/informer.hpp>

#include <boost/json.hpp>

#include <doctest/doctest.h>

#include "api_under_test.hpp"
#include "scripted_server.hpp"

using namespace iafmetrics::kubernetes;
using reply = scripted_server::reply;
using server = scripted_server;

namespace {

informer_options const quick{.backoff_base = std::chrono::milliseconds(1),
                             .backoff_limit = std::chrono::milliseconds(5)};

std::string object(std::string const& name, int version)
{
    return R"({"metadata":{"namespace":"n","name":")" + name + R"(","resourceVersion":")" +
           std::to_string(version) + "\"}}";
}

std::string event(std::string const& type, std::string const& name, int version)
{
    return R"({"type":")" + type + R"(","object":)" + object(name, version) + "}\n";
}

reply list(int version, std::string const& items)
{
    return server::json(200, R"({"metadata":{"resourceVersion":")" + std::to_string(version) +
                                 R"("},"items":[)" + items + "]}");
}

std::string const expired = R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired"}})"
                            "\n";

/// Runs an informer against a script until `enough` changes were seen; each change as "+a", "~a" or "-a".
struct run {
    run(server::script script, std::size_t enough) : peer(std::move(script)), api({.url = peer.url()})
    {
        informer apps(api.client(), applications, quick);
        apps.on_failure([&](status const& s) { failures.push_back(s.code); });
        apps.on_change([&](change const& c) {
            seen.push_back((!c.before ? "+" : !c.after ? "-" : "~") + c.key.name);
            CHECK((apps.find(c.key) == c.after));
            if (seen.size() >= enough) apps.stop();
        });
        api(apps.run());
        for (auto const& each : apps.all())
            left.push_back(key_of(*each).name);
        synced = apps.synced();
    }

    [[nodiscard]] std::string target(std::size_t n) const
    {
        auto const text = peer.requests().at(n);
        return text.substr(0, text.find(" HTTP"));
    }

    server peer;
    api_under_test api;
    std::vector<std::string> seen;
    std::vector<std::string> left;
    std::vector<int> failures;
    bool synced = false;
};

bool has(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

}  // namespace

TEST_CASE("kubernetes informer: lists and then follows the watch")
{
    run const r(
        [](int n, std::string const&) {
            if (n == 1) return list(5, object("a", 3) + "," + object("b", 4));
            return server::chunked(
                event("ADDED", "c", 6) + event("MODIFIED", "a", 7) + event("DELETED", "b", 8), 9);
        },
        5);
    CHECK(r.seen == std::vector<std::string>{"+a", "+b", "+c", "~a", "-b"});
    CHECK(r.left == std::vector<std::string>{"a", "c"});
    CHECK(r.synced);
    CHECK(has(r.target(1), "watch=true&resourceVersion=5&"));
}

TEST_CASE("kubernetes informer: an ordinary end continues from the last version without a list")
{
    run const r(
        [](int n, std::string const&) {
            if (n == 1) return list(5, "");
            if (n == 2) return server::chunked(event("ADDED", "a", 6) + event("BOOKMARK", "", 60), 100);
            return server::chunked(event("ADDED", "b", 61), 100);
        },
        2);
    CHECK(r.seen == std::vector<std::string>{"+a", "+b"});
    CHECK(r.peer.requests().size() == 3);
    CHECK(has(r.target(2), "watch=true&resourceVersion=60&"));
    CHECK(r.failures.empty());
}

TEST_CASE("kubernetes informer: an expired version lists again and reports what has gone meanwhile")
{
    for (bool const inside : {true, false}) {
        CAPTURE(inside);
        run const r(
            [inside](int n, std::string const&) {
                if (n == 1) return list(5, object("a", 3) + "," + object("b", 4));
                if (n == 2) return inside ? server::chunked(expired, 100) : server::json(410, "gone");
                return list(50, object("b", 40) + "," + object("c", 41));
            },
            5);
        CHECK(r.seen == std::vector<std::string>{"+a", "+b", "~b", "+c", "-a"});
        CHECK(r.left == std::vector<std::string>{"b", "c"});
        CHECK(r.failures == std::vector<int>{410});
        CHECK(has(r.target(2), "GET /apis/iaf.io/v1alpha1/applications?limit=500"));
    }
}

TEST_CASE("kubernetes informer: a broken watch continues from the last version without a list")
{
    run const r(
        [](int n, std::string const&) -> reply {
            if (n == 1) return list(5, "");
            if (n == 2) {
                auto cut = server::chunked(event("ADDED", "a", 6), 100);
                cut.pieces.back() = "ff\r\n{\"type";
                cut.afterwards = reply::then::close;
                return cut;
            }
            if (n == 3) return server::json(500, "oops");
            if (n == 4) return server::json(429, "busy");
            return server::chunked(event("ADDED", "b", 7), 100);
        },
        2);
    CHECK(r.seen == std::vector<std::string>{"+a", "+b"});
    CHECK(r.failures == std::vector<int>{0, 500, 429});
    CHECK(has(r.target(4), "watch=true&resourceVersion=6&"));
}

TEST_CASE("kubernetes informer: a version from the server's future lists again")
{
    run const r(
        [](int n, std::string const&) {
            if (n == 1) return list(50, object("a", 40));
            if (n == 2) return server::json(504, R"({"kind":"Status","code":504,"reason":"Timeout"})");
            return list(5, object("b", 4));
        },
        3);
    CHECK(r.seen == std::vector<std::string>{"+a", "+b", "-a"});
    CHECK(r.failures == std::vector<int>{504});
}

TEST_CASE("kubernetes informer: an unchanged object of a second list is no change")
{
    run const r(
        [](int n, std::string const&) {
            if (n == 1) return list(5, object("a", 3));
            if (n == 2) return server::chunked(expired, 100);
            return list(50, object("a", 3) + "," + object("b", 7));
        },
        2);
    CHECK(r.seen == std::vector<std::string>{"+a", "+b"});
}

TEST_CASE("kubernetes informer: waits for a kind that is not installed")
{
    run const r(
        [](int n, std::string const&) {
            if (n < 4) return server::json(404, "404 page not found\n");
            return list(5, object("a", 3));
        },
        1);
    CHECK(r.seen == std::vector<std::string>{"+a"});
    CHECK(r.failures == std::vector<int>{404, 404, 404});
}

TEST_CASE("kubernetes informer: a watch that ends at once counts as failed")
{
    run const r(
        [](int n, std::string const&) {
            if (n == 1) return list(5, "");
            if (n == 2) return server::chunked("", 1);
            return server::chunked(event("ADDED", "a", 6), 100);
        },
        1);
    CHECK(r.failures == std::vector<int>{0});
}

TEST_CASE("kubernetes informer: stop ends a list and a watch that hang")
{
    for (bool const listing : {true, false}) {
        CAPTURE(listing);
        boost::asio::io_context* io = nullptr;
        informer* running = nullptr;
        server peer([&](int n, std::string const&) -> reply {
            if (n == 1 && !listing) return list(5, "");
            boost::asio::post(*io, [&] { running->stop(); });
            return {{}, reply::then::hang};
        });
        api_under_test api{{.url = peer.url()}};
        informer apps(api.client(), applications, quick);
        io = &api.io();
        running = &apps;
        api(apps.run());
        CHECK(apps.synced() == !listing);
    }
}
