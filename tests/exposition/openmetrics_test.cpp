// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/openmetrics.hpp>
#include <iafmetrics/info.hpp>
#include <iafmetrics/state_set.hpp>

#include <doctest/doctest.h>

#include "written.hpp"
#include <time.h>

#include <array>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

using namespace iafmetrics;

TEST_CASE("openmetrics: a counter's family is named without _total, and its samples with it")
{
    registry r;
    r.add(counter_spec{run_time, "shop_orders_total", "Orders."}).increment(3);
    CHECK(exposition::openmetrics(r) == "# TYPE shop_orders counter\n"
                                        "# HELP shop_orders Orders.\n"
                                        "shop_orders_total 3\n"
                                        "# EOF\n");
}

TEST_CASE("openmetrics: a counter of another name keeps it and is of unknown type")
{
    registry r;
    r.add(counter_spec{run_time, "shop_orders", "Orders.", exemption{"a contract"}}).increment();
    CHECK(exposition::openmetrics(r, {.created = true}) == "# TYPE shop_orders unknown\n"
                                                           "# HELP shop_orders Orders.\n"
                                                           "shop_orders 1\n"
                                                           "# EOF\n");
}

TEST_CASE("openmetrics: a unit is told where the name ends in one")
{
    registry r;
    r.add(counter_spec{run_time, "shop_sent_bytes_total", "Bytes."}).increment();
    r.add(gauge_spec{run_time, "shop_hits_ratio", "Hits."});
    r.add(gauge_spec{run_time, "seconds", "No unit: it is all of the name."});
    r.add(info_spec<"a">{run_time, "shop_seconds_info", "No unit either."}).with("b");
    std::string const page = exposition::openmetrics(r);
    CHECK(page.find("# TYPE shop_sent_bytes counter\n# UNIT shop_sent_bytes bytes\n# HELP") == 0);
    CHECK(page.find("# UNIT shop_hits_ratio ratio\n") != std::string::npos);
    CHECK(page.find("# UNIT seconds") == std::string::npos);
    CHECK(page.find("# UNIT shop_seconds") == std::string::npos);
}

TEST_CASE("openmetrics: help texts escape backslash, line feed and quote")
{
    registry r;
    r.add(gauge_spec{run_time, "a", "\"x\\y\nz"});
    CHECK(exposition::openmetrics(r).find("# HELP a \\\"x\\\\y\\nz\n") != std::string::npos);
}

TEST_CASE("openmetrics: bounds are canonical numbers")
{
    registry r;
    r.add(histogram_spec{run_time, "a_seconds", "A.", buckets{0., .5, 1., 1e6}}).observe(.5);
    CHECK(exposition::openmetrics(r) == "# TYPE a_seconds histogram\n"
                                        "# UNIT a_seconds seconds\n"
                                        "# HELP a_seconds A.\n"
                                        "a_seconds_bucket{le=\"0.0\"} 0\n"
                                        "a_seconds_bucket{le=\"0.5\"} 1\n"
                                        "a_seconds_bucket{le=\"1.0\"} 1\n"
                                        "a_seconds_bucket{le=\"1e+06\"} 1\n"
                                        "a_seconds_bucket{le=\"+Inf\"} 1\n"
                                        "a_seconds_count 1\n"
                                        "a_seconds_sum 0.5\n"
                                        "# EOF\n");
}

TEST_CASE("openmetrics: a histogram whose sum may go back has neither sum nor count")
{
    registry r;
    r.add(histogram_spec{run_time, "a_celsius", "A.", buckets{-1., 1.}}).observe(2);
    r.add(histogram_spec{run_time, "b_celsius", "B.", buckets{1.}}).observe(-2);
    std::string const page = exposition::openmetrics(r);
    CHECK(page.find("a_celsius_bucket{le=\"+Inf\"} 1\n") != std::string::npos);
    CHECK(page.find("b_celsius_bucket{le=\"+Inf\"} 1\n") != std::string::npos);
    CHECK(page.find("_sum") == std::string::npos);
    CHECK(page.find("_count") == std::string::npos);
}

TEST_CASE("openmetrics: a summary leaves out what the format does not allow")
{
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr std::array<summary_snapshot::quantile, 3> quantiles{{{0, -1}, {.5, nan}, {1, 2}}};
    std::string const page = written<exposition::openmetrics_writer>([&](visitor& out) {
        out.begin_family({"a", "A.", metric_type::summary});
        out.summary(labels_view("b=\"c\""), {quantiles, 7, nan});
        out.summary(labels_view("b=\"d\""), {{}, 7, 3.5});
    });
    CHECK(page == "# TYPE a summary\n"
                  "# HELP a A.\n"
                  "a{b=\"c\",quantile=\"0.5\"} NaN\n"
                  "a{b=\"c\",quantile=\"1.0\"} 2\n"
                  "a_count{b=\"c\"} 7\n"
                  "a_count{b=\"d\"} 7\n"
                  "a_sum{b=\"d\"} 3.5\n"
                  "# EOF\n");
}

