// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/openmetrics.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/http/client_metrics.hpp>
#include <iafmetrics/http/request_metrics.hpp>
#include <iafmetrics/testing/fake_clock.hpp>
#include <iafmetrics/testing/value.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>
#include <thread>
#include <vector>

using iafmetrics::registry;
using iafmetrics::http::request_metrics;

namespace {

inline constexpr iafmetrics::histogram_spec<"status", "method", "path"> duration{
    "api_request_duration_seconds", "Durations.", iafmetrics::buckets{1}};

/// How often a method, route and status were recorded; the labels stand in the order of the declaration
/// above.
double recorded(registry& r, std::string_view method, std::string_view route, std::string_view status)
{
    return static_cast<double>(r.add(duration).with(status, method, route).count());
}

double total(registry& r)
{
    double sum = 0;
    std::string const page = iafmetrics::exposition::text(r);
    std::string const name = "api_request_duration_seconds_count{";
    for (std::size_t at = page.find(name); at != std::string::npos; at = page.find(name, at + 1))
        sum += std::stod(page.substr(page.find("} ", at) + 2));
    return sum;
}

bool shows(registry const& r, std::string_view line)
{
    return iafmetrics::exposition::text(r).find("\n" + std::string(line) + "\n") != std::string::npos;
}

}  // namespace

TEST_CASE("observation: finish records once with the route that was named")
{
    registry r;
    request_metrics http{r, duration};
    {
        auto observed = http.begin("GET");
        CHECK(shows(r, "api_requests_in_flight 1"));
        observed.route("/things/{id}");
        observed.finish(204);
        observed.finish(500);
    }
    CHECK(recorded(r, "GET", "/things/{id}", "204") == 1);
    CHECK(total(r) == 1);
    CHECK(shows(r, "api_requests_in_flight 0"));
    CHECK(shows(r, "api_request_write_errors_total 0"));
}

TEST_CASE("observation: a duration is that of the clock given")
{
    using namespace std::chrono_literals;
    registry r;
    request_metrics http{r, duration, iafmetrics::testing::fake_clock{}};
    auto observed = http.begin("GET");
    iafmetrics::testing::fake_clock::advance(1500ms);
    observed.finish(200);
    CHECK(shows(r, R"(api_request_duration_seconds_sum{status="200",method="GET",path="unmatched"} 1.5)"));
}

TEST_CASE("request_metrics: an exemption is one for all that is named after the declaration")
{
    registry r;
    iafmetrics::histogram_spec<"method", "path", "status"> const spec{
        iafmetrics::run_time, "apiRequest_duration_seconds", "D.",
        iafmetrics::exemption{"an old dashboard's"}};
    request_metrics const http{r, spec, iafmetrics::http::body_sizes{}};
    CHECK(shows(r, "apiRequests_in_flight 0"));
    CHECK(shows(r, "apiRequest_write_errors_total 0"));
    CHECK(iafmetrics::exposition::text(r).find("apiResponse_size_bytes") ==
          std::string::npos);  // no series yet

    iafmetrics::histogram_spec<"method", "status"> const asked{
        iafmetrics::run_time, "askedOf_duration_seconds", "D.", iafmetrics::exemption{"an old dashboard's"}};
    iafmetrics::http::client_metrics const client{r, asked, iafmetrics::http::body_sizes{}};
    CHECK(shows(r, "askedOfs_in_flight 0"));
}

TEST_CASE("request_metrics: all of a set is registered or nothing, and a refusal names where it is made")
{
    registry r;
    r.add(iafmetrics::gauge_spec{iafmetrics::run_time, "api_response_size_bytes",
                                 "In the way of the last one."});
    std::string const before = iafmetrics::exposition::text(r);
    auto const refusal = [&](auto make) {
        try {
            make();
        } catch (iafmetrics::registration_error const& error) {
            std::string const why = error.what();
            return why.substr(why.rfind("this is"));
        }
        return std::string("none");
    };
    CHECK(refusal([&] {
              request_metrics{r, duration, iafmetrics::http::body_sizes{}};
          }).find("request_metrics_test.cpp") != std::string::npos);
    CHECK(iafmetrics::exposition::text(r) == before);
    r.add(iafmetrics::gauge_spec{iafmetrics::run_time, "api_request_duration_seconds", "Its name is free."});
}

TEST_CASE("observation: an exception before a response is a 500")
{
    registry r;
    request_metrics http{r, duration};
    auto const handler = [&] {
        auto const observed = http.begin("POST");
        throw std::runtime_error("handler");
    };
    CHECK_THROWS(handler());
    CHECK(recorded(r, "POST", "unmatched", "500") == 1);
    CHECK(total(r) == 1);
    CHECK(shows(r, "api_requests_in_flight 0"));
}

