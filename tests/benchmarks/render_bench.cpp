// SPDX-License-Identifier: Apache-2.0
// What a page costs: ours streamed in pieces, prometheus-cpp's collected and serialized.
#include <iafmetrics/exposition/text.hpp>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/text_serializer.h>

#include <benchmark/benchmark.h>

#include <cstdio>
#include <string>
#include <string_view>
#include <thread>

using namespace iafmetrics;

namespace {

std::string path_of(int i)
{
    char text[32];
    std::snprintf(text, sizeof text, "/api/v1/item/%06d", i);
    return text;
}

/// 100,000 counters with three labels, each written by `threads` threads.
registry const& many_counters(int threads)
{
    auto* const r = new registry;  // for the length of the program
    auto& family = r->add(counter_spec<"method", "path", "status">{run_time, "http_requests_total",
                                                                   "Requests.", series_limit{100'000}});
    for (int t = 0; t != threads; ++t)
        std::thread([&] {
            for (int i = 0; i != 100'000; ++i)
                family.with("GET", path_of(i), 200).increment(i * 37 % 999'983);
        }).join();
    return *r;
}

void render(benchmark::State& state, registry const& metrics)
{
    std::size_t bytes = 0;
    for (auto _ : state)
        exposition::write_text(metrics, [&](std::string_view piece) {
            benchmark::DoNotOptimize(piece.data());
            bytes += piece.size();
        });
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

void render(benchmark::State& state, prometheus::Registry const& metrics)
{
    std::size_t bytes = 0;
    for (auto _ : state)
        bytes += prometheus::TextSerializer().Serialize(metrics.Collect()).size();
    state.SetBytesProcessed(static_cast<std::int64_t>(bytes));
}

void render_100k_ours(benchmark::State& state)
{
    static registry const& metrics = many_counters(1);
    render(state, metrics);
}
BENCHMARK(render_100k_ours)->Name("render_100k/ours")->Unit(benchmark::kMillisecond);

void render_100k_peer(benchmark::State& state)
{
    static prometheus::Registry metrics;
    static auto& family = [&]() -> auto& {
        auto& made =
            prometheus::BuildCounter().Name("http_requests_total").Help("Requests.").Register(metrics);
        for (int i = 0; i != 100'000; ++i)
            made.Add({{"method", "GET"}, {"path", path_of(i)}, {"status", "200"}})
                .Increment(i * 37 % 999'983);
        return made;
    }();
    (void)family;
    render(state, metrics);
}
BENCHMARK(render_100k_peer)->Name("render_100k/peer")->Unit(benchmark::kMillisecond);

void render_histograms_ours(benchmark::State& state)
{
    static registry metrics;
    static auto& family = [&]() -> auto& {
        auto& made = metrics.add(histogram_spec<"path">{run_time, "duration_seconds", "Durations."});
        for (int i = 0; i != 1000; ++i)
            for (int j = 0; j != 20; ++j)
                made.with(path_of(i)).observe(0.001 * j * (1 + i % 10));
        return made;
    }();
    (void)family;
    render(state, metrics);
}
BENCHMARK(render_histograms_ours)->Name("render_1k_histograms/ours")->Unit(benchmark::kMillisecond);

void render_histograms_peer(benchmark::State& state)
{
    static prometheus::Registry metrics;
    static auto& family = [&]() -> auto& {
        auto& made =
            prometheus::BuildHistogram().Name("duration_seconds").Help("Durations.").Register(metrics);
        prometheus::Histogram::BucketBoundaries const bounds{.005, .01, .025, .05, .1, .25,
                                                             .5,   1,   2.5,  5,   10};
        for (int i = 0; i != 1000; ++i)
            for (int j = 0; j != 20; ++j)
                made.Add({{"path", path_of(i)}}, bounds).Observe(0.001 * j * (1 + i % 10));
        return made;
    }();
    (void)family;
    render(state, metrics);
}
BENCHMARK(render_histograms_peer)->Name("render_1k_histograms/peer")->Unit(benchmark::kMillisecond);

}  // namespace
