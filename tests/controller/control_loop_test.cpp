// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "fake_api.hpp"
#include "loop_under_test.hpp"
#include "sample_application.hpp"
#include <controller/applied.hpp>
#include <controller/build_deployment.hpp>
#include <controller/build_service.hpp>
#include <controller/build_service_monitor.hpp>

namespace json = boost::json;

namespace {

constexpr auto application_path = "/apis/iaf.io/v1alpha1/namespaces/iaf-0123456789ab/applications/shop";
constexpr auto status_patch_name =
    "PATCH /apis/iaf.io/v1alpha1/namespaces/iaf-0123456789ab/applications/shop/status";
constexpr auto deployment_path = "/apis/apps/v1/namespaces/iaf-0123456789ab/deployments/shop";
constexpr auto service_path = "/api/v1/namespaces/iaf-0123456789ab/services/shop";
constexpr auto monitor_path =
    "/apis/monitoring.coreos.com/v1/namespaces/iaf-0123456789ab/servicemonitors/shop";

std::string name(char const* method, char const* path) { return std::string(method) + ' ' + path; }

/// What the API server keeps of an applied object.
json::object live(json::object made)
{
    controller::stamp(made);
    auto& metadata = made["metadata"].as_object();
    metadata["uid"] = "of-" + std::string(made["kind"].as_string());
    metadata["generation"] = 1;
    return made;
}

json::object available_deployment()
{
    auto made = live(controller::build_deployment(sample_application(), "registry.local/shop:1"));
    made["status"] =
        parsed(R"({"observedGeneration": 1, "replicas": 2, "updatedReplicas": 2, "availableReplicas": 2,
                               "conditions": [{"type": "Available", "status": "True"}]})");
    return made;
}

/// All that belongs to the sample is there and well.
void add_dependents(fake_api& api)
{
    api.objects[deployment_path] = available_deployment();
    api.objects[service_path] = live(controller::build_service(sample_application()));
    api.objects[monitor_path] = live(controller::build_service_monitor(sample_application()));
}

json::value condition(json::object const& patch, std::string_view type)
{
    for (auto const& c : patch.at("status").at("conditions").as_array())
        if (c.at("type") == json::value(json::string_view(type.data(), type.size()))) return c;
    return {};
}

}  // namespace

TEST_CASE("control_loop: applies what is missing and says Deploying")
{
    fake_api api;
    api.objects[application_path] = sample_object();
    loop_under_test loop(api.url());
    loop.wait_for_reconciles(1);

    CHECK(api.writes().size() == 4);
    CHECK(api.only_write(name("PATCH", service_path)).at("kind") == "Service");
    CHECK(api.only_write(name("PATCH", deployment_path)).at("kind") == "Deployment");
    CHECK(api.only_write(name("PATCH", monitor_path)).at("kind") == "ServiceMonitor");
    auto const patch = api.only_write(status_patch_name);
    CHECK(patch.at("status").at("phase") == "Deploying");
    CHECK(patch.at("status").at("image") == "registry.local/shop:1");
    CHECK(condition(patch, "MetricsReady").at("status") == "True");
}

TEST_CASE("control_loop: says Running and then writes nothing more")
{
    fake_api api;
    api.objects[application_path] = sample_object();
    add_dependents(api);
    json::object patch;
    {
        loop_under_test loop(api.url());
        loop.wait_for_reconciles(1);
        CHECK(api.writes().size() == 1);
        patch = api.only_write(status_patch_name);
        CHECK(patch.at("status").at("phase") == "Running");
        CHECK(patch.at("status").at("availableReplicas") == 2);
    }
    api.objects[application_path]["status"] = patch.at("status");
    loop_under_test loop(api.url());
    loop.wait_for_reconciles(1);
    CHECK(api.writes().size() == 1);
}

