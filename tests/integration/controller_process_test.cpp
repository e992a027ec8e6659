// SPDX-License-Identifier: Apache-2.0
// The controller as a process, against localkube as a process.
#include "../first_scrape.hpp"
#include "child.hpp"
#include "service_client.hpp"

#include <algorithm>

using namespace test;

namespace {

std::string const loopback = "127.0.0.1:";

struct fixture {
    bool comes_to_be_ready()
    {
        auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
        while (call(health, "GET", "/readyz").status != 200)
            if (std::chrono::steady_clock::now() > deadline) return false;
        return true;
    }

    child localkube{{LOCALKUBE, "--port", "0", "--deployment-delay", "20"}};
    std::uint16_t kube = localkube.port();
    child controller{{CONTROLLER, "--metrics-bind-address", loopback + "0", "--health-probe-bind-address",
                      loopback + "0", "--kubernetes", "http://" + loopback + std::to_string(kube)}};
    std::uint16_t metrics = controller.port("serving metrics");
    std::uint16_t health = controller.port("serving health");
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "controller process: is ready once its caches are filled and stops when asked")
{
    CHECK(call(health, "GET", "/healthz").status == 200);
    CHECK(comes_to_be_ready());
    CHECK(controller.end() == 0);
}

TEST_CASE_FIXTURE(fixture, "controller process: what alerts read is at 0 in the first scrape")
{
    CHECK(series_at_zero(metrics_page(metrics), {"iaf_", "http_"}) ==
          content_of(SERIES_AT_ZERO "/controller.txt"));
}

TEST_CASE_FIXTURE(fixture, "controller process: shows all phases from the first scrape and counts by them")
{
    for (auto const* phase : {"Pending", "Building", "Deploying", "Running", "Failed"})
        CHECK(metrics_page(metrics).find("iaf_applications_by_phase{phase=\"" + std::string(phase) +
                                         "\"} 0\n") != std::string::npos);
    auto const create = [&](std::string const& path, std::string const& body) {
        CHECK(call(kube, "POST", path, body, {{"Content-Type", "application/json"}}).status == 201);
    };
    create("/api/v1/namespaces", R"({"metadata": {"name": "iaf-1"}})");
    auto const applications = "/apis/iaf.io/v1alpha1/namespaces/iaf-1/applications";
    create(applications, R"({"metadata": {"name": "a"}, "spec": {"image": "i"}})");
    create(applications, R"({"metadata": {"name": "b"}, "spec": {"image": "i", "replicas": 0}})");
    create(applications, R"({"metadata": {"name": "c"}, "spec": {}})");
    CHECK(comes_to_say(metrics, "iaf_applications_by_phase{phase=\"Running\"} 2"));
    CHECK(comes_to_say(metrics, "iaf_applications_by_phase{phase=\"Pending\"} 1"));
    CHECK(comes_to_say(metrics, "iaf_reconcile_errors_total 0"));
    CHECK(call(kube, "DELETE", "/api/v1/namespaces/iaf-1").status == 200);
    CHECK(comes_to_say(metrics, "iaf_applications_by_phase{phase=\"Running\"} 0"));
    CHECK(comes_to_say(metrics, "iaf_applications_by_phase{phase=\"Pending\"} 0"));
}

TEST_CASE_FIXTURE(fixture, "controller process: outlives the API and goes on with the next one")
{
    CHECK(comes_to_be_ready());
    CHECK(localkube.end() == 0);
    child const next{{LOCALKUBE, "--port", std::to_string(kube), "--deployment-delay", "20"}};
    auto const body = R"({"metadata": {"name": "iaf-1"}})";
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    auto const post = [&](char const* path, char const* text) {
        try {
            return call(kube, "POST", path, text, {{"Content-Type", "application/json"}}).status;
        } catch (boost::system::system_error const&) {
            return 0;  // not listening yet
        }
    };
    while (post("/api/v1/namespaces", body) != 201)
        REQUIRE(std::chrono::steady_clock::now() < deadline);
    CHECK(post("/apis/iaf.io/v1alpha1/namespaces/iaf-1/applications",
               R"({"metadata": {"name": "a"}, "spec": {"image": "i"}})") == 201);
    CHECK(comes_to_say(metrics, "iaf_applications_by_phase{phase=\"Running\"} 1"));
    CHECK(call(health, "GET", "/healthz").status == 200);
}

TEST_CASE_FIXTURE(fixture, "controller process: a taken port is named and ends the start")
{
    auto const taken = loopback + std::to_string(metrics);
    child second{{CONTROLLER, "--metrics-bind-address", taken, "--kubernetes", "http://127.0.0.1:1"}};
    CHECK(second.end(false) == 1);
    CHECK(second.log().find("cannot listen on " + taken + ": Address already in use") != std::string::npos);
    auto const lines = std::ranges::count(second.log(), '\n');
    CHECK(lines == 1);
}

TEST_CASE("controller process: a wrong flag or address is named and ends the start")
{
    child flag{{CONTROLLER, "--no-such-flag"}};
    CHECK(flag.end(false) == 2);
    CHECK(flag.log().find("--no-such-flag") != std::string::npos);
    child address{{CONTROLLER, "--metrics-bind-address", "9090"}};
    CHECK(address.end(false) == 2);
    CHECK(address.log().find("must be address:port, :port or 0, not \"9090\"") != std::string::npos);
}
