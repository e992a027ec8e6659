// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/text.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>

using namespace iafmetrics;

TEST_CASE("text: a page is these bytes")
{
    registry r;
    r.add(counter_spec{run_time, "orders_total", "Orders \\ by\nall."}).increment(3);
    r.add(gauge_spec<"room">{run_time, "temperature_celsius", "Temperature."}).with("a\"b\\c\nd").set(-0.5);
    auto& h =
        r.add(histogram_spec<"path">{run_time, "wait_seconds", "Waiting.", buckets{.1, 1, 1e6}}).with("/");
    h.observe(0.05);
    h.observe(0.5);
    h.observe(2e6);
    CHECK(exposition::text(r) == "# HELP orders_total Orders \\\\ by\\nall.\n"
                                 "# TYPE orders_total counter\n"
                                 "orders_total 3\n"
                                 "# HELP temperature_celsius Temperature.\n"
                                 "# TYPE temperature_celsius gauge\n"
                                 "temperature_celsius{room=\"a\\\"b\\\\c\\nd\"} -0.5\n"
                                 "# HELP wait_seconds Waiting.\n"
                                 "# TYPE wait_seconds histogram\n"
                                 "wait_seconds_bucket{path=\"/\",le=\"0.1\"} 1\n"
                                 "wait_seconds_bucket{path=\"/\",le=\"1\"} 2\n"
                                 "wait_seconds_bucket{path=\"/\",le=\"1e+06\"} 2\n"
                                 "wait_seconds_bucket{path=\"/\",le=\"+Inf\"} 3\n"
                                 "wait_seconds_sum{path=\"/\"} 2.00000055e+06\n"
                                 "wait_seconds_count{path=\"/\"} 3\n");
}

TEST_CASE("text: a histogram without labels has only le")
{
    registry r;
    r.add(histogram_spec{run_time, "wait_seconds", "Waiting.", buckets{1}}).observe(0.5);
    CHECK(exposition::text(r).find("wait_seconds_bucket{le=\"1\"} 1\nwait_seconds_bucket{le=\"+Inf\"} 1\n"
                                   "wait_seconds_sum 0.5\nwait_seconds_count 1\n") != std::string::npos);
}

TEST_CASE("text: an empty registry is an empty page") { CHECK(exposition::text(registry{}).empty()); }

TEST_CASE("text: pieces end with whole lines and add up to the page")
{
    registry r;
    auto& f = r.add(counter_spec<"v">{run_time, "many_total", "Many.", series_limit{5000}});
    for (int i = 0; i != 5000; ++i)
        f.with(i).increment();
    for (int i = 0; i != 2000; ++i)
        r.add(counter_spec{run_time, "single_" + std::to_string(i) + "_total",
                           "Single, with a help of some length."});
    std::string joined;
    std::size_t pieces = 0;
    exposition::write_text(r, [&](std::string_view piece) {
        CHECK(piece.size() < std::size_t{80} * 1024);
        CHECK(piece.back() == '\n');
        joined += piece;
        ++pieces;
    });
    CHECK(pieces > 4);
    CHECK(joined == exposition::text(r));
}

TEST_CASE("text: a name and labels that are longer than a piece are written whole")
{
    registry metrics;
    std::string const name(100'000, 'n');
    std::string const value(200'000, 'v');
    metrics.add(counter_spec<"label">{run_time, name + "_total", "Long."}).with(value).increment(7);
    std::string const page = exposition::text(metrics);
    CHECK(page == "# HELP " + name + "_total Long.\n# TYPE " + name + "_total counter\n" + name +
                      "_total{label=\"" + value + "\"} 7\n");
}

TEST_CASE("text: histograms of one page have their own bounds")
{
    registry metrics;
    metrics.add(histogram_spec{run_time, "a_seconds", "A.", buckets{1, 2}}).observe(1.5);
    metrics.add(histogram_spec{run_time, "b_seconds", "B.", buckets{1, 3}}).observe(1.5);
    std::string const page = exposition::text(metrics);
    CHECK(page.find("a_seconds_bucket{le=\"2\"} 1\n") != std::string::npos);
    CHECK(page.find("b_seconds_bucket{le=\"3\"} 1\n") != std::string::npos);
    CHECK(page.find("b_seconds_bucket{le=\"2\"}") == std::string::npos);
}
