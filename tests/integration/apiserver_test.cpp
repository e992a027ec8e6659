// SPDX-License-Identifier: Apache-2.0
// The apiserver as a process, against localkube as a process.
#include "../first_scrape.hpp"
#include "child.hpp"
#include "service_client.hpp"
#include "temporary_directory.hpp"

#include <fstream>

using namespace test;

namespace {

struct platform_under_test {
    std::vector<std::string> api_command(std::vector<std::string> const& more = {}) const
    {
        std::vector<std::string> made{APISERVER,        "--port",           "0", "--metrics-port", "0",
                                      "--source-store", files.path("store")};
        made.insert(made.end(), {"--kubernetes", "http://127.0.0.1:" + std::to_string(kubernetes)});
        made.insert(made.end(), more.begin(), more.end());
        return made;
    }

    temporary_directory files;
    child localkube{{LOCALKUBE, "--port", "0"}};
    std::uint16_t kubernetes = localkube.port();
};

struct fixture : platform_under_test {
    reply ask(std::string_view method, std::string_view target, std::string_view body = {}) const
    {
        return call(api, method, target, body);
    }
    std::string new_session() const
    {
        return std::string{ask("POST", "/api/v1/sessions").json().at("id").as_string()};
    }

    child apiserver{api_command()};
    std::uint16_t api = apiserver.port();
    std::uint16_t metrics = apiserver.port("serving metrics");
};

constexpr auto abc = "sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

}  // namespace

TEST_CASE_FIXTURE(fixture, "apiserver: what alerts read is at 0 in the first scrape")
{
    CHECK(series_at_zero(metrics_page(metrics), {"iaf_", "http_"}) ==
          content_of(SERIES_AT_ZERO "/apiserver.txt"));
}

TEST_CASE_FIXTURE(fixture, "apiserver: a session is created and shown and listed and deleted and counted")
{
    auto const made = ask("POST", "/api/v1/sessions", "{}");
    CHECK(made.status == 201);
    auto const session = made.json();
    std::string const id{session.at("id").as_string()};
    CHECK(id.size() == 12);
    CHECK(session.at("namespace") == json::value("iaf-" + id));
    CHECK(session.at("phase") == "Active");
    CHECK(made.field("Location") == "/api/v1/sessions/" + id);
    CHECK(ask("GET", "/api/v1/sessions/" + id).json() == session);
    CHECK(ask("GET", "/api/v1/sessions").json() == json::object{{"sessions", json::array{session}}});
    CHECK(comes_to_say(metrics, "iaf_sessions_active 1"));

    CHECK(ask("DELETE", "/api/v1/sessions/" + id).status == 204);
    CHECK(comes_to_say(metrics, "iaf_sessions_active 0"));
    CHECK(ask("GET", "/api/v1/sessions/" + id).body == error_text(404, "", "there is no session " + id));
    CHECK(ask("DELETE", "/api/v1/sessions/" + id).status == 404);
    CHECK(comes_to_say(metrics, "iaf_sessions_total 1"));
    CHECK(comes_to_say(metrics, api_request_count("POST", "/api/v1/sessions", 201, 1)));
    CHECK(comes_to_say(metrics, api_request_count("GET", "/api/v1/sessions/{session}", 404, 1)));
}

TEST_CASE_FIXTURE(fixture, "apiserver: namespaces that are no sessions are not shown")
{
    call(kubernetes, "POST", "/api/v1/namespaces", R"({"metadata":{"name":"iaf-0123456789ab"}})",
         {{"Content-Type", "application/json"}});
    CHECK(ask("GET", "/api/v1/sessions").body == R"({"sessions":[]})");
    CHECK(ask("GET", "/api/v1/sessions/0123456789ab").status == 404);
    CHECK(ask("DELETE", "/api/v1/sessions/0123456789ab").status == 404);
}

TEST_CASE_FIXTURE(fixture, "apiserver: an application is created and changed field by field and deleted")
{
    auto const all = "/api/v1/sessions/" + new_session() + "/applications";
    auto const made =
        ask("POST", all, R"({"name":"shop","image":"shop:1","env":[{"name":"A","value":"b"}]})");
    CHECK(made.status == 201);
    CHECK(made.field("Location") == all + "/shop");
    auto shop = made.json();
    CHECK(shop.at("port") == 8080);
    CHECK(shop.at("replicas") == 1);
    CHECK(shop.at("phase") == "Pending");
    CHECK(ask("GET", all + "/shop").json() == shop);
    CHECK(ask("GET", all).json() == json::object{{"applications", json::array{shop}}});
    CHECK(ask("POST", all, R"({"name":"shop"})").status == 409);

    auto const changed = ask("PUT", all + "/shop", R"({"replicas":3,"metrics":{"enabled":true,"port":9}})");
    CHECK(changed.status == 200);
    shop["replicas"] = 3;
    shop["metrics"] = json::parse(R"({"enabled":true,"port":9,"path":"/metrics"})");
    CHECK(changed.json() == shop);
    // What is given is replaced whole: the port of the metrics is gone again.
    CHECK(ask("PUT", all + "/shop", R"({"name":"shop","metrics":{"enabled":true}})").json().at("metrics") ==
          json::parse(R"({"enabled":true,"path":"/metrics"})"));
    CHECK(ask("PUT", all + "/shop", R"({"name":"other"})").body ==
          error_text(422, "name", "must be the name in the path, shop"));

    CHECK(ask("DELETE", all + "/shop").status == 204);
    CHECK(ask("GET", all + "/shop").status == 404);
    CHECK(ask("PUT", all + "/shop", R"({"replicas":1})").status == 404);
    CHECK(ask("POST", "/api/v1/sessions/000000000000/applications", R"({"name":"shop"})").body ==
          error_text(404, "", "there is no session 000000000000"));
}

