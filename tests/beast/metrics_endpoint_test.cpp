// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/metrics_endpoint.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <limits>
#include <stdexcept>
#include <string>

namespace http = boost::beast::http;
using iafmetrics::beast::metrics_endpoint;

namespace {

http::request<http::empty_body> scrape(http::verb method, std::string_view target = "/metrics")
{
    return {method, boost::beast::string_view(target.data(), target.size()), 11};
}

}  // namespace

TEST_CASE("metrics_endpoint: answers GET with the page and its exact type")
{
    iafmetrics::registry r;
    r.add(iafmetrics::counter_spec{iafmetrics::run_time, "orders_total", "Orders."}).increment(2);
    metrics_endpoint const endpoint{r};
    auto const answer = endpoint(scrape(http::verb::get));
    CHECK(answer.result() == http::status::ok);
    CHECK(answer[http::field::content_type] == "text/plain; version=0.0.4; charset=utf-8");
    CHECK(answer[http::field::content_length] == std::to_string(answer.body().size()));
    CHECK(answer.body() == "# HELP orders_total Orders.\n# TYPE orders_total counter\norders_total 2\n");
    CHECK(answer.keep_alive());
}

TEST_CASE("metrics_endpoint: answers what Prometheus asks for in its format, and says so")
{
    iafmetrics::registry r;
    r.add(iafmetrics::counter_spec{iafmetrics::run_time, "orders_total", "Orders."}).increment(2);
    metrics_endpoint const endpoint{r};
    auto const answer_to = [&](std::initializer_list<char const*> lines) {
        auto asked = scrape(http::verb::get);
        for (char const* line : lines)
            asked.insert(http::field::accept, line);
        return endpoint(asked);
    };
    constexpr char const* prometheus_2_42 =
        "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,"
        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    auto const by_2_42 = answer_to({prometheus_2_42});
    CHECK(by_2_42[http::field::content_type] == "application/openmetrics-text; version=1.0.0; charset=utf-8");
    CHECK(by_2_42[http::field::vary] == "Accept, Accept-Encoding");
    CHECK(by_2_42.body() == "# TYPE orders counter\n# HELP orders Orders.\norders_total 2\n# EOF\n");
    auto const by_3 = answer_to({"application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6",
                                 "text/plain;version=0.0.4;q=0.3,*/*;q=0.2"});
    CHECK(by_3[http::field::content_type] ==
          "application/openmetrics-text; version=1.0.0; charset=utf-8; escaping=allow-utf-8");
    auto const by_native =
        answer_to({"application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                   "encoding=delimited;q=0.9,text/plain;version=1.0.0;q=0.5"});
    CHECK(by_native[http::field::content_type] ==
          "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited");
    CHECK(by_native.body() == iafmetrics::exposition::protobuf(r));
    metrics_endpoint const with_created{r, "/metrics", {}, {.created = true}};
    CHECK(with_created(http::verb::get, {.accept = prometheus_2_42}).body().find("\norders_created ") !=
          std::string::npos);
    CHECK(with_created(http::verb::get).body() == endpoint(http::verb::get).body());
    auto const by_itself = endpoint(http::verb::get, {.accept = prometheus_2_42});
    CHECK(by_itself.body() == by_2_42.body());
    CHECK(endpoint(http::verb::get).body().starts_with("# HELP orders_total"));
}

TEST_CASE("metrics_endpoint: answers HEAD with the same head and no body")
{
    iafmetrics::registry r;
    r.add(iafmetrics::counter_spec{iafmetrics::run_time, "orders_total", "Orders."});
    metrics_endpoint const endpoint{r};
    auto const answer = endpoint(scrape(http::verb::head));
    CHECK(answer.result() == http::status::ok);
    CHECK(answer.body().empty());
    CHECK(answer[http::field::content_length] ==
          std::to_string(endpoint(scrape(http::verb::get)).body().size()));
}

TEST_CASE("metrics_endpoint: a page has the room that the last one took, in copies too")
{
    iafmetrics::registry r;
    auto& orders = r.add(iafmetrics::counter_spec<"item">{iafmetrics::run_time, "orders_total", "Orders.",
                                                          iafmetrics::series_limit{20'000}});
    for (int i = 0; i != 20'000; ++i)
        orders.with(i).increment();
    metrics_endpoint const endpoint{r};
    auto const first = endpoint(scrape(http::verb::get));
    metrics_endpoint const copy = endpoint;
    auto second = copy(scrape(http::verb::get));
    CHECK(second.body() == first.body());
    CHECK(second.body().capacity() < second.body().size() * 9 / 8);
}

TEST_CASE("metrics_endpoint: refuses other methods and says which are allowed")
{
    iafmetrics::registry r;
    auto const answer = metrics_endpoint{r}(scrape(http::verb::post));
    CHECK(answer.result() == http::status::method_not_allowed);
    CHECK(answer[http::field::allow] == "GET, HEAD");
}

TEST_CASE("metrics_endpoint: closes where the client asks for it")
{
    iafmetrics::registry r;
    auto request = scrape(http::verb::get);
    request.keep_alive(false);
    CHECK(!metrics_endpoint{r}(request).keep_alive());
}

TEST_CASE("metrics_endpoint: knows its path with and without a query")
{
    iafmetrics::registry r;
    metrics_endpoint const endpoint{r};
    CHECK(endpoint.matches(scrape(http::verb::get, "/metrics")));
    CHECK(endpoint.matches(scrape(http::verb::get, "/metrics?name[]=x")));
    CHECK(!endpoint.matches(scrape(http::verb::get, "/metricsx")));
    CHECK(!endpoint.matches(scrape(http::verb::get, "/")));
    CHECK(metrics_endpoint{r, "/other"}.matches(scrape(http::verb::get, "/other")));
}

TEST_CASE("metrics_endpoint: knows its path in a target of absolute form")
{
    iafmetrics::registry r;
    metrics_endpoint const endpoint{r};
    CHECK(endpoint.matches(scrape(http::verb::get, "http://shop:9090/metrics")));
    CHECK(endpoint.matches(scrape(http::verb::get, "HTTPS://[::1]/metrics?name[]=x")));
    CHECK(!endpoint.matches(scrape(http::verb::get, "http://shop/other/metrics")));
    CHECK(!endpoint.matches(scrape(http::verb::get, "http://shop?x=/metrics")));
    CHECK(!endpoint.matches(scrape(http::verb::get, "ftp://shop/metrics")));
    CHECK(!endpoint.matches(scrape(http::verb::get, "/http://shop/metrics")));
    CHECK(metrics_endpoint{r, "/"}.matches(scrape(http::verb::get, "http://shop?x=1")));
}

TEST_CASE("metrics_endpoint: shows the metrics that name[] asks for, by any name they have on a page")
{
    iafmetrics::registry r;
    r.add(iafmetrics::counter_spec{iafmetrics::run_time, "orders_total", "Orders."});
    r.add(
        iafmetrics::histogram_spec<>{iafmetrics::run_time, "wait_seconds", "Waits.", iafmetrics::buckets{1}});
    r.add(iafmetrics::gauge_spec{iafmetrics::run_time, "size_bytes", "Size."});
    metrics_endpoint const endpoint{r};
    auto const shown = [&](std::string_view query) {
        auto const page = endpoint(scrape(http::verb::get, "/metrics?" + std::string(query))).body();
        std::string names;
        for (std::string_view const name : {"orders_total", "wait_seconds", "size_bytes"})
            if (page.find("# TYPE " + std::string(name) + " ") != std::string::npos) names += name.front();
        CHECK(page == endpoint(http::verb::get, {.query = query}).body());
        return names;
    };
    CHECK(shown("name[]=orders_total") == "o");
    CHECK(shown("name[]=orders") == "o");
    CHECK(shown("name[]=orders_created") == "o");
    CHECK(shown("name%5b%5D=wait%5Fseconds_bucket") == "w");
    CHECK(shown("x=y&name[]=wait_seconds_count&name[]=size_bytes") == "ws");
    for (char const* none :
         {"name[]=nothing", "name[]=", "name[]", "name[]=size_bytes%zz", "name[]=size_bytes_total"})
        CHECK(shown(none).empty());
    CHECK(shown("name=orders_total") == "ows");
    CHECK(shown("") == "ows");
    CHECK(endpoint(http::verb::get, {.accept = "application/openmetrics-text", .query = "name[]=nothing"})
              .body() == "# EOF\n");
}

TEST_CASE("metrics_endpoint: a scrape beyond the limit is 503 until the page before has gone")
{
    iafmetrics::registry r;
    iafmetrics::beast::scrape_metrics metrics(r);
    metrics_endpoint const endpoint{r, {.scrape_limit = 1, .metrics = &metrics}};
    metrics_endpoint const copy = endpoint;
    {
        auto const held = endpoint.begin(scrape(http::verb::get));
        CHECK(held.answer.result_int() == 200);
        auto const refused = copy(scrape(http::verb::get));
        CHECK(refused.result_int() == 503);
        CHECK(refused[http::field::retry_after] == "1");
        CHECK(refused.body() == "too many scrapes at once\n");
    }
    auto const page = copy(scrape(http::verb::get)).body();
    CHECK(page.find("iafmetrics_http_refused_total{reason=\"scrape_limit\"} 1\n") != std::string::npos);
    CHECK(page.find("promhttp_metric_handler_requests_total{code=\"503\"} 1\n") != std::string::npos);
    CHECK(page.find("promhttp_metric_handler_requests_in_flight 1\n") != std::string::npos);
}

TEST_CASE("metrics_endpoint: collectors see the scraper's deadline, and one that blocks past it is left out")
{
    std::atomic<bool> has_seen{false};
    std::atomic<bool> is_stuck{true};
    iafmetrics::registry r;
    r.add([&](iafmetrics::collector_output& out) {
        has_seen = out.deadline().is_set();
        if (has_seen) is_stuck.wait(true);
        out.gauge("first", "First.", 1);
    });
    r.add([](iafmetrics::collector_output& out) { out.gauge("second", "Second.", 1); });
    metrics_endpoint const endpoint{r};
    CHECK(endpoint(http::verb::get).body().find("left_out") == std::string::npos);
    CHECK(!has_seen);
    auto asked = scrape(http::verb::get);
    asked.set("X-Prometheus-Scrape-Timeout-Seconds", "0.02");
    auto const cut = endpoint(asked).body();
    is_stuck = false;
    is_stuck.notify_all();
    CHECK(cut.find("first 1\n") == std::string::npos);
    CHECK(cut.find("iafmetrics_collectors_left_out_total 2\n") != std::string::npos);
    auto const later = endpoint(http::verb::get, {.scrape_timeout = "10.000000"}).body();
    CHECK(later.find("second 1\n") != std::string::npos);
    CHECK(has_seen);
}

TEST_CASE("metrics_endpoint: what a request has waited is over of its timeout, which with all of it over is "
          "no other")
{
    using namespace std::chrono_literals;
    std::atomic<std::int64_t> left{0};
    iafmetrics::registry r;
    r.add([&](iafmetrics::collector_output& out) { left = out.deadline().nanoseconds_left(); });
    metrics_endpoint const endpoint{r};
    auto asked = scrape(http::verb::get);
    asked.set("X-Prometheus-Scrape-Timeout-Seconds", "1000");
    (void)endpoint.begin(asked);
    CHECK(left > std::chrono::nanoseconds(900s).count());
    (void)endpoint.begin(asked, 800s);
    CHECK(left > 0);
    CHECK(left < std::chrono::nanoseconds(200s).count());
    (void)endpoint.begin(scrape(http::verb::get), 2000s);
    CHECK(left == std::numeric_limits<std::int64_t>::max());  // it has no timeout
    left = 0;
    for (auto const waited : {std::chrono::nanoseconds(1000s) - 1ns, std::chrono::nanoseconds(2000s)}) {
        (void)endpoint.begin(asked, waited);
        (void)endpoint.begin(http::verb::get, {.scrape_timeout = "1000", .waited = waited});
    }
    CHECK(left == 0);  // not called, or with nothing left
}

TEST_CASE("metrics_endpoint: a scraper's deadline is a number of seconds, and nothing else")
{
    using namespace std::chrono_literals;
    CHECK(metrics_endpoint::timeout_of("10.000000") == 10s);
    CHECK(metrics_endpoint::timeout_of("0.5") == 500ms);
    for (std::string_view const none : {"", "0", "-1", "nan", "inf", "1e99", "10s", " 10", "x"})
        CHECK(metrics_endpoint::timeout_of(none) == 0s);
}

TEST_CASE("metrics_endpoint: what a collector throws is counted, and its text on no page")
{
    iafmetrics::registry r;
    r.add([](iafmetrics::collector_output&) { throw std::runtime_error("password=s3cret at /etc/shadow"); });
    for (char const* accept :
         {"text/plain", "application/openmetrics-text", "application/openmetrics-text;version=2.0.0",
          "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"}) {
        auto const page = metrics_endpoint{r}(http::verb::get, {.accept = accept}).body();
        CHECK(page.find("iafmetrics_collector_errors") != std::string::npos);
        CHECK(page.find("s3cret") == std::string::npos);
    }
}