TEST_CASE("openmetrics: info, state_set and one whose label is not the metric's name")
{
    registry r;
    r.add(info_spec<"version">{run_time, "shop_build_info", "Build."}).with("1.2");
    r.add(state_set_spec{run_time, "job_phase", "Phase.", states{"on", "off"}}).turn_on("on");
    r.add(state_set_spec{run_time, "other_phase", "Phase.", states{"on"}, state_label{"phase"}});
    CHECK(exposition::openmetrics(r) == "# TYPE shop_build info\n"
                                        "# HELP shop_build Build.\n"
                                        "shop_build_info{version=\"1.2\"} 1\n"
                                        "# TYPE job_phase stateset\n"
                                        "# HELP job_phase Phase.\n"
                                        "job_phase{job_phase=\"on\"} 1\n"
                                        "job_phase{job_phase=\"off\"} 0\n"
                                        "# TYPE other_phase gauge\n"
                                        "# HELP other_phase Phase.\n"
                                        "other_phase{phase=\"on\"} 0\n"
                                        "# EOF\n");
}

TEST_CASE("openmetrics: what tells when a series began is shown where it is asked for")
{
    auto const all = [](visitor& out) {
        out.begin_family({"a_total", "A.", metric_type::counter});
        out.counter(labels_view("b=\"c\""), {std::uint64_t{1}, 1'795'000'000.25});
        out.counter({}, {std::uint64_t{2}, unknown_time});
        out.begin_family({"s", "S.", metric_type::summary});
        out.summary({}, {{}, 0, 0, 1'795'000'000});
    };
    CHECK(written<exposition::openmetrics_writer>(all, exposition::openmetrics_options{.created = true}) ==
          "# TYPE a counter\n# HELP a A.\n"
          "a_total{b=\"c\"} 1\n"
          "a_created{b=\"c\"} 1.79500000025e+09\n"
          "a_total 2\n"
          "# TYPE s summary\n# HELP s S.\n"
          "s_count 0\ns_sum 0\n"
          "s_created 1.795e+09\n# EOF\n");
    CHECK(written<exposition::openmetrics_writer>(all).find("_created") == std::string::npos);
}

TEST_CASE("openmetrics: no two families have one name")
{
    CHECK(written<exposition::openmetrics_writer>(
              [](visitor& out) {
                  out.begin_family({"jobs", "Waiting.", metric_type::gauge});
                  out.value({}, 3);
                  out.begin_family({"jobs_total", "Done.", metric_type::counter});
                  out.counter({}, {std::uint64_t{7}, 1'795'000'000});
                  out.begin_family({"runs_created", "Made.", metric_type::gauge});
                  out.value({}, 1);
                  out.begin_family({"runs_total", "Runs.", metric_type::counter});
                  out.counter({}, {std::uint64_t{2}, 1'795'000'000});
                  out.begin_family({"target", "A gauge.", metric_type::gauge});
                  out.value({}, 5);
                  out.begin_family({"target_info", "What it is.", metric_type::info});
                  out.value(labels_view("a=\"b\""), 1);
              },
              exposition::openmetrics_options{.created = true}) ==
          "# TYPE jobs gauge\n# HELP jobs Waiting.\njobs 3\n"
          "# TYPE jobs_total unknown\n# HELP jobs_total Done.\njobs_total 7\n"
          "# TYPE runs_created gauge\n# HELP runs_created Made.\nruns_created 1\n"
          "# TYPE runs counter\n# HELP runs Runs.\nruns_total 2\n"
          "# TYPE target gauge\n# HELP target A gauge.\ntarget 5\n"
          "# TYPE target_info gauge\n# HELP target_info What it is.\n"
          "target_info{a=\"b\"} 1\n# EOF\n");
}

TEST_CASE("openmetrics: exemplars stand behind counters and buckets")
{
    exemplar_view const of_counter{labels_view("trace_id=\"abc\""), 1, 1'795'000'000.5};
    bucket_exemplar const of_bucket{1, {labels_view("trace_id=\"def\""), 7.5, 1'795'000'001}};
    constexpr std::array<double, 1> bounds{1};
    constexpr std::array<std::uint64_t, 2> counts{2, 3};
    CHECK(written<exposition::openmetrics_writer>([&](visitor& out) {
              out.begin_family({"a_total", "A.", metric_type::counter});
              out.counter({}, {std::uint64_t{1}, unknown_time, &of_counter});
              out.begin_family({"h", "H.", metric_type::histogram});
              out.histogram({}, {bounds, counts, 9, unknown_time, std::span(&of_bucket, 1)});
          }) == "# TYPE a counter\n# HELP a A.\n"
                "a_total 1 # {trace_id=\"abc\"} 1 1795000000.5\n"
                "# TYPE h histogram\n# HELP h H.\n"
                "h_bucket{le=\"1.0\"} 2\n"
                "h_bucket{le=\"+Inf\"} 5 # {trace_id=\"def\"} 7.5 1795000001\n"
                "h_count 5\nh_sum 9\n# EOF\n");
}

TEST_CASE("openmetrics: a series tells when it began, to a quarter of a second")
{
    registry r;
    auto const before = static_cast<double>(::time(nullptr));
    r.add(counter_spec<"a">{run_time, "shop_orders_total", "Orders."}).with("b").increment();
    std::string const page = exposition::openmetrics(r, {.created = true});
    std::size_t const at = page.find("shop_orders_created{a=\"b\"} ");
    REQUIRE(at != std::string::npos);
    double const created = std::stod(page.substr(at + 27));
    CHECK(created >= before - 1);
    CHECK(created <= static_cast<double>(::time(nullptr)) + 1);
}
