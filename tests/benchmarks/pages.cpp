// SPDX-License-Identifier: Apache-2.0
#include "pages.hpp"

#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/native_histogram.hpp>

#include <prometheus/family.h>
#include <prometheus/histogram.h>

#include "inputs.hpp"

#include <algorithm>
#include <barrier>
#include <charconv>
#include <cstdlib>
#include <cstring>
#include <thread>

namespace pages {

using namespace iafmetrics;

counter_family& add_counters(registry& metrics)
{
    return metrics.add(counter_spec<"method", "path", "status">{run_time, "http_requests_total", "Requests.",
                                                                series_limit{1'100'000}});
}

void write_counters(counter_family& family, int series, int threads)
{
    std::barrier all(threads);
    std::vector<std::jthread> writers;
    for (int t = 0; t != threads; ++t)
        writers.emplace_back([&, t] {
            if (t != 0) all.arrive_and_wait();  // the first makes them, in order
            for (int i = 0; i != series; ++i)
                family.with("GET", inputs::path_of(i), 200).increment(t == 0 ? inputs::count_of(i) : 1);
            if (t == 0) all.arrive_and_wait();
            all.arrive_and_wait();
        });
}

registry const& counters(int series, int threads)
{
    auto* const made = new registry;
    write_counters(add_counters(*made), series, threads);
    return *made;
}

prometheus::Family<prometheus::Counter>& add_peer_counters(prometheus::Registry& metrics, int series)
{
    auto& family = prometheus::BuildCounter().Name("http_requests_total").Help("Requests.").Register(metrics);
    for (int i = 0; i != series; ++i)
        family.Add({{"method", "GET"}, {"path", inputs::path_of(i)}, {"status", "200"}})
            .Increment(static_cast<double>(inputs::count_of(i)));
    return family;
}

prometheus::Registry& peer_counters(int series)
{
    auto* const made = new prometheus::Registry;
    add_peer_counters(*made, series);
    return *made;
}

namespace {

double duration(int i, int j) { return 0.001 * j * (1 + i % 10); }

template <class Spec>
registry const& observed(Spec const& spec, int series)
{
    auto* const made = new registry;
    auto& family = made->add(spec);
    for (int i = 0; i != series; ++i)
        for (int j = 0; j != 20; ++j)
            family.with(inputs::path_of(i)).observe(duration(i, j));
    return *made;
}

}  // namespace

registry const& histograms(int series)
{
    return observed(histogram_spec<"path">{run_time, "duration_seconds", "Durations."}, series);
}
registry const& native_histograms(int series)
{
    return observed(native_histogram_spec<"path">{run_time, "duration_seconds", "Durations."}, series);
}

namespace {

prometheus::Histogram::BucketBoundaries peer_bounds()
{
    return {default_buckets.bounds.begin(), default_buckets.bounds.end()};
}

std::string counter_name(int i) { return "requests_" + std::to_string(i) + "_total"; }
std::string histogram_name(int i) { return "duration_" + std::to_string(i) + "_seconds"; }

}  // namespace

registry& families(int counters, int histograms)
{
    auto* const made = new registry;
    for (int i = 0; i != counters; ++i)
        made->add(counter_spec{run_time, counter_name(i), "Requests."}).increment(inputs::count_of(i));
    for (int i = 0; i != histograms; ++i)
        made->add(histogram_spec{run_time, histogram_name(i), "Durations."}).observe(duration(i, 1));
    return *made;
}

prometheus::Registry& peer_families(int counters, int histograms)
{
    auto* const made = new prometheus::Registry;
    for (int i = 0; i != counters; ++i)
        prometheus::BuildCounter()
            .Name(counter_name(i))
            .Help("Requests.")
            .Register(*made)
            .Add({})
            .Increment(static_cast<double>(inputs::count_of(i)));
    for (int i = 0; i != histograms; ++i)
        prometheus::BuildHistogram()
            .Name(histogram_name(i))
            .Help("Durations.")
            .Register(*made)
            .Add({}, peer_bounds())
            .Observe(duration(i, 1));
    return *made;
}

prometheus::Registry& peer_histograms(int series)
{
    auto* const made = new prometheus::Registry;
    auto& family = prometheus::BuildHistogram().Name("duration_seconds").Help("Durations.").Register(*made);
    prometheus::Histogram::BucketBoundaries const bounds = peer_bounds();
    for (int i = 0; i != series; ++i)
        for (int j = 0; j != 20; ++j)
            family.Add({{"path", inputs::path_of(i)}}, bounds).Observe(duration(i, j));
    return *made;
}

floor_page::floor_page(std::string const& page)
{
    std::size_t longest = 0;
    for (std::size_t at = 0; at < page.size();) {
        std::size_t const end = page.find('\n', at);
        std::size_t const value = page.rfind(' ', end) + 1;
        if (page[at] == '#') {
            prefixes_ += page.substr(at, end + 1 - at);
        } else {
            prefixes_ += page.substr(at, value - at);
            ends_.push_back(prefixes_.size());
            values_.push_back(static_cast<std::uint64_t>(std::atof(page.c_str() + value)));
            longest = std::max(longest, ends_.back() - (ends_.size() > 1 ? ends_[ends_.size() - 2] : 0));
        }
        at = end + 1;
    }
    buffer_.resize(piece + longest + 64);
}

std::size_t floor_page::line(char* out, std::size_t i) const
{
    std::size_t const begin = i == 0 ? 0 : ends_[i - 1];
    std::size_t const size = ends_[i] - begin;
    std::memcpy(out, prefixes_.data() + begin, size);
    char* const end = std::to_chars(out + size, out + size + 20, values_[i]).ptr;
    *end = '\n';
    return static_cast<std::size_t>(end + 1 - out);
}

floor_page& floor_of_counters(int series) { return *new floor_page(exposition::text(counters(series, 1))); }
floor_page& floor_of_histograms(int series) { return *new floor_page(exposition::text(histograms(series))); }

}  // namespace pages
