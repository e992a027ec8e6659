// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "sample_application.hpp"
#include <controller/assess.hpp>
#include <controller/build_deployment.hpp>

#include <string>

using namespace controller;
namespace json = boost::json;

namespace {

constexpr auto digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa";

application application_with_source()
{
    return application_with_spec(std::string(R"({"source": {"digest": ")") + digest + "\"}}");
}

/// The sample's Deployment of generation 2 with this status.
json::object deployment(std::string_view status)
{
    auto made = build_deployment(sample_application(), "i");
    made["metadata"].as_object()["generation"] = 2;
    made["status"] = parsed(status);
    return made;
}

assessment assess_deployment(json::object const& d) { return assess(sample_application(), "i", &d); }

}  // namespace

TEST_CASE("phase: has the five names in both directions")
{
    for (auto phase : application_phases)
        CHECK(parse_phase(to_string(phase)) == phase);
    CHECK_FALSE(parse_phase("running"));
    CHECK_FALSE(parse_phase(""));
}

TEST_CASE("assess: Pending with neither image nor source")
{
    auto const app = application_with_spec("{}");
    auto const image = resolve_image(app, "p");
    CHECK_FALSE(image);
    CHECK(assess(app, image, nullptr).phase == application_phase::pending);
}

TEST_CASE("assess: a source is Building for one pass and then its image is recorded")
{
    auto app = application_with_source();
    CHECK_FALSE(resolve_image(app, "iaf.local/sources"));
    CHECK(assess(app, {}, nullptr).phase == application_phase::building);

    app.status.phase = "Building";
    app.status.observed_generation = app.generation;
    auto const image = std::string("iaf.local/sources@") + digest;
    CHECK(resolve_image(app, "iaf.local/sources") == image);

    app.status = {.phase = "Running", .observed_generation = 1, .image = image};
    CHECK(resolve_image(app, "iaf.local/sources") == image);
}

TEST_CASE("assess: a new source is Building again and also when it comes while another is built")
{
    auto app = application_with_source();
    app.status = {
        .phase = "Running", .observed_generation = app.generation, .image = "iaf.local/sources@sha256:b"};
    CHECK_FALSE(resolve_image(app, "iaf.local/sources"));

    app.status = {.phase = "Building", .observed_generation = app.generation - 1};
    CHECK_FALSE(resolve_image(app, "iaf.local/sources"));
}

TEST_CASE("assess: a source takes precedence over an image")
{
    auto app = application_with_source();
    app.image = "registry.local/shop:1";
    CHECK_FALSE(resolve_image(app, "p"));
}

TEST_CASE("assess: Deploying until the deployment is created and observed and rolled out and available")
{
    CHECK(assess(sample_application(), "i", nullptr).reason == "DeploymentNotFound");
    CHECK(assess_deployment(deployment("{}")).reason == "DeploymentNotObserved");
    // What the status says is about an older version.
    CHECK(assess_deployment(deployment(R"({"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2,
              "availableReplicas": 2, "conditions": [{"type": "Available", "status": "True"}]})"))
              .reason == "DeploymentNotObserved");
    CHECK(assess_deployment(deployment(R"({"observedGeneration": 2, "replicas": 3, "updatedReplicas": 1,
              "availableReplicas": 2, "conditions": [{"type": "Available", "status": "True"}]})"))
              .reason == "RollingOut");
    auto const some = assess_deployment(deployment(R"({"observedGeneration": 2, "replicas": 2,
              "updatedReplicas": 2, "availableReplicas": 1, "conditions": [{"type": "Available", "status": "False"}]})"));
    CHECK(some.phase == application_phase::deploying);
    CHECK(some.message == "1 of 2 replicas are available.");
}

TEST_CASE("assess: Running when all replicas are available")
{
    auto const all =
        assess_deployment(deployment(R"({"observedGeneration": 2, "replicas": 2, "updatedReplicas": 2,
              "availableReplicas": 2, "conditions": [{"type": "Progressing", "status": "True"},
                                                     {"type": "Available", "status": "True"}]})"));
    CHECK(all.phase == application_phase::running);
    CHECK(all.message == "2 of 2 replicas are available.");
}

TEST_CASE("assess: Running with no replicas when none are asked for")
{
    auto d =
        deployment(R"({"observedGeneration": 2, "conditions": [{"type": "Available", "status": "True"}]})");
    d["spec"].as_object()["replicas"] = 0;
    CHECK(assess_deployment(d).phase == application_phase::running);
}

TEST_CASE("assess: Failed with the deployment's own reason when it makes no progress")
{
    auto const late = assess_deployment(deployment(R"({"observedGeneration": 2, "replicas": 2,
              "conditions": [{"type": "Progressing", "status": "False", "reason": "ProgressDeadlineExceeded",
                              "message": "ReplicaSet \"shop-1\" has timed out progressing."}]})"));
    CHECK(late.phase == application_phase::failed);
    CHECK(late.reason == "ProgressDeadlineExceeded");
    CHECK(late.message == "ReplicaSet \"shop-1\" has timed out progressing.");
}

TEST_CASE("assess: Failed with the field when the spec is wrong")
{
    auto const wrong = assess(application_with_spec(R"({"port": 0})"), {}, nullptr);
    CHECK(wrong.phase == application_phase::failed);
    CHECK(wrong.reason == "InvalidSpec");
    CHECK(wrong.message == "spec.port must be a number from 1 to 65535");
}
