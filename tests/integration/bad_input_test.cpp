// SPDX-License-Identifier: Apache-2.0
// Bad input for the apiserver: each kind has its answer and its count, and the process lives.
#include "child.hpp"
#include "service_client.hpp"
#include "temporary_directory.hpp"

using namespace test;

namespace {

struct fixture {
    temporary_directory files;
    child localkube{{LOCALKUBE, "--port", "0"}};
    child apiserver{{APISERVER, "--port", "0", "--metrics-port", "0", "--source-store", files.path("store"),
                     "--kubernetes", "http://127.0.0.1:" + std::to_string(localkube.port())}};
    std::uint16_t api = apiserver.port();
    std::uint16_t metrics = apiserver.port("serving metrics");
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "bad input: each kind is answered with the field and the reason and is counted")
{
    auto const id = std::string{call(api, "POST", "/api/v1/sessions").json().at("id").as_string()};
    auto const all = "/api/v1/sessions/" + id + "/applications";
    struct row {
        char const* method;
        std::string target;
        std::string body;
        int status;
        char const* field;
        char const* reason;
    };
    std::string const long_body = R"({"name":")" + std::string(1 << 20, 'x') + R"("})";
    for (auto const& [method, target, body, status, field, reason] : {
             row{"POST", all, R"({"name":)", 400, "", "malformed JSON at line 1, column 9: incomplete JSON"},
             row{"POST", all, "[]", 400, "", "the body must be an object, not an array"},
             row{"POST", all, "", 400, "", "the body is empty; it must be a JSON object"},
             row{"POST", all, R"({"name":"a","colour":1})", 400, "colour",
                 "unknown field; known are name, image, port, replicas, env, metrics"},
             row{"POST", all, R"({"name":"a","name":"b"})", 400, "name",
                 "the member appears twice, again at line 1, column 18"},
             row{"POST", all, R"({"name":1})", 400, "name", "must be a string, not a number"},
             row{"POST", all, R"({"name":"a","port":"x"})", 400, "port", "must be a number, not a string"},
             row{"POST", all, R"({"image":"x"})", 400, "name", "is required"},
             row{"POST", all, R"({"name":"a","port":65536})", 422, "port",
                 "must be a number from 1 to 65535, not 65536"},
             row{"POST", all, R"({"name":"a","env":[{"name":"A"},{"nam":"B"}]})", 400, "env[1].name",
                 "is required"},
             row{"POST", all, long_body, 413, "", "the body is larger than the limit of 1048576 bytes"},
             row{"POST", "/api/v1/sessions", R"({"a":1})", 400, "a", "unknown field; none is known here"},
             row{"PATCH", all, "{}", 405, "", "the method must be one of GET, HEAD, POST"},
             row{"GET", "/api/v1/session", "", 404, "", "no such path: /api/v1/session"},
             row{"GET", "/api/v1/sessions/", "", 404, "", "no such path: /api/v1/sessions/"},
             row{"GET", "/api/v1/sessions/..%2f", "", 404, "", "there is no session ../"},
         }) {
        CAPTURE(body);
        auto const got = call(api, method, target, body);
        CHECK(got.status == status);
        CHECK(got.body == error_text(status, field, reason));
        CHECK(got.field("Content-Type") == "application/json");
        if (status == 405) CHECK(got.field("Allow") == "GET, HEAD, POST");
    }
    connection broken{api};
    broken.send_raw("THIS IS NOT HTTP\r\n\r\n");
    CHECK(broken.receive().status == 400);

    auto const pattern = "/api/v1/sessions/{session}/applications";
    for (auto const& line :
         {api_request_count("POST", pattern, 400, 9), api_request_count("POST", pattern, 422, 1),
          api_request_count("POST", pattern, 413, 1), api_request_count("POST", "/api/v1/sessions", 400, 1),
          api_request_count("POST", "/api/v1/sessions", 201, 1), api_request_count("PATCH", pattern, 405, 1),
          api_request_count("GET", "unmatched", 404, 2),
          api_request_count("GET", "/api/v1/sessions/{session}", 404, 1),
          api_request_count("_OTHER", "unmatched", 400, 1)})
        CHECK(comes_to_say(metrics, line));
    CHECK(comes_to_say(metrics, "iaf_api_requests_in_flight 0"));
    CHECK(call(api, "GET", all).body == R"({"applications":[]})");
}

TEST_CASE_FIXTURE(fixture,
                  "bad input: 20000 unknown paths and 500 invented methods add at most 12 sample lines")
{
    auto const before = sample_lines(metrics_page(metrics));
    constexpr int paths = 20'000;
    constexpr int methods = 500;
    constexpr int batch = 100;
    connection one{api};
    for (int i = 0; i < paths; i += batch) {
        std::string requests;
        for (int k = i; k < i + batch; ++k)
            requests += "GET /unknown/" + std::to_string(k) + " HTTP/1.1\r\nHost: x\r\n\r\n";
        one.send_raw(requests);
        for (int k = 0; k < batch; ++k)
            REQUIRE(one.receive().status == 404);
    }
    for (int i = 0; i < methods; ++i) {
        bool const known = i % 2 == 0;
        one.send("METHOD" + std::to_string(i), known ? "/api/v1/sessions" : "/unknown", "", {});
        REQUIRE(one.receive().status == (known ? 405 : 404));
    }
    CHECK(comes_to_say(metrics, api_request_count("GET", "unmatched", 404, paths)));
    CHECK(comes_to_say(metrics, api_request_count("_OTHER", "unmatched", 404, methods / 2)));
    CHECK(comes_to_say(metrics, api_request_count("_OTHER", "unmatched", 405, methods / 2)));
    CHECK(sample_lines(metrics_page(metrics)) - before <= 12);
}
