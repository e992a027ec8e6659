// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/format.hpp>
#include <iafmetrics/exposition/openmetrics_2.hpp>
#include <iafmetrics/exposition/page.hpp>
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/native_histogram.hpp>

#include <doctest/doctest.h>

#include "written.hpp"
#include <time.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>

using namespace iafmetrics;

namespace {

constexpr double start = 1520430000.123;

/// The value of a native histogram, and what stands behind it.
std::string native_line(native_snapshot const& native,
                        std::span<double const> bounds = {},
                        std::span<std::uint64_t const> counts = {},
                        double created = unknown_time,
                        std::span<bucket_exemplar const> exemplars = {})
{
    std::string const page = written<exposition::openmetrics_2_writer>([&](visitor& out) {
        out.begin_family({"a_seconds", "A.", metric_type::histogram});
        out.histogram({}, {bounds, counts, native.sum, created, exemplars, &native});
    });
    std::size_t const at = page.find("\na_seconds ") + 11;
    return page.substr(at, page.find("\n# EOF\n") - at);
}

using bucket = native_snapshot::bucket;

}  // namespace

TEST_CASE("openmetrics_2: a family has the name of its samples, with its unit before _total")
{
    registry r;
    r.add(counter_spec<"kind">{run_time, "shop_sent_bytes_total", "Sent \"bytes\"\\\n."}).with("a\"b");
    r.add(counter_spec{run_time, "shop_orders", "Orders.", exemption{"a contract"}});
    r.add(gauge_spec{run_time, "shop_hits_ratio", "Hits."}).set(.5);
    std::string const page = exposition::openmetrics_2(r);
    CHECK(page.starts_with("# TYPE shop_sent_bytes_total counter\n"
                           "# UNIT shop_sent_bytes_total bytes\n"
                           "# HELP shop_sent_bytes_total Sent \\\"bytes\\\"\\\\\\n.\n"
                           "shop_sent_bytes_total{kind=\"a\\\"b\"} 0 st@"));
    CHECK(page.find("\n# TYPE shop_orders counter\n# HELP shop_orders Orders.\nshop_orders 0 st@") !=
          std::string::npos);
    CHECK(page.ends_with("\n# TYPE shop_hits_ratio gauge\n# UNIT shop_hits_ratio ratio\n"
                         "# HELP shop_hits_ratio Hits.\nshop_hits_ratio 0.5\n# EOF\n"));
}

TEST_CASE("openmetrics_2: info, state_set, and what is called so and cannot be one")
{
    registry r;
    r.add(info_spec<"version">{run_time, "shop_build_info", "Build."}).with("1.2");
    r.add(info_spec<"version">{run_time, "shop_seconds", "Build.", exemption{"a contract"}}).with("1.2");
    r.add(state_set_spec{run_time, "job_phase", "Phase.", states{"on", "off"}}).turn_on("on");
    r.add(state_set_spec{run_time, "other_phase", "Phase.", states{"on"}, state_label{"phase"}});
    CHECK(exposition::openmetrics_2(r) == "# TYPE shop_build_info info\n"
                                          "# HELP shop_build_info Build.\n"
                                          "shop_build_info{version=\"1.2\"} 1\n"
                                          "# TYPE shop_seconds gauge\n"
                                          "# UNIT shop_seconds seconds\n"
                                          "# HELP shop_seconds Build.\n"
                                          "shop_seconds{version=\"1.2\"} 1\n"
                                          "# TYPE job_phase stateset\n"
                                          "# HELP job_phase Phase.\n"
                                          "job_phase{job_phase=\"on\"} 1\n"
                                          "job_phase{job_phase=\"off\"} 0\n"
                                          "# TYPE other_phase gauge\n"
                                          "# HELP other_phase Phase.\n"
                                          "other_phase{phase=\"on\"} 0\n"
                                          "# EOF\n");
}

