// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/counter.hpp>
#include <iafmetrics/exemplar.hpp>
#include <iafmetrics/exposition/openmetrics.hpp>
#include <iafmetrics/exposition/openmetrics_2.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/histogram.hpp>
#include <iafmetrics/native_histogram.hpp>

#include <doctest/doctest.h>

#include <time.h>

#include <array>
#include <atomic>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace iafmetrics;

namespace {

constexpr std::string_view trace = "4bf92f3577b34da6a3ce929d0e0e4736";

inline constexpr counter_spec orders{"orders_total", "Orders."};
inline constexpr histogram_spec<> wait{"wait_seconds", "Wait.", buckets{1., 2.}};

/// "trace_id=\"…\"" of a counter that is given one label.
std::string shown(std::string_view name, std::string_view value)
{
    counter c;
    c.increment(1, {{name, value}});
    detail::exemplar_copy copy;
    CHECK(c.value().as_unsigned() == 1);
    CHECK(c.refused() == (c.read_exemplar(copy) ? 0 : 1));
    return c.read_exemplar(copy) ? std::string(copy.view().labels.text()) : "";
}

}  // namespace

TEST_CASE("exemplar: a counter shows its newest, with amount and time")
{
    registry r;
    auto& counted = r.add(orders);
    counted.increment(2, {{"trace_id", "old"}});
    auto const before = static_cast<double>(::time(nullptr));
    counted.increment(3, {{"trace_id", trace}, {"span_id", "00f067aa0ba902b7"}});
    std::string const page = exposition::openmetrics(r);
    std::string const head =
        "orders_total 5 # {trace_id=\"" + std::string(trace) + "\",span_id=\"00f067aa0ba902b7\"} 3 ";
    std::size_t const at = page.find(head);
    REQUIRE(at != std::string::npos);
    double const seen = std::stod(page.substr(at + head.size()));
    CHECK(seen >= before - 1);
    CHECK(seen <= static_cast<double>(::time(nullptr)) + 1);
    CHECK(exposition::text(r).find("orders_total 5\n") != std::string::npos);
}

TEST_CASE("exemplar: a histogram shows the newest of each bucket, in its bucket")
{
    registry r;
    auto& waits = r.add(wait);
    waits.observe(0.5, {{"trace_id", "a"}});
    waits.observe(1, {{"trace_id", "b"}});
    waits.observe(7, {{"trace_id", "c"}});
    waits.observe(7);
    std::string const page = exposition::openmetrics(r);
    CHECK(page.find("wait_seconds_bucket{le=\"1.0\"} 2 # {trace_id=\"b\"} 1 ") != std::string::npos);
    CHECK(page.find("wait_seconds_bucket{le=\"2.0\"} 2\n") != std::string::npos);
    CHECK(page.find("wait_seconds_bucket{le=\"+Inf\"} 4 # {trace_id=\"c\"} 7 ") != std::string::npos);
    CHECK(page.find("wait_seconds_count 4\n") != std::string::npos);
}

TEST_CASE("exemplar: one that no page can show is refused and counted, and what it belongs to counts")
{
    CHECK(shown("trace_id", trace) == "trace_id=\"" + std::string(trace) + '"');
    CHECK(shown("a", "\"\\\n") == "a=\"\\\"\\\\\\n\"");
    CHECK(shown("a", std::string(127, 'x')).size() == 131);
    CHECK(shown("a", std::string(128, 'x')) == "");
    CHECK(shown("a", std::string(127, '"')) == "");  // 128 characters, but more bytes than there is room for
    CHECK(shown("a", "\xC3\xA4\xC3\xA4") == "a=\"\xC3\xA4\xC3\xA4\"");
    CHECK(shown("a", "\xFF") == "");
    CHECK(shown("1a", "x") == "");
    CHECK(shown("", "x") == "");
    CHECK(shown("a\"", "x") == "");
    counter c;
    c.increment(1, {});
    c.increment(1, {{"a", "1"}, {"a", "2"}});
    CHECK(c.refused() == 2);
    CHECK(c.value().as_unsigned() == 2);
}

