// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "sample_application.hpp"
#include <controller/build_deployment.hpp>
#include <controller/build_service.hpp>
#include <controller/build_service_monitor.hpp>
#include <controller/owned_metadata.hpp>

#include <string>

using namespace controller;
namespace json = boost::json;

namespace {

/// The value at a JSON pointer.
json::value at(json::object const& object, char const* pointer)
{
    return json::value(object).at_pointer(pointer);
}

std::string joined_names(json::value const& ports)
{
    std::string all;
    for (auto const& port : ports.as_array())
        all += std::string(port.at("name").as_string()) + ' ';
    return all;
}

}  // namespace

TEST_CASE("build: every object is named after the application and owned by it")
{
    auto const app = sample_application();
    for (auto const& made : {build_deployment(app, "i"), build_service(app), build_service_monitor(app)}) {
        CAPTURE(json::serialize(made));
        CHECK(at(made, "/metadata/name") == "shop");
        CHECK(at(made, "/metadata/namespace") == "iaf-0123456789ab");
        CHECK(at(made, "/metadata/labels/iaf.io~1application") == "shop");
        CHECK(at(made, "/metadata/labels/app.kubernetes.io~1managed-by") == "iaf-controller");
        CHECK(at(made, "/metadata/labels/app.kubernetes.io~1part-of") == "iaf");
        CHECK(at(made, "/metadata/ownerReferences") ==
              json::parse(R"([{"apiVersion": "iaf.io/v1alpha1", "kind": "Application", "name": "shop",
                               "uid": "6c1d1a0e-5a3b-4e57-9d1c-0d5f6b1f0a11",
                               "controller": true, "blockOwnerDeletion": true}])"));
        CHECK(is_controlled_by(made, app));
    }
}

TEST_CASE("owned_metadata: another owner of the same name is not this application")
{
    auto const app = sample_application();
    auto made = build_service(app);
    made["metadata"].at("ownerReferences").at(0).as_object()["uid"] = "another";
    CHECK_FALSE(is_controlled_by(made, app));
    CHECK_FALSE(is_controlled_by(parsed("{}"), app));
    CHECK_FALSE(is_controlled_by(parsed(R"({"metadata": {"ownerReferences": [1, {}]}})"), app));

    made = build_service(app);
    made["metadata"].at("ownerReferences").at(0).as_object()["controller"] = false;
    CHECK_FALSE(is_controlled_by(made, app));
}

TEST_CASE("build_deployment: runs the image with its replicas and environment and ports")
{
    auto const made = build_deployment(sample_application(), "registry.local/shop:1");
    CHECK(at(made, "/spec/replicas") == 2);
    CHECK(at(made, "/spec/template/spec/containers/0/image") == "registry.local/shop:1");
    CHECK(at(made, "/spec/template/spec/containers/0/env") ==
          json::parse(R"([{"name": "MODE", "value": "fast"}, {"name": "GREETING", "value": "a \"b\""}])"));
    CHECK(at(made, "/spec/template/spec/containers/0/ports") ==
          json::parse(R"([{"name": "http", "containerPort": 3000, "protocol": "TCP"},
                          {"name": "metrics", "containerPort": 9100, "protocol": "TCP"}])"));
}

TEST_CASE("build_deployment: selects its own pods by a label that never changes")
{
    auto const made = build_deployment(sample_application(), "i");
    CHECK(at(made, "/spec/selector") == json::parse(R"({"matchLabels": {"iaf.io/application": "shop"}})"));
    CHECK(at(made, "/spec/template/metadata/labels/iaf.io~1application") == "shop");
}

TEST_CASE("build_deployment: satisfies the restricted pod security standard")
{
    auto const made = build_deployment(sample_application(), "i");
    auto const pod = at(made, "/spec/template/spec");
    CHECK(pod.at("automountServiceAccountToken") == false);
    CHECK(pod.at_pointer("/securityContext/runAsNonRoot") == true);
    CHECK(pod.at_pointer("/securityContext/seccompProfile/type") == "RuntimeDefault");
    CHECK(pod.at_pointer("/containers/0/securityContext") ==
          json::parse(R"({"allowPrivilegeEscalation": false, "readOnlyRootFilesystem": true,
                          "capabilities": {"drop": ["ALL"]}})"));
}

TEST_CASE("build_service: has one port where metrics are served on the same or not at all")
{
    for (auto const* spec : {R"({"port": 3000})", R"({"port": 3000, "metrics": {"enabled": true}})",
                             R"({"port": 3000, "metrics": {"enabled": true, "port": 3000}})",
                             R"({"port": 3000, "metrics": {"enabled": false, "port": 9100}})"}) {
        CAPTURE(spec);
        CHECK(at(build_service(application_with_spec(spec)), "/spec/ports") ==
              json::parse(R"([{"name": "http", "port": 3000, "targetPort": "http", "protocol": "TCP",
                               "appProtocol": "http"}])"));
    }
}

TEST_CASE("build_service: names a second port where metrics have their own")
{
    auto const made = build_service(sample_application());
    CHECK(joined_names(at(made, "/spec/ports")) == "http metrics ");
    CHECK(at(made, "/spec/ports/1/port") == 9100);
    CHECK(at(made, "/spec/ports/1/targetPort") == "metrics");
    CHECK(at(made, "/spec/selector") == json::parse(R"({"iaf.io/application": "shop"})"));
}

TEST_CASE("build_service_monitor: scrapes the application's own service by a port name")
{
    auto const made = build_service_monitor(application_with_spec(
        R"({"port": 3000, "metrics": {"enabled": true, "path": "/internal/metrics"}})"));
    CHECK(at(made, "/metadata/labels/release") == "kube-prometheus-stack");
    CHECK(at(made, "/spec/jobLabel") == "iaf.io/application");
    CHECK(at(made, "/spec/targetLabels") == json::parse(R"(["iaf.io/application"])"));
    CHECK(at(made, "/spec/selector") == json::parse(R"({"matchLabels": {"iaf.io/application": "shop"}})"));
    CHECK_FALSE(at(made, "/spec").as_object().contains("namespaceSelector"));
    CHECK(at(made, "/spec/endpoints/0/port") == "http");
    CHECK(at(made, "/spec/endpoints/0/path") == "/internal/metrics");
    CHECK(at(made, "/spec/endpoints/0/interval") == "30s");
    CHECK(at(made, "/spec/endpoints/0/scrapeTimeout") == "10s");
    CHECK(at(made, "/spec/sampleLimit") == 5000);
}

TEST_CASE("build_service_monitor: names a port that the service has")
{
    for (auto const* spec :
         {R"({"metrics": {"enabled": true}})", R"({"metrics": {"enabled": true, "port": 8080}})",
          R"({"metrics": {"enabled": true, "port": 9100}})"}) {
        CAPTURE(spec);
        auto const app = application_with_spec(spec);
        auto const port = std::string(at(build_service_monitor(app), "/spec/endpoints/0/port").as_string());
        CHECK(joined_names(at(build_service(app), "/spec/ports")).find(port + ' ') != std::string::npos);
        CHECK(port == (app.metrics.port == app.port ? "http" : "metrics"));
    }
}