TEST_CASE("openmetrics_2: a counter tells its start and then its exemplar")
{
    exemplar_view const exemplar{labels_view("trace_id=\"KOO5S4vxi0o\""), .67, 1520879606.1};
    CHECK(written<exposition::openmetrics_2_writer>([&](visitor& out) {
              out.begin_family({"foo_total", "Foo.", metric_type::counter});
              out.counter({}, {17., unknown_time});
              out.counter(labels_view("a=\"b\""), {17.5, start});
              out.counter(labels_view("a=\"c\""), {17., start, &exemplar});
              out.counter(labels_view("a=\"d\""), {17., unknown_time, &exemplar});
              out.counter(labels_view("a=\"e\""), {17., 1795000000});
              out.begin_family({"bar", "Bar.", metric_type::untyped});
              out.value({}, 42.23);
          }) == "# TYPE foo_total counter\n# HELP foo_total Foo.\n"
                "foo_total 17\n"
                "foo_total{a=\"b\"} 17.5 st@1520430000.123\n"
                "foo_total{a=\"c\"} 17 st@1520430000.123 # {trace_id=\"KOO5S4vxi0o\"} 0.67 1520879606.1\n"
                "foo_total{a=\"d\"} 17 # {trace_id=\"KOO5S4vxi0o\"} 0.67 1520879606.1\n"
                "foo_total{a=\"e\"} 17 st@1795000000\n"
                "# TYPE bar unknown\n# HELP bar Bar.\nbar 42.23\n"
                "# EOF\n");
}

TEST_CASE("openmetrics_2: a classic histogram is one value, its buckets cumulative")
{
    constexpr std::array<double, 10> bounds{0, 1e-05, .0001, .1, 1, 10, 100000, 1e+06, 1e+23, 1.1e+23};
    constexpr std::array<std::uint64_t, 11> counts{0, 0, 5, 3, 2, 1, 0, 4, 1, 1, 0};
    constexpr std::array<std::uint64_t, 1> one_count{3};
    CHECK(written<exposition::openmetrics_2_writer>([&](visitor& out) {
              out.begin_family({"foo", "Foo.", metric_type::histogram});
              out.histogram({}, {bounds, counts, 324789.3, start});
              out.histogram(labels_view("a=\"b\""), {{}, one_count, -1.5});
          }) == "# TYPE foo histogram\n# HELP foo Foo.\n"
                "foo {count:17,sum:324789.3,bucket:[0.0:0,1e-05:0,0.0001:5,0.1:8,1.0:10,10.0:11,100000.0:11,"
                "1e+06:15,1e+23:16,1.1e+23:17,+Inf:17]} st@1520430000.123\n"
                "foo{a=\"b\"} {count:3,sum:-1.5,bucket:[+Inf:3]}\n"
                "# EOF\n");
}

TEST_CASE("openmetrics_2: all exemplars of a histogram stand behind its value")
{
    constexpr std::array<double, 4> bounds{.01, .1, 1, 10};
    constexpr std::array<std::uint64_t, 5> counts{0, 8, 3, 6, 0};
    std::array<bucket_exemplar, 3> const exemplars{
        {{1, {{}, .054, 1520879607.7}},
         {2, {labels_view("trace_id=\"KOO5S4vxi0o\""), 1.67, 1520879602.89}},
         {3, {labels_view("trace_id=\"oHg5SJYRHA0\""), 9.8, 1520879607.789}}}};
    std::string const tail = " st@1520430000.123 # {} 0.054 1520879607.7"
                             " # {trace_id=\"KOO5S4vxi0o\"} 1.67 1520879602.89"
                             " # {trace_id=\"oHg5SJYRHA0\"} 9.8 1520879607.789";
    CHECK(written<exposition::openmetrics_2_writer>([&](visitor& out) {
              out.begin_family({"foo", "Foo.", metric_type::histogram});
              out.histogram({}, {bounds, counts, 324789.3, start, exemplars});
          }) == "# TYPE foo histogram\n# HELP foo Foo.\n"
                "foo {count:17,sum:324789.3,bucket:[0.01:0,0.1:8,1.0:11,10.0:17,+Inf:17]}" +
                    tail + "\n# EOF\n");
    constexpr std::array<bucket, 2> positive{{{0, 5}, {1, 12}}};
    CHECK(native_line({0, 1e-4, 0, 17, 324789.3, {}, positive}, bounds, counts, start, exemplars) ==
          "{count:17,sum:324789.3,schema:0,zero_threshold:0.0001,zero_count:0,positive_spans:[0:2],"
          "positive_buckets:[5,12],bucket:[0.01:0,0.1:8,1.0:11,10.0:17,+Inf:17]}" +
              tail);
}

