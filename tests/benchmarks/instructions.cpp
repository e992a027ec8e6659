// SPDX-License-Identifier: Apache-2.0
// bench_instructions ROW COUNT: does one thing so many times, for callgrind, whose difference between two counts is what
// the thing costs: whatever happens once cancels out.
#include <iafmetrics/exposition/page.hpp>
#include <iafmetrics/http/request_metrics.hpp>
#include <iafmetrics/native_histogram.hpp>
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

/// Pages of 128 histograms with eleven bounds, or native ones, as many as show so many series.
template <class Spec>
void write_histograms(unsigned long series, Spec const& spec, exposition::format const& as)
{
    registry metrics;
    auto& family = metrics.add(spec);
    for (int i = 0; i != 128; ++i)
        for (int j = 0; j != 20; ++j)
            family.with(inputs::path_of(i))
                .observe(inputs::values[static_cast<std::size_t>(20 * i + j) & (inputs::count - 1)]);
    repeat(series / 128, [&](unsigned long) {
        exposition::write_page(metrics, as,
                               [](std::string_view piece) { asm volatile("" ::"r"(piece.data())); });
    });
}

constexpr exposition::format openmetrics{exposition::format::kind::openmetrics,
                                         exposition::format_version::v1_0_0};
constexpr exposition::format openmetrics_2{exposition::format::kind::openmetrics,
                                           exposition::format_version::v2_0_0};
constexpr exposition::format protobuf{exposition::format::kind::protobuf, exposition::format_version::none};

bool write_rows(std::string_view row, unsigned long times)
{
    struct format_row {
        std::string_view name;
        exposition::format as;
    };
    for (auto const& [name, as] :
         {format_row{"text", {}}, format_row{"openmetrics", openmetrics},
          format_row{"openmetrics_2", openmetrics_2}, format_row{"protobuf", protobuf}}) {
        if (row == "page_" + std::string(name)) return write_pages(times, as), true;
        if (row == "histograms_" + std::string(name))
            return write_histograms(times, histogram_spec<"path">{run_time, "ours_seconds", "Ours."}, as),
                   true;
        if (row == "natives_" + std::string(name))
            return write_histograms(times, native_histogram_spec<"path">{run_time, "ours_seconds", "Ours."},
                                    as),
                   true;
    }
    return false;
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
    } else if (row == "request" || row == "request_traced") {
        observe_requests(times, row == "request_traced");
    } else if (!write_rows(row, times)) {
        std::fputs("bench_instructions "
                   "loop|counter_increment|histogram_observe|lookup3_increment|request|request_traced|"
                   "page_FORMAT|histograms_FORMAT|natives_FORMAT COUNT\n",
                   stderr);
        return 2;
    }
    return 0;
}
