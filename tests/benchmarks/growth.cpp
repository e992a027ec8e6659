// SPDX-License-Identifier: Apache-2.0
// bench_growth SERIES THREADS LABELS: a counter family that so many threads write, in a process of its own. Prints the
// nanoseconds of a lookup and increment of a random series, the milliseconds of a page, the heap of a series without its
// label text, and the bytes of that text.
#include <iafmetrics/exposition/text.hpp>

#include "inputs.hpp"
#include <malloc.h>

#include <algorithm>
#include <array>
#include <barrier>
#include <chrono>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

using namespace iafmetrics;
using clock = std::chrono::steady_clock;

/// Of this thread: where there are more threads than cores, the wait for one is nobody's cost.
double cpu_nanoseconds()
{
    timespec now{};
    ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
    return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

double heap_bytes()
{
    struct mallinfo2 const now = ::mallinfo2();
    return static_cast<double>(now.uordblks + now.hblkhd);
}

template <class Values>
double median(Values values)
{
    std::nth_element(values.begin(), values.begin() + static_cast<std::ptrdiff_t>(values.size() / 2),
                     values.end());
    return values[values.size() / 2];
}

constexpr std::size_t lookups = 200'000;

/// One family with the labels a, b, …; the first is what tells series apart.
template <detail::fixed_string... Labels>
int measure(std::size_t series, unsigned threads)
{
    double const before = heap_bytes();
    registry metrics;
    auto& family =
        metrics.add(counter_spec<Labels...>{run_time, "requests_total", "Requests.", series_limit{series}});
    auto observe = [&](std::size_t i) {
        std::array<char, 24> path{};
        int const size = std::snprintf(path.data(), path.size(), "/api/v1/item/%07zu", i);
        std::string_view const first(path.data(), static_cast<std::size_t>(size));
        [&]<std::size_t... Other>(std::index_sequence<Other...>) {
            family.with(first, (static_cast<void>(Other), std::string_view("production"))...).increment();
        }(std::make_index_sequence<sizeof...(Labels) - 1>());
    };
    auto format_only = [](std::size_t i) {
        std::array<char, 24> path{};
        std::snprintf(path.data(), path.size(), "/api/v1/item/%07zu", i);
        asm volatile("" : : "r"(path.data()) : "memory");
    };

    std::vector<double> nanoseconds(threads);
    double heap = 0;
    std::barrier step(threads + 1);
    std::vector<std::jthread> writers;
    for (unsigned t = 0; t != threads; ++t)
        writers.emplace_back([&, t] {
            for (unsigned turn = 0; turn != threads; ++turn) {
                for (std::size_t i = 0; turn == t && i != series; ++i)
                    observe(i);
                step.arrive_and_wait();
            }
            std::mt19937_64 bits(t);
            std::vector<std::uint32_t> order(lookups);
            for (auto& i : order)
                i = static_cast<std::uint32_t>(bits() % series);
            step.arrive_and_wait();
            step.arrive_and_wait();
            double const start = cpu_nanoseconds();
            for (std::uint32_t const i : order)
                observe(i);
            double const middle = cpu_nanoseconds();
            for (std::uint32_t const i : order)
                format_only(i);
            nanoseconds[t] = (2 * middle - start - cpu_nanoseconds()) / static_cast<double>(lookups);
        });
    for (unsigned turn = 0; turn != threads + 1; ++turn)
        step.arrive_and_wait();
    heap = heap_bytes() - before - static_cast<double>(threads * lookups * sizeof(std::uint32_t));
    step.arrive_and_wait();
    writers.clear();

    std::size_t text = 0;
    auto const read_page = [&] {
        exposition::write_text(metrics, [&](std::string_view piece) { text += piece.size(); });
    };
    read_page();
    std::array<double, 7> milliseconds{};
    for (double& took : milliseconds) {
        auto const start = clock::now();
        read_page();
        took = std::chrono::duration<double, std::milli>(clock::now() - start).count();
    }
    std::string const page = exposition::text(metrics);
    text = 0;
    for (std::size_t at = page.find('{'); at != std::string::npos; at = page.find('{', at + 1))
        text += page.find("} ", at) - at - 1;
    double const count = static_cast<double>(series);
    double const text_bytes = static_cast<double>(text);
    std::printf("%.1f %.3f %.1f %.1f\n", median(nanoseconds), median(milliseconds),
                (heap - text_bytes) / count, text_bytes / count);
    return 0;
}

}  // namespace

int main(int argc, char** argv)
{
    std::size_t const series = argc == 4 ? std::strtoul(argv[1], nullptr, 10) : 0;
    auto const threads = static_cast<unsigned>(argc == 4 ? std::strtoul(argv[2], nullptr, 10) : 0);
    std::string_view const labels = argc == 4 ? argv[3] : "";
    if (series != 0 && threads != 0) {
        if (labels == "1") return measure<"path">(series, threads);
        if (labels == "3") return measure<"path", "method", "status">(series, threads);
        if (labels == "6")
            return measure<"path", "method", "status", "zone", "tenant", "version">(series, threads);
    }
    std::fputs("bench_growth SERIES THREADS 1|3|6\n", stderr);
    return 2;
}
