// SPDX-License-Identifier: Apache-2.0
// What a page costs: ours streamed in pieces, prometheus-cpp's collected and serialized.
#include <iafmetrics/exposition/page.hpp>

#include <prometheus/text_serializer.h>

#include "pages.hpp"
#include "repetition.hpp"
#include <benchmark/benchmark.h>

#include <string>
#include <string_view>

namespace {

using iafmetrics::exposition::format;
using iafmetrics::exposition::format_version;

void render(benchmark::State& state, iafmetrics::registry const& metrics, format const& as = {})
{
    repetition const here(state);
    for (auto _ : state)
        iafmetrics::exposition::write_page(
            metrics, as, [](std::string_view piece) { benchmark::DoNotOptimize(piece.data()); });
}

void render(benchmark::State& state, prometheus::Registry const& metrics)
{
    repetition const here(state);
    for (auto _ : state)
        benchmark::DoNotOptimize(prometheus::TextSerializer().Serialize(metrics.Collect()).data());
}

void render(benchmark::State& state, pages::floor_page& page)
{
    repetition const here(state);
    for (auto _ : state)
        page.render([](std::string_view piece) { benchmark::DoNotOptimize(piece.data()); });
}

/// The page is made when the row first runs, and kept.
template <class Make>
void add(std::string const& name, Make make)
{
    benchmark::RegisterBenchmark(name.c_str(), [make](benchmark::State& state) {
        static auto& page = make();
        render(state, page);
    })->Unit(benchmark::kMillisecond);
}

/// Ours, in the formats that prometheus-cpp has not. `make` makes the page once, for all of them.
template <class Make>
void add_formats(std::string const& name, Make make)
{
    struct row {
        char const* suffix;
        format as;
    };
    for (row const& one : {row{"_openmetrics", {format::kind::openmetrics, format_version::v1_0_0}},
                           row{"_openmetrics_2", {format::kind::openmetrics, format_version::v2_0_0}},
                           row{"_protobuf", {format::kind::protobuf, format_version::none}}})
        benchmark::RegisterBenchmark((name + one.suffix + "/ours").c_str(), [make, as = one.as](
                                                                                benchmark::State& state) {
            static auto& page = make();
            render(state, page, as);
        })->Unit(benchmark::kMillisecond);
}

int const registered = [] {
    add("render_100k/ours", []() -> auto& { return pages::counters(100'000, 2); });
    add("render_100k/peer", []() -> auto& { return pages::peer_counters(100'000); });
    add("render_100k/floor", []() -> auto& { return pages::floor_of_counters(100'000); });
    add("render_100k_8_threads/ours", []() -> auto& { return pages::counters(100'000, 8); });
    add("render_100k_8_threads/peer", []() -> auto& { return pages::peer_counters(100'000); });
    add("render_100k_8_threads/floor", []() -> auto& { return pages::floor_of_counters(100'000); });
    add_formats("render_100k", []() -> auto& { return pages::counters(100'000, 2); });
    add("render_1k_histograms/ours", []() -> auto& { return pages::histograms(1000); });
    add("render_1k_histograms/peer", []() -> auto& { return pages::peer_histograms(1000); });
    add("render_1k_histograms/floor", []() -> auto& { return pages::floor_of_histograms(1000); });
    add_formats("render_1k_histograms", []() -> auto& { return pages::histograms(1000); });
    add("render_1k_natives/ours", []() -> auto& { return pages::native_histograms(1000); });
    add_formats("render_1k_natives", []() -> auto& { return pages::native_histograms(1000); });
    return 0;
}();

}  // namespace
