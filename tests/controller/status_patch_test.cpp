// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "sample_application.hpp"
#include <controller/status_patch.hpp>

using namespace controller;
namespace json = boost::json;
using std::chrono::system_clock;

namespace {

auto const first = system_clock::from_time_t(1'700'000'000);   // 2023-11-14T22:13:20Z
auto const second = system_clock::from_time_t(1'700'000'060);  // 2023-11-14T22:14:20Z

application_status
next(application const& app, application_phase phase, std::string reason, system_clock::time_point now)
{
    return next_status(app, {phase, std::move(reason), ""}, "i", 1, {}, now);
}

}  // namespace

TEST_CASE("status_patch: conditions are there from the first pass on")
{
    auto const made = next(sample_application(), application_phase::deploying, "RollingOut", first);
    REQUIRE(made.conditions.size() == 2);
    CHECK(made.phase == "Deploying");
    CHECK(made.observed_generation == 3);
    CHECK(made.conditions[0] == condition{.type = "Ready",
                                          .status = "False",
                                          .reason = "RollingOut",
                                          .observed_generation = 3,
                                          .last_transition_time = "2023-11-14T22:13:20Z"});
    CHECK(made.conditions[1].type == "MetricsReady");
    CHECK(made.conditions[1].reason == "Disabled");
}

TEST_CASE("status_patch: a transition is timed when the status flips and not when the reason changes")
{
    auto app = sample_application();
    app.status = next(app, application_phase::deploying, "RollingOut", first);
    auto const waiting = next(app, application_phase::deploying, "ReplicasUnavailable", second);
    CHECK(waiting.conditions[0].reason == "ReplicasUnavailable");
    CHECK(waiting.conditions[0].last_transition_time == "2023-11-14T22:13:20Z");

    auto const running = next(app, application_phase::running, "Available", second);
    CHECK(running.conditions[0].status == "True");
    CHECK(running.conditions[0].last_transition_time == "2023-11-14T22:14:20Z");
    CHECK(running.conditions[1].last_transition_time == "2023-11-14T22:13:20Z");
}

TEST_CASE("status_patch: nothing differs when nothing happened")
{
    auto app = sample_application();
    app.status = next(app, application_phase::running, "Available", first);
    CHECK(next(app, application_phase::running, "Available", second) == app.status);
}

TEST_CASE("status_patch: what is written reads back the same")
{
    auto app = sample_application();
    auto const made = next(app, application_phase::running, "Available", first);
    auto const patch = status_patch(app, made);
    auto object = sample_object();
    object["status"] = patch.at("status");
    CHECK(read_application(object).status == made);
}

TEST_CASE("status_patch: names the version it was computed from and removes an image that is no more")
{
    auto const app = sample_application();
    auto const patch = status_patch(app, next_status(app, {}, {}, 0, {}, first));
    CHECK(patch.at("metadata") == json::parse(R"({"resourceVersion": "17"})"));
    CHECK(patch.at("status").at("image").is_null());
}

TEST_CASE("status_patch: keeps the conditions of others")
{
    auto app = sample_application();
    app.status.conditions.push_back({.type = "Audited", .status = "True", .reason = "Yes"});
    auto const made = next(app, application_phase::running, "Available", first);
    REQUIRE(made.conditions.size() == 3);
    CHECK(made.conditions[0].type == "Audited");
}
