// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/push_at_exit.hpp>
#include <iafmetrics/iafmetrics.hpp>

#include <doctest/doctest.h>

#include "gateway_under_test.hpp"

#include <stdexcept>
#include <string>
#include <vector>

using iafmetrics::beast::push_at_exit;
using iafmetrics::beast::push_gateway;
using iafmetrics::beast::push_method;
using iafmetrics::beast::push_result;

namespace {

constexpr iafmetrics::gauge_spec rows{"batch_rows", "Rows of the last run."};
constexpr iafmetrics::gauge_spec last_success{"batch_last_success_timestamp_seconds",
                                              "When it last succeeded."};

}  // namespace

TEST_CASE("push_at_exit: the end of a scope pushes what is counted by then, also the end by an exception")
{
    test::gateway_under_test const server;
    push_gateway const gateway{server.url(), {.job = "a"}};
    auto const run = [&](double value, bool succeeds) {
        iafmetrics::registry registry;
        push_at_exit const at_exit{gateway, registry, push_method::add};
        registry.add(rows).set(value);
        if (!succeeds) throw std::runtime_error("no rows");
        registry.add(last_success).set(17);
    };
    run(5, true);
    CHECK(server.shows("batch_rows{instance=\"\",job=\"a\"} 5"));
    CHECK(server.shows("batch_last_success_timestamp_seconds{instance=\"\",job=\"a\"} 17"));
    CHECK_THROWS_AS(run(0, false), std::runtime_error);
    CHECK(server.shows("batch_rows{instance=\"\",job=\"a\"} 0"));
    CHECK(server.shows(
        "batch_last_success_timestamp_seconds{instance=\"\",job=\"a\"} 17"));  // of the run before
}

TEST_CASE("push_at_exit: by default the group is replaced, and after push_now nothing is pushed")
{
    test::gateway_under_test const server;
    push_gateway const gateway{server.url(), {.job = "a"}};
    iafmetrics::registry earlier;
    earlier.add(last_success).set(17);
    REQUIRE(gateway.push(earlier));
    iafmetrics::registry registry;
    registry.add(rows).set(5);
    {
        push_at_exit at_exit{gateway, registry};
        CHECK(at_exit.push_now());
        registry.add(rows).set(6);
    }
    CHECK(server.shows("batch_rows{instance=\"\",job=\"a\"} 5"));
    CHECK(server.page().find("batch_last_success") == std::string::npos);
}

TEST_CASE("push_at_exit: a failure is handed over once, and nothing is thrown, whatever it is")
{
    std::vector<std::string> told;
    auto const tell = [&](push_result const& failed) { told.push_back(failed.message); };
    iafmetrics::registry registry;
    auto& sessions =
        registry.add(iafmetrics::gauge_spec<"instance">{iafmetrics::run_time, "sessions", "Sessions."});
    {
        push_gateway const nobody{"http://127.0.0.1:9", {.job = "a"}};
        push_at_exit const at_exit{nobody, registry, push_method::replace, tell};
    }
    REQUIRE(told.size() == 1);
    CHECK(told[0] == "PUT http://127.0.0.1:9/metrics/job/a: connecting: Connection refused");

    push_gateway const grouped{"http://127.0.0.1:9", {.job = "a", .grouping = {{"instance", "x"}}}};
    sessions.with("a").set(1);
    {
        push_at_exit const at_exit{grouped, registry, push_method::replace, tell};
    }
    REQUIRE(told.size() == 2);
    CHECK(told[1].starts_with("cannot push job \"a\": metric \"sessions\" has the label \"instance\""));

    // Also where telling fails, and while another exception is on its way.
    auto const fail = [&] {
        auto const deaf = [](push_result const&) { throw std::logic_error("deaf"); };
        push_at_exit const at_exit{grouped, registry, push_method::replace, deaf};
        throw std::runtime_error("no rows");
    };
    CHECK_THROWS_AS(fail(), std::runtime_error);
}
