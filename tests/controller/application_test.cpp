// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "sample_application.hpp"

using controller::read_application;

TEST_CASE("application: is read with every field")
{
    auto const app = sample_application();
    CHECK(app.defect == "");
    CHECK(app.name == "shop");
    CHECK(app.ns == "iaf-0123456789ab");
    CHECK(app.resource_version == "17");
    CHECK(app.generation == 3);
    CHECK_FALSE(app.deleting);
    CHECK(app.image == "registry.local/shop:1");
    CHECK(app.port == 3000);
    CHECK(app.replicas == 2);
    REQUIRE(app.env.size() == 2);
    CHECK(app.env[1].value == "a \"b\"");
    CHECK(app.metrics.enabled);
    CHECK(app.metrics.port == 9100);
}

TEST_CASE("application: has the defaults of the schema where the server applies none")
{
    auto const app = application_with_spec(R"({"port": 3000, "metrics": {"enabled": true}})");
    CHECK(app.defect == "");
    CHECK(app.replicas == 1);
    CHECK(app.metrics.port == 3000);
    CHECK(app.metrics.path == "/metrics");
    CHECK(application_with_spec("{}").port == 8080);
    CHECK_FALSE(application_with_spec("{}").metrics.enabled);
}

TEST_CASE("application: counts the last of two variables of one name")
{
    auto const app =
        application_with_spec(R"({"env": [{"name": "A", "value": "1"}, {"name": "A", "value": "2"}]})");
    REQUIRE(app.env.size() == 1);
    CHECK(app.env[0].value == "2");
}

TEST_CASE("application: names the field that is wrong")
{
    struct {
        char const* spec;
        char const* defect;
    } const cases[]{
        {R"({"port": 0})", "spec.port must be a number from 1 to 65535"},
        {R"({"port": "8080"})", "spec.port must be a number from 1 to 65535"},
        {R"({"port": 80.5})", "spec.port must be a number from 1 to 65535"},
        {R"({"port": 1e99})", "spec.port must be a number from 1 to 65535"},
        {R"({"replicas": 51})", "spec.replicas must be a number from 0 to 50"},
        {R"({"image": 7})", "spec.image must be a string"},
        {R"({"env": {}})", "spec.env must be an array"},
        {R"({"env": [1]})", "spec.env must hold objects with a name (without \"=\") and a value"},
        {R"({"source": {"digest": "md5:1"}})",
         "spec.source.digest must be \"sha256:\" and 64 lower-case hexadecimal digits"},
        {R"({"metrics": {"path": "metrics"}})",
         "spec.metrics.path must start with \"/\" and hold no space, \"?\" or \"#\""},
        {R"({"metrics": {"enabled": "yes"}})", "spec.metrics.enabled must be true or false"},
        {R"({"metrics": []})", "spec.metrics must be an object"},
    };
    for (auto const& c : cases) {
        CAPTURE(c.spec);
        CHECK(application_with_spec(c.spec).defect == c.defect);
    }
}

TEST_CASE("application: is made of any object")
{
    for (auto const* text :
         {"{}", R"({"metadata": 1, "spec": [], "status": "x"})",
          R"({"metadata": {"name": {}, "generation": "x"}, "status": {"conditions": [1, {}]}})"})
        CHECK(read_application(parsed(text)).name == "");
}