TEST_CASE("openmetrics_2: native buckets are counts in spans, the negative ones first")
{
    constexpr std::array<bucket, 2> negative{{{1, 5}, {2, 7}}};
    constexpr std::array<bucket, 6> positive{{{-1, 5}, {0, 7}, {4, 10}, {5, 9}, {6, 8}, {7, 8}}};
    CHECK(native_line({7, 1e-4, 0, 59, 120, negative, positive}, {}, {}, start) ==
          "{count:59,sum:120,schema:7,zero_threshold:0.0001,zero_count:0,negative_spans:[1:2],"
          "negative_buckets:[5,7],positive_spans:[-1:2,3:4],positive_buckets:[5,7,10,9,8,8]} "
          "st@1520430000.123");
    // A gap of two is cheaper as buckets.
    constexpr std::array<bucket, 2> gap{{{-3, 1}, {0, 2}}};
    CHECK(native_line({-4, 0, 4, 8, std::numeric_limits<double>::quiet_NaN(), gap, {}}) ==
          "{count:8,sum:NaN,schema:-4,zero_threshold:0,zero_count:4,negative_spans:[-3:4],"
          "negative_buckets:[1,0,0,2]}");
    CHECK(native_line({3, 1e-4, 0, 0, 0, {}, {}}, {}, {}, start) ==
          "{count:0,sum:0,schema:3,zero_threshold:0.0001,zero_count:0} st@1520430000.123");
}

TEST_CASE("openmetrics_2: a native histogram has its declared buckets behind the native ones")
{
    registry r;
    auto& h = r.add(native_histogram_spec{run_time, "shop_wait_seconds", "Wait.", buckets{.5, 1.}, growth{2},
                                          zero_threshold{0}});
    for (double const value : {1., 2., 0., -4.})
        h.observe(value);
    CHECK(
        exposition::openmetrics_2(r).find(
            "\nshop_wait_seconds {count:4,sum:-1,schema:0,zero_threshold:0,zero_count:1,negative_spans:[2:1],"
            "negative_buckets:[1],positive_spans:[0:2],positive_buckets:[1,1],bucket:[0.5:2,1.0:3,+Inf:4]} "
            "st@") != std::string::npos);
}

TEST_CASE("openmetrics_2: a summary is one value, without quantiles below 0")
{
    constexpr double nan = std::numeric_limits<double>::quiet_NaN();
    constexpr std::array<summary_snapshot::quantile, 4> quantiles{
        {{0, -1}, {.95, 123.7}, {.99, 150}, {1, nan}}};
    CHECK(written<exposition::openmetrics_2_writer>([&](visitor& out) {
              out.begin_family({"foo", "Foo.", metric_type::summary});
              out.summary({}, {{}, 17, 324789.3, start});
              out.summary(labels_view("a=\"b\""), {quantiles, 0, 0, start});
          }) == "# TYPE foo summary\n# HELP foo Foo.\n"
                "foo {count:17,sum:324789.3,quantile:[]} st@1520430000.123\n"
                "foo{a=\"b\"} {count:0,sum:0,quantile:[0.95:123.7,0.99:150,1.0:NaN]} st@1520430000.123\n"
                "# EOF\n");
}