TEST_CASE("control_loop: deletes its own monitor by uid when metrics are disabled")
{
    fake_api api;
    add_dependents(api);
    api.objects[application_path] = sample_object();
    api.objects[application_path]["spec"].as_object()["metrics"] = json::object{{"enabled", false}};
    loop_under_test loop(api.url());
    loop.wait_for_reconciles(1);
    auto const options = api.only_write(name("DELETE", monitor_path));
    CHECK(options.at("preconditions").at("uid") == "of-ServiceMonitor");
    CHECK(condition(api.only_write(status_patch_name), "MetricsReady").at("reason") == "Disabled");
}

TEST_CASE("control_loop: leaves the monitor of somebody else alone")
{
    for (bool const enabled : {true, false}) {
        CAPTURE(enabled);
        fake_api api;
        api.objects[application_path] = sample_object();
        api.objects[application_path]["spec"].as_object()["metrics"] = json::object{{"enabled", enabled}};
        api.objects[monitor_path] = parsed(R"({"metadata": {"name": "shop", "namespace": "iaf-0123456789ab",
                                              "uid": "theirs"}, "spec": {"endpoints": [], "selector": {}}})");
        loop_under_test loop(api.url());
        loop.wait_for_reconciles(1);
        for (auto const& write : api.writes())
            CHECK(write.method_and_path.find("servicemonitors") == std::string::npos);
        CHECK(condition(api.only_write(status_patch_name), "MetricsReady").at("reason") ==
              (enabled ? "AlreadyOwned" : "Disabled"));
    }
}

TEST_CASE("control_loop: works in a cluster that has no ServiceMonitors")
{
    fake_api api;
    api.objects[application_path] = sample_object();
    auto const page_not_found = scripted_server::reply{
        {"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 19\r\n\r\n"
         "404 page not found\n"}};
    for (auto const* method : {"GET", "PATCH", "DELETE"})
        api.answers[name(method, monitor_path)] = page_not_found;
    api.answers["GET /apis/monitoring.coreos.com/v1/servicemonitors"] = page_not_found;
    loop_under_test loop(api.url());
    loop.wait_for_reconciles(1);
    auto const patch = api.only_write(status_patch_name);
    CHECK(patch.at("status").at("phase") == "Deploying");
    CHECK(condition(patch, "MetricsReady").at("status") == "False");
    CHECK(condition(patch, "MetricsReady").at("reason") == "CRDNotInstalled");
}

TEST_CASE("control_loop: a deployment that the API refuses is Failed with the API's words")
{
    fake_api api;
    api.objects[application_path] = sample_object();
    api.answers[name("PATCH", deployment_path)] =
        fake_api::status(422, "Invalid", "spec.replicas: Invalid value: 51");
    loop_under_test loop(api.url());
    loop.wait_for_reconciles(1);
    auto const patch = api.only_write(status_patch_name);
    CHECK(patch.at("status").at("phase") == "Failed");
    CHECK(condition(patch, "Ready").at("reason") == "Invalid");
    CHECK(condition(patch, "Ready").at("message") == "spec.replicas: Invalid value: 51");
}

TEST_CASE("control_loop: a deployment of somebody else is Failed and stays as it is")
{
    fake_api api;
    api.objects[application_path] = sample_object();
    api.objects[deployment_path] =
        parsed(R"({"metadata": {"name": "shop", "namespace": "iaf-0123456789ab"}})");
    loop_under_test loop(api.url());
    loop.wait_for_reconciles(1);
    for (auto const& write : api.writes())
        CHECK(write.method_and_path.find("deployments") == std::string::npos);
    CHECK(condition(api.only_write(status_patch_name), "Ready").at("reason") == "AlreadyOwned");
}

TEST_CASE("control_loop: what a deleted application of the same name left is waited for")
{
    fake_api api;
    api.objects[application_path] = sample_object();
    add_dependents(api);
    api.objects[application_path]["metadata"].as_object()["uid"] = "the-new-one";
    loop_under_test loop(api.url());
    loop.wait_for_reconciles(1);
    auto const patch = api.only_write(status_patch_name);
    CHECK(api.writes().size() == 1);
    CHECK(patch.at("status").at("phase") == "Deploying");
    CHECK(condition(patch, "Ready").at("reason") == "WaitingForDeletion");
}