TEST_CASE("observation: an exception that was there before is not the request's")
{
    struct on_unwind {
        request_metrics& http;
        ~on_unwind() { auto const observed = http.begin("GET"); }
    };
    registry r;
    request_metrics http{r, duration};
    try {
        on_unwind const last{http};
        throw std::runtime_error("somebody else's");
    } catch (std::runtime_error const&) {}
    CHECK(recorded(r, "GET", "unmatched", "aborted") == 1);
}

TEST_CASE("observation: gone before a response is aborted")
{
    registry r;
    request_metrics http{r, duration};
    {
        auto const observed = http.begin("GET");
    }
    CHECK(recorded(r, "GET", "unmatched", "aborted") == 1);
    CHECK(total(r) == 1);
}

TEST_CASE("observation: a failed or abandoned write keeps its status and counts as a write error")
{
    registry r;
    request_metrics http{r, duration};
    http.begin("GET").finish(200, std::make_error_code(std::errc::broken_pipe));
    http.begin("GET").finish(200, std::error_code{});
    {
        auto observed = http.begin("GET");
        observed.begin_response(200);
    }
    CHECK(recorded(r, "GET", "unmatched", "200") == 3);
    CHECK(shows(r, "api_request_write_errors_total 2"));
}

TEST_CASE("observation: discard records nothing")
{
    registry r;
    request_metrics http{r, duration};
    auto observed = http.begin("GET");
    observed.discard();
    observed.finish(200);
    CHECK(total(r) == 0);
    CHECK(shows(r, "api_requests_in_flight 0"));
}

TEST_CASE("observation: moved records once")
{
    registry r;
    request_metrics http{r, duration};
    {
        auto first = http.begin("GET");
        first.route("/a");
        auto second = std::move(first);
        second.finish(200);
    }
    CHECK(recorded(r, "GET", "/a", "200") == 1);
    CHECK(total(r) == 1);
}

TEST_CASE("request_metrics: what a client invents adds no labels")
{
    registry r;
    request_metrics http{r, duration};
    std::string const before = iafmetrics::exposition::text(r);
    for (int i = 0; i != 500; ++i)
        http.begin("METHOD" + std::to_string(i)).finish(404);
    http.begin("get").finish(404);  // methods are case-sensitive
    http.begin("GET").finish(404);
    CHECK(recorded(r, "_OTHER", "unmatched", "404") == 501);
    auto const lines = [](std::string const& page) { return std::count(page.begin(), page.end(), '\n'); };
    CHECK(lines(iafmetrics::exposition::text(r)) == lines(before));
}

TEST_CASE("request_metrics: a declared route shows status 500 of its method before the first request")
{
    registry r;
    request_metrics http{r, duration};
    http.declare("GET", "/things/{id}");
    http.declare("POST", "/things", {500, 503});
    CHECK(shows(r, R"(api_request_duration_seconds_count{status="500",method="GET",path="/things/{id}"} 0)"));
    CHECK(shows(r, R"(api_request_duration_seconds_count{status="500",method="POST",path="/things"} 0)"));
    CHECK(shows(r, R"(api_request_duration_seconds_count{status="503",method="POST",path="/things"} 0)"));
    CHECK(!shows(r, R"(api_request_duration_seconds_count{status="500",method="GET",path="/things"} 0)"));
}

TEST_CASE("request_metrics: a method that has no name of its own is refused where a route is declared")
{
    registry r;
    request_metrics http{r, duration};
    CHECK_THROWS_WITH_AS(http.declare("get", "/"), doctest::Contains("no HTTP method is named \"get\""),
                         iafmetrics::registration_error);
}

TEST_CASE("request_metrics: a route that finds no room is refused where it is declared")
{
    registry r;
    request_metrics http{r, duration};
    auto const declare_many = [](request_metrics& into) {
        for (int i = 0; i != 1200; ++i)
            into.declare("GET", "/" + std::to_string(i));
    };
    CHECK_THROWS_WITH_AS(declare_many(http), doctest::Contains("cannot be declared: "),
                         iafmetrics::registration_error);
}

TEST_CASE("request_metrics: at the limit each request counts as dropped, and a route is refused whoever was "
          "there before")
{
    registry r;
    constexpr iafmetrics::histogram_spec<"status", "method", "path"> small{
        "small_request_duration_seconds", "Durations.", iafmetrics::buckets{1},
        iafmetrics::series_limit{6}};  // five of them before a route is matched
    request_metrics http{r, small};
    http.declare("GET", "/taken", {200});
    for (int i = 0; i != 10; ++i) {
        auto observed = http.begin("GET");
        observed.route("/");
        observed.finish(200);
    }
    CHECK(iafmetrics::testing::value(r, "iafmetrics_series_dropped_total",
                                     {{"metric", "small_request_duration_seconds"}}) == 10);
    CHECK_THROWS_WITH_AS(http.declare("GET", "/", {200}), doctest::Contains("series_limit of 6"),
                         iafmetrics::registration_error);
}