TEST_CASE("exemplar: of a value that is refused there is none")
{
    registry r;
    auto& waits = r.add(wait);
    waits.observe(std::numeric_limits<double>::quiet_NaN(), {{"trace_id", "a"}});
    waits.observe(std::numeric_limits<double>::infinity(), {{"trace_id", "a"}});
    auto& counted = r.add(orders);
    counted.increment(-1, {{"trace_id", "a"}});
    counted.increment(std::numeric_limits<double>::quiet_NaN(), {{"trace_id", "a"}});
    CHECK(waits.refused() == 2);
    CHECK(counted.refused() == 2);
    CHECK(exposition::openmetrics(r).find("trace_id") == std::string::npos);
}

TEST_CASE("exemplar: a native histogram keeps one of each declared bucket")
{
    registry r;
    auto& waits = r.add(native_histogram_spec{run_time, "a_seconds", "A.", buckets{1., 10.}});
    waits.observe(.5, {{"trace_id", "a"}});
    waits.observe(.25, {{"trace_id", "b"}});
    waits.observe(5, {{"trace_id", "c"}});
    waits.observe(6);
    std::string const page = exposition::openmetrics(r);
    CHECK(page.find("a_seconds_bucket{le=\"1.0\"} 2 # {trace_id=\"b\"} 0.25 ") != std::string::npos);
    CHECK(page.find("a_seconds_bucket{le=\"10.0\"} 4 # {trace_id=\"c\"} 5 ") != std::string::npos);
    CHECK(page.find("a_seconds_bucket{le=\"+Inf\"} 4\n") != std::string::npos);
}

TEST_CASE("exemplar: a native histogram without declared buckets keeps those of values of different size")
{
    registry r;
    auto& waits = r.add(native_histogram_spec{run_time, "a_seconds", "A."});
    for (double const value : {.011, 1.5, 1.6, 3., 200.})
        waits.observe(value, {{"trace_id", std::to_string(value)}});
    waits.observe(std::numeric_limits<double>::quiet_NaN(), {{"trace_id", "nan"}});
    waits.observe(1, {{"trace_id", std::string(129, 'x')}});
    CHECK(waits.refused() == 2);
    CHECK(waits.count() == 7);
    std::string const page = exposition::openmetrics_2(r);
    for (std::string const shown : {"0.011000", "1.600000", "3.000000", "200.000000"})
        CHECK(page.find("# {trace_id=\"" + shown + "\"}") != std::string::npos);
    CHECK(page.find("1.500000") == std::string::npos);
    CHECK(page.find("nan\"") == std::string::npos);
    // The newest, where there is one for each bucket: as far as the coarse clock tells.
    double newest = 0;
    for (int i = 0; i != 2000 && newest == 0; ++i) {
        waits.observe(3, {{"trace_id", "newest"}});
        std::string const shown = exposition::openmetrics(r);
        if (shown.find("a_seconds_bucket{le=\"+Inf\"} " + std::to_string(8 + i) +
                       " # {trace_id=\"newest\"}") != std::string::npos)
            newest = 1;
    }
    CHECK(newest == 1);
    CHECK(exposition::text(r).find("iafmetrics_refused_amounts_total{metric=\"a_seconds\"} 2\n") !=
          std::string::npos);
}

TEST_CASE("exemplar: readers see whole ones while threads write")
{
    constexpr std::array<double, 1> bounds{1};
    histogram h(bounds);
    std::atomic<bool> done{false};
    std::vector<std::jthread> writers;
    for (int t = 0; t != 2; ++t)
        writers.emplace_back([&, t] {
            std::string const mine(t == 0 ? 20 : 100, static_cast<char>('a' + t));
            while (!done)
                h.observe(t == 0 ? 0.25 : 0.75, {{"trace_id", mine}});
        });
    int seen = 0;
    int torn = 0;
    while (seen < 2000) {
        detail::exemplar_copy copy;
        if (!h.read_exemplar(0, copy)) continue;
        ++seen;
        exemplar_view const read = copy.view();
        std::string const expected =
            "trace_id=\"" + (read.value == 0.25 ? std::string(20, 'a') : std::string(100, 'b')) + '"';
        torn += read.labels.text() == expected ? 0 : 1;
    }
    done = true;
    CHECK(torn == 0);
}