TEST_CASE("control_loop: an API that fails is asked again and counted")
{
    fake_api api;
    api.objects[application_path] = sample_object();
    api.answers[name("PATCH", service_path)] = fake_api::status(500, "InternalError", "etcd is away");
    loop_under_test loop(api.url());
    loop.wait_for_reconciles(2);
    for (auto const& write : api.writes())
        CHECK(write.method_and_path == name("PATCH", service_path));
    CHECK(loop.page().find("iaf_reconcile_errors_total 0\n") == std::string::npos);
}

TEST_CASE("control_loop: a namespace that is going away is no error and gets no status")
{
    for (auto const& answer : {fake_api::status(404, "NotFound", "namespaces \"iaf-0123456789ab\" not found"),
                               fake_api::status(403, "Forbidden",
                                                "unable to create new content in namespace "
                                                "because it is being terminated")}) {
        fake_api api;
        api.objects[application_path] = sample_object();
        api.answers[name("PATCH", service_path)] = answer;
        loop_under_test loop(api.url());
        loop.wait_for_reconciles(2);
        for (auto const& write : api.writes())
            CHECK(write.method_and_path == name("PATCH", service_path));
        CHECK(loop.page().find("iaf_reconcile_errors_total 0\n") != std::string::npos);
    }
}

TEST_CASE("control_loop: a status that is out of date is tried again without an error")
{
    fake_api api;
    api.objects[application_path] = sample_object();
    add_dependents(api);
    api.answers[status_patch_name] = fake_api::status(409, "Conflict", "the object has been modified");
    loop_under_test loop(api.url());
    loop.wait_for_reconciles(2);
    CHECK(loop.page().find("iaf_reconcile_errors_total 0\n") != std::string::npos);
}

TEST_CASE("control_loop: an application with nothing to run keeps nothing")
{
    fake_api api;
    add_dependents(api);
    api.objects[application_path] = sample_object();
    api.objects[application_path]["spec"].as_object().erase("image");
    loop_under_test loop(api.url());
    loop.wait_for_reconciles(1);
    for (auto const* path : {deployment_path, service_path, monitor_path})
        (void)api.only_write(name("DELETE", path));
    CHECK(api.only_write(status_patch_name).at("status").at("phase") == "Pending");
}

TEST_CASE("control_loop: a wrong spec is Failed and stops nothing that runs")
{
    fake_api api;
    add_dependents(api);
    api.objects[application_path] = sample_object();
    api.objects[application_path]["spec"].as_object()["port"] = 0;
    loop_under_test loop(api.url());
    loop.wait_for_reconciles(1);
    CHECK(api.writes().size() == 1);
    auto const patch = api.only_write(status_patch_name);
    CHECK(patch.at("status").at("phase") == "Failed");
    CHECK(patch.at("status").at("availableReplicas") == 2);
    CHECK(condition(patch, "MetricsReady").at("status") == "Unknown");
}

TEST_CASE("control_loop: counts the applications of its cache by all five phases")
{
    fake_api api;
    add_dependents(api);
    api.objects[application_path] = sample_object();
    api.objects[application_path]["status"] = json::object{{"phase", "Running"}};
    auto other = sample_object();
    other["metadata"].as_object()["name"] = "other";
    other["spec"] = json::object();
    api.objects["/apis/iaf.io/v1alpha1/namespaces/iaf-0123456789ab/applications/other"] = other;
    loop_under_test loop(api.url());
    loop.wait_for_reconciles(2);
    auto const page = loop.page();
    CHECK(page.find("iaf_applications_by_phase{phase=\"Pending\"} 1\n"
                    "iaf_applications_by_phase{phase=\"Building\"} 0\n"
                    "iaf_applications_by_phase{phase=\"Deploying\"} 0\n"
                    "iaf_applications_by_phase{phase=\"Running\"} 1\n"
                    "iaf_applications_by_phase{phase=\"Failed\"} 0\n") != std::string::npos);
}