TEST_CASE("request_metrics: a status that is none is a 500")
{
    registry r;
    request_metrics http{r, duration};
    http.begin("GET").finish(0);
    http.begin("GET").finish(99999);
    CHECK(recorded(r, "GET", "unmatched", "500") == 2);
}

TEST_CASE("request_metrics: raw paths passed as routes stay bounded")
{
    registry r;
    request_metrics http{r, duration};
    for (int i = 0; i != 3000; ++i) {
        auto observed = http.begin("GET");
        observed.route("/user/" + std::to_string(i));
        observed.finish(200);
    }
    CHECK(total(r) == 3000);
    std::string const page = iafmetrics::exposition::text(r);
    CHECK(std::count(page.begin(), page.end(), '\n') < 1010 * 4 + 20);
}

TEST_CASE("request_metrics: threads that meet new routes and statuses lose nothing")
{
    registry r;
    request_metrics http{r, duration};
    {
        std::vector<std::jthread> pool;
        for (int t = 0; t != 4; ++t)
            pool.emplace_back([&] {
                for (unsigned i = 0; i != 3000; ++i) {
                    auto observed = http.begin(i % 2 == 0 ? "GET" : "PUT");
                    observed.route("/r" + std::to_string(i % 37));
                    observed.finish(200 + i % 50);
                }
            });
    }
    CHECK(total(r) == 12'000);
    CHECK(shows(r, "api_requests_in_flight 0"));
}

namespace {

constexpr std::string_view sampled = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

/// The exemplars of a series' buckets as a page shows them, from the lowest.
std::vector<std::string> exemplars(registry const& r, std::string_view series)
{
    std::string const page = iafmetrics::exposition::openmetrics(r);
    std::string const name = "api_request_duration_seconds_bucket{" + std::string(series) + ",le=";
    std::vector<std::string> found;
    for (std::size_t at = page.find(name); at != std::string::npos; at = page.find(name, at + 1)) {
        std::string const line = page.substr(at, page.find('\n', at) - at);
        std::size_t const mark = line.find(" # ");
        found.push_back(mark == std::string::npos ? ""
                                                  : line.substr(mark + 3, line.find("} ", mark) - mark - 2));
    }
    return found;
}

}  // namespace

TEST_CASE("observation: the trace of a sampled request is the exemplar of its duration")
{
    registry r;
    request_metrics http{r, duration, iafmetrics::testing::fake_clock{}};
    auto const recorded_with = [&](std::string_view traceparent) {
        auto observed = http.begin("GET");
        observed.trace(traceparent);
        auto moved = std::move(observed);
        moved.finish(200);
    };
    std::string_view const series = "status=\"200\",method=\"GET\",path=\"unmatched\"";
    recorded_with("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00");
    CHECK(exemplars(r, series) == std::vector<std::string>{"", ""});
    recorded_with(sampled);
    CHECK(exemplars(r, series) ==
          std::vector<std::string>{R"({trace_id="4bf92f3577b34da6a3ce929d0e0e4736"})", ""});
    CHECK(shows(r, "api_request_invalid_traceparents_total 0"));
    recorded_with("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01-and more");
    recorded_with(std::string(100'000, '"'));
    CHECK(shows(r, "api_request_invalid_traceparents_total 2"));
    CHECK(recorded(r, "GET", "unmatched", "200") == 4);
    CHECK(iafmetrics::exposition::text(r).find("refused_amounts") == std::string::npos);
}

TEST_CASE("observation: ten milliseconds behind a sampled trace the next is wanted, one behind any other")
{
    registry r;
    request_metrics http{r, duration, iafmetrics::testing::fake_clock{}};
    auto const passes = [](int milliseconds) {
        iafmetrics::testing::fake_clock::advance(std::chrono::milliseconds(milliseconds));
    };
    auto const wants = [&] { return http.begin("GET").wants_trace(); };
    CHECK(wants());
    CHECK(wants());  // nobody has looked
    http.begin("GET").trace(sampled);
    CHECK_FALSE(wants());
    passes(9);
    CHECK_FALSE(wants());
    passes(1);
    CHECK(wants());
    for (std::string_view const other :
         {"", "no trace", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-00"}) {
        http.begin("GET").trace(other);
        CHECK_FALSE(wants());
        passes(1);
        CHECK(wants());
    }
    CHECK(shows(r, "api_request_invalid_traceparents_total 1"));
    auto observed = http.begin("GET");
    observed.discard();
    CHECK_FALSE(observed.wants_trace());
    observed.trace(sampled);
    CHECK(wants());  // of a request that is not recorded nothing is looked at
}
