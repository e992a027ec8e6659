// SPDX-License-Identifier: Apache-2.0
// What the server's metrics say of each kind of answer.
#include <iafmetrics/beast/middleware.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/platform.hpp>

#include <doctest/doctest.h>

#include "raw_client.hpp"

#include <chrono>
#include <stdexcept>

namespace {

using namespace iafmetrics::http_service;
using http::verb;

// The observation ends after the client has its answer: the page is awaited.
bool comes_to_say(iafmetrics::registry const& metrics, std::string const& line)
{
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds{10};
    while (std::chrono::steady_clock::now() < deadline) {
        if (iafmetrics::exposition::text(metrics).find(line + "\n") != std::string::npos) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{2});
    }
    MESSAGE(iafmetrics::exposition::text(metrics));
    return false;
}

std::string count(std::string const& method, std::string const& path, std::string const& status, int n)
{
    return "iaf_api_request_duration_seconds_count{method=\"" + method + "\",path=\"" + path +
           "\",status=\"" + status + "\"} " + std::to_string(n);
}

}  // namespace

TEST_CASE("server: every answer is counted once by method and pattern and status")
{
    iafmetrics::registry metrics;
    iafmetrics::beast::request_metrics http_metrics{metrics, iafmetrics::platform::api_request_duration};
    router routes;
    auto const ok = [](request const&) -> net::awaitable<answer> {
        co_return response{http::status::ok, 11};
    };
    routes.add(verb::get, "/a/{b}", ok);
    routes.add(verb::post, "/a/{b}", ok, {.body_limit = 3});
    routes.add(verb::get, "/healthz", ok, {.observed = false});
    routes.add(verb::get, "/throws", [](request const&) -> net::awaitable<answer> {
        throw std::runtime_error{"why"};
        co_return response{};
    });
    server_options options;
    options.log = [](std::string_view) {};
    test::running const server{options, std::move(routes), &http_metrics};

    auto const ask = [&](std::string const& line, std::string const& more = "\r\n") {
        return test::ask(server.port(), line + " HTTP/1.1\r\nHost: x\r\n" + more).result_int();
    };
    CHECK(ask("GET /a/1") == 200);
    CHECK(ask("GET /a/2?q") == 200);
    CHECK(ask("HEAD /a/2") == 200);
    CHECK(ask("POST /a/3", "Content-Length: 4\r\n\r\nabcd") == 413);
    CHECK(ask("PUT /a/3") == 405);
    CHECK(ask("INVENTED /a/3") == 405);
    CHECK(ask("GET /none/1") == 404);
    CHECK(ask("GET /none/2") == 404);
    CHECK(ask("INVENTED /none/2") == 404);
    CHECK(ask("GET /a/%zz") == 400);
    CHECK(ask("not http at all") == 400);
    CHECK(ask("GET /healthz") == 200);
    CHECK(ask("GET /throws") == 500);
    {
        test::raw_client gone{server.port()};
        gone.send("POST /a/1 HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\n\r\n");
    }
    for (auto const& line :
         {count("GET", "/a/{b}", "200", 2), count("HEAD", "/a/{b}", "200", 1),
          count("POST", "/a/{b}", "413", 1), count("PUT", "/a/{b}", "405", 1),
          count("_OTHER", "unmatched", "405", 1), count("GET", "unmatched", "404", 2),
          count("_OTHER", "unmatched", "404", 1), count("GET", "unmatched", "400", 1),
          count("_OTHER", "unmatched", "400", 1), count("GET", "/throws", "500", 1),
          count("POST", "/a/{b}", "aborted", 1), std::string{"iaf_api_requests_in_flight 0"}}) {
        CAPTURE(line);
        CHECK(comes_to_say(metrics, line));
    }
    CHECK(iafmetrics::exposition::text(metrics).find("healthz") == std::string::npos);
}

TEST_CASE("server: sizes are those of the bodies, whole and streamed")
{
    iafmetrics::registry metrics;
    iafmetrics::beast::request_metrics http_metrics{metrics, iafmetrics::platform::api_request_duration,
                                                    iafmetrics::http::body_sizes{}};
    router routes;
    routes.add(verb::post, "/whole", [](request const&) -> net::awaitable<answer> {
        response made{http::status::ok, 11};
        made.body() = "twelve bytes";
        co_return made;
    });
    routes.add(verb::get, "/stream", [](request const&) -> net::awaitable<answer> {
        co_return stream_response{response{http::status::ok, 11},
                                  [](response_stream& out) -> net::awaitable<void> {
                                      co_await out.write("four");
                                      co_await out.write("five!");
                                  }};
    });
    test::running const server{server_options{}, std::move(routes), &http_metrics};
    test::ask(server.port(),
              "POST /whole HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
    test::ask(server.port(), "GET /stream HTTP/1.1\r\nHost: x\r\n\r\n");
    auto const sum = [](std::string const& of, std::string const& method, std::string const& path,
                        int bytes) {
        return "iaf_api_" + of + "_size_bytes_sum{method=\"" + method + "\",path=\"" + path +
               "\",status=\"200\"} " + std::to_string(bytes);
    };
    for (auto const& line : {sum("request", "POST", "/whole", 3), sum("response", "POST", "/whole", 12),
                             sum("request", "GET", "/stream", 0), sum("response", "GET", "/stream", 9)}) {
        CAPTURE(line);
        CHECK(comes_to_say(metrics, line));
    }
}