TEST_CASE("openmetrics_2: a line longer than a piece is whole, and others do not cross one")
{
    std::string const labels = "a=\"" + std::string(70'000, 'x') + '"';
    constexpr std::array<std::uint64_t, 1> count{3};
    std::string page;
    bool is_whole = true;
    exposition::openmetrics_2_writer writer([&](std::string_view piece) {
        is_whole = is_whole && piece.ends_with('\n');
        page += piece;
    });
    writer.begin_family({"foo", "Foo.", metric_type::histogram});
    for (int i = 0; i != 4000; ++i)
        writer.histogram({}, {{}, count, 1});
    writer.finish();
    CHECK(is_whole);
    CHECK(page.size() == 37 + 4000 * 36 + 6);
    CHECK(written<exposition::openmetrics_2_writer>([&](visitor& out) {
              out.begin_family({"foo", "Foo.", metric_type::histogram});
              out.histogram(labels_view(labels), {{}, count, 1});
          }) == "# TYPE foo histogram\n# HELP foo Foo.\nfoo{" + labels +
                    "} {count:3,sum:1,bucket:[+Inf:3]}\n# EOF\n");
}

TEST_CASE("openmetrics_2: goes to who asks for it by version")
{
    registry r;
    r.add(counter_spec{run_time, "shop_orders_total", "Orders."});
    auto const answer = [&](std::string_view accept) {
        exposition::accepted_formats asked{exposition::written_formats};
        asked.read(accept);
        std::string text(exposition::content_type(asked.best()));
        text += '\n';
        exposition::write_page(r, asked.best(), [&](std::string_view piece) { text += piece; });
        return text.substr(0, text.find('\n', text.find('\n') + 1));
    };
    CHECK(answer("application/openmetrics-text; version=2.0.0") ==
          std::string(exposition::openmetrics_2_content_type) + "\n# TYPE shop_orders_total counter");
    CHECK(answer("application/openmetrics-text; version=1.0.0") ==
          "application/openmetrics-text; version=1.0.0; charset=utf-8\n# TYPE shop_orders counter");
    CHECK(answer("application/openmetrics-text").ends_with("# TYPE shop_orders counter"));
}

TEST_CASE("openmetrics_2: a series tells when it began, in digits alone")
{
    registry r;
    auto const before = static_cast<double>(::time(nullptr));
    r.add(counter_spec<"a">{run_time, "shop_orders_total", "Orders."}).with("b").increment();
    std::string const page = exposition::openmetrics_2(r);
    std::size_t const at = page.find("shop_orders_total{a=\"b\"} 1 st@");
    REQUIRE(at != std::string::npos);
    std::string const text = page.substr(at + 30, page.find('\n', at) - at - 30);
    CHECK(text.find_first_not_of("0123456789.") == std::string::npos);
    CHECK(std::stod(text) >= before - 1);
    CHECK(std::stod(text) <= static_cast<double>(::time(nullptr)) + 1);
}

TEST_CASE("openmetrics_2: the room of a value is enough for the longest numbers")
{
    constexpr auto most = std::numeric_limits<std::uint64_t>::max();
    constexpr double longest = -2.2250738585072014e-308;
    exposition::composite_value composite;
    auto const size = [&](auto const& snapshot) {
        std::string text(exposition::composite_value::room_of(snapshot) + exposition::longest_number, '\0');
        return static_cast<std::size_t>(composite.write(text.data(), snapshot) - text.data());
    };
    std::array<native_snapshot::bucket, 160> far{};
    std::array<native_snapshot::bucket, 160> near{};
    for (std::size_t i = 0; i != far.size(); ++i) {
        far[i] = {static_cast<std::int32_t>(i * 12'345'678) - 1'987'654'321, most};
        near[i] = {static_cast<std::int32_t>(i * 3) - 1'987'654'321, most};
    }
    native_snapshot const native{-4, longest, most, most, longest, far, near};
    std::array<double, 64> bounds{};
    std::array<std::uint64_t, 65> counts{};
    for (std::size_t i = 0; i != bounds.size(); ++i) {
        bounds[i] = longest * static_cast<double>(2 * (bounds.size() - i) - 1);
        counts[i] = i == 0 ? most : 0;
    }
    histogram_snapshot const all{bounds, counts, longest, unknown_time, {}, &native};
    CHECK(size(all) < exposition::composite_value::room_of(all));
    histogram_snapshot const classic{bounds, counts, longest};
    CHECK(size(classic) < exposition::composite_value::room_of(classic));

    std::array<summary_snapshot::quantile, 8> quantiles{};
    for (auto& one : quantiles)
        one = {0.12345678901234568, 2.2250738585072014e-308};
    summary_snapshot const summary{quantiles, most, longest};
    CHECK(size(summary) < exposition::composite_value::room_of(summary));
}