TEST_CASE_FIXTURE(platform_under_test,
                  "apiserver: sources are stored by their hash and counted again after a restart")
{
    std::string application;
    {
        child apiserver{api_command()};
        auto const api = apiserver.port();
        auto const metrics = apiserver.port("serving metrics");
        auto const id = std::string{call(api, "POST", "/api/v1/sessions").json().at("id").as_string()};
        application = "/api/v1/sessions/" + id + "/applications/shop";
        call(api, "POST", "/api/v1/sessions/" + id + "/applications", R"({"name":"shop"})");
        for (int i = 0; i < 2; ++i)
            CHECK(call(api, "PUT", application + "/source", "abc").body ==
                  R"({"digest":")" + std::string{abc} + R"(","sizeBytes":3})");
        CHECK(call(api, "PUT", application + "/source", std::string(2'000'000, 'x')).status == 200);
        CHECK(comes_to_say(metrics, "iaf_source_store_bytes 2.000003e+06"));
        CHECK(comes_to_say(metrics, "iaf_source_store_bytes_total 2.000003e+06"));
        CHECK(call(api, "PUT", application + "x/source", "abcd").status == 404);
        CHECK(call(api, "PUT", application + "/source").body == error_text(422, "", "the archive is empty"));
        CHECK(apiserver.end() == 0);
    }
    child apiserver{api_command()};
    auto const api = apiserver.port();
    CHECK(comes_to_say(apiserver.port("serving metrics"), "iaf_source_store_bytes 2.000003e+06"));
    CHECK(comes_to_say(apiserver.port("serving metrics"), "iaf_sessions_active 1"));
    CHECK(comes_to_say(apiserver.port("serving metrics"), "iaf_sessions_total 0"));
    CHECK(call(api, "GET", application).json().at("source").at("sizeBytes") == 2'000'000);
    std::ifstream const stored{files.path("store/sha256/ba/") + std::string{abc}.substr(7)};
    CHECK(stored.good());
}

TEST_CASE_FIXTURE(platform_under_test, "apiserver: of image and source the one given last is what runs")
{
    child apiserver{api_command()};
    auto const api = apiserver.port();
    auto const id = std::string{call(api, "POST", "/api/v1/sessions").json().at("id").as_string()};
    auto const applications = "/api/v1/sessions/" + id + "/applications";
    auto const application = applications + "/shop";
    call(api, "POST", applications, R"({"name":"shop","image":"shop:1"})");
    CHECK(call(api, "PUT", application + "/source", "abc").status == 200);
    CHECK(!call(api, "GET", application).json().contains("image"));
    CHECK(call(api, "PUT", application, R"({"image":"shop:2"})").status == 200);
    auto const now = call(api, "GET", application).json();
    CHECK(now.at("image") == "shop:2");
    CHECK(!now.contains("source"));
    CHECK(call(api, "PUT", application, R"({"port":81})").json().at("image") == "shop:2");
}

TEST_CASE_FIXTURE(platform_under_test,
                  "apiserver: a token is asked for where there is one but not for health")
{
    std::ofstream{files.path("token")} << "s3cret\n";
    child apiserver{api_command({"--token-file", files.path("token")})};
    auto const api = apiserver.port();
    auto const refused = call(api, "GET", "/api/v1/sessions");
    CHECK(refused.status == 401);
    CHECK(refused.field("WWW-Authenticate") == R"(Bearer realm="api")");
    CHECK(refused.body == error_text(401, "", "valid credentials are required"));
    CHECK(call(api, "GET", "/api/v1/sessions", "", {{"Authorization", "Bearer s3cres"}}).status == 401);
    CHECK(call(api, "GET", "/api/v1/sessions", "", {{"Authorization", "Basic s3cret"}}).status == 401);
    CHECK(call(api, "GET", "/api/v1/sessions", "", {{"Authorization", "bearer s3cret"}}).status == 200);
    CHECK(call(api, "GET", "/healthz").status == 200);
    CHECK(call(api, "GET", "/nowhere").status == 401);
    std::ofstream{files.path("token")} << "s3cret\nrenewed\n";
    CHECK(call(api, "GET", "/api/v1/sessions", "", {{"Authorization", "Bearer renewed"}}).status == 200);
    CHECK(call(apiserver.port("serving metrics"), "GET", "/metrics")
              .body.find("iafmetrics_http_refused_total{reason=\"unauthorized\"} 4\n") != std::string::npos);
}

TEST_CASE("apiserver: without Kubernetes it lives and answers 503 and is not ready")
{
    temporary_directory const files;
    child apiserver{{APISERVER, "--port", "0", "--metrics-port", "0", "--kubernetes", "http://127.0.0.1:1",
                     "--source-store", files.path("store")}};
    auto const api = apiserver.port();
    CHECK(call(api, "GET", "/api/v1/sessions").body ==
          error_text(503, "", "the Kubernetes API does not answer"));
    CHECK(call(api, "GET", "/healthz").status == 200);
    CHECK(call(api, "GET", "/readyz").status == 503);
    CHECK(call(apiserver.port("serving metrics"), "GET", "/readyz").status == 503);
    CHECK(apiserver.end() == 0);
}

TEST_CASE_FIXTURE(fixture, "apiserver: a port in use or a wrong option ends it with one line that says so")
{
    auto command = api_command();
    command[2] = std::to_string(api);
    child second{command};
    CHECK(second.end(false) == 1);
    CHECK(second.log().find("cannot listen on 127.0.0.1:" + std::to_string(api) +
                            ": Address already in use") != std::string::npos);
    child third{{APISERVER, "--prot", "1"}};
    CHECK(third.end(false) == 2);
}
