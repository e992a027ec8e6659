// SPDX-License-Identifier: Apache-2.0
// bench_instructions ROW COUNT: does one thing so many times, for callgrind, whose difference between two counts is what
// the thing costs: whatever happens once cancels out.
#include <iafmetrics/exposition/page.hpp>
#include <iafmetrics/http/request_metrics.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/testing/fake_clock.hpp>

#include "inputs.hpp"

#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace iafmetrics;

/// Keeps the compiler from taking several calls together.
template <class Body>
void repeat(unsigned long times, Body body)
{
    for (unsigned long i = 0; i != times; ++i) {
        body(i);
        asm volatile("" ::: "memory");
    }
}

template <class Spec, class Observe>
void with_sets(unsigned long times, Spec const& spec, Observe observe)
{
    registry metrics;
    auto& family = metrics.add(spec);
    auto const sets = inputs::label_sets(128);
    repeat(times, [&](unsigned long i) { observe(family, sets[i & 127]); });
}

inline constexpr histogram_spec<"method", "path", "status"> request_duration{"ours_request_duration_seconds",
                                                                             "Ours."};

/// 20,000 in a second, all of them traced or none.
void observe_requests(unsigned long times, bool are_traced)
{
    registry metrics;
    http::request_metrics requests{metrics, request_duration, testing::fake_clock{}};
    repeat(times, [&](unsigned long) {
        testing::fake_clock::advance(std::chrono::microseconds(50));
        auto observed = requests.begin("GET");
        observed.route("/api/v1/items/{item}");
        if (are_traced && observed.wants_trace())
            observed.trace("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
        observed.finish(200);
    });
}

/// Pages of 1,280 counters with three labels, as many as show so many series.
void write_pages(unsigned long series, exposition::format const& as)
{
    registry metrics;
    auto& family = metrics.add(
        counter_spec<"method", "path", "status">{run_time, "ours_total", "Ours.", series_limit{1280}});
    for (int i = 0; i != 1280; ++i)
        family.with("GET", inputs::path_of(i), 200).increment(inputs::count_of(i));
    repeat(series / 1280, [&](unsigned long) {
        exposition::write_page(metrics, as,
                               [](std::string_view piece) { asm volatile("" ::"r"(piece.data())); });
    });
}

}  // namespace

int main(int argc, char** argv)
{
    std::string_view const row = argc == 3 ? argv[1] : "";
    unsigned long const times = argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 0;
    if (row == "loop") {
        repeat(times, [](unsigned long) {});
    } else if (row == "counter_increment") {
        counter count;
        repeat(times, [&](unsigned long) { count.increment(); });
    } else if (row == "histogram_observe") {
        histogram durations(inputs::bounds);
        repeat(times, [&](unsigned long i) { durations.observe(inputs::values[i & (inputs::count - 1)]); });
    } else if (row == "lookup3_increment") {
        with_sets(
            times, counter_spec<"method", "path", "status">{run_time, "ours_total", "Ours."},
            [](auto& family, auto const& set) { family.with(set.method, set.path, set.status).increment(); });
    } else if (row == "page_text") {
        write_pages(times, {});
    } else if (row == "page_openmetrics") {
        write_pages(times, {exposition::format::kind::openmetrics, exposition::format_version::v1_0_0});
    } else if (row == "page_openmetrics_2") {
        write_pages(times, {exposition::format::kind::openmetrics, exposition::format_version::v2_0_0});
    } else if (row == "page_protobuf") {
        write_pages(times, {exposition::format::kind::protobuf, exposition::format_version::none});
    } else if (row == "request" || row == "request_traced") {
        observe_requests(times, row == "request_traced");
    } else {
        std::fputs(
            "bench_instructions loop|counter_increment|histogram_observe|lookup3_increment|"
            "page_text|page_openmetrics|page_openmetrics_2|page_protobuf|request|request_traced COUNT\n",
            stderr);
        return 2;
    }
    return 0;
}
