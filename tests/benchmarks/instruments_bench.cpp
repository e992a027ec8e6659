// SPDX-License-Identifier: Apache-2.0
// What an observation costs: ours, prometheus-cpp's, and a floor that does the least that could be called the same.
#include <iafmetrics/registry.hpp>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>

#include <benchmark/benchmark.h>

#include <array>
#include <cmath>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace iafmetrics;

namespace {

std::vector<double> const bounds{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5};

/// A power of two, so that an index is masked: a division would cost more than what is measured.
constexpr std::size_t inputs = 65536;

/// Values over four orders of magnitude, more of them than a branch predictor learns.
std::vector<double> const values = [] {
    std::mt19937_64 bits(1);
    std::uniform_real_distribution<double> exponent(-3, 1);
    std::vector<double> made(inputs);
    for (double& value : made)
        value = std::pow(10, exponent(bits));
    return made;
}();

/// Indexes below `end` in random order.
std::vector<std::uint16_t> make_order(std::size_t end)
{
    std::mt19937_64 bits(2);
    std::vector<std::uint16_t> made(inputs);
    for (auto& index : made)
        index = static_cast<std::uint16_t>(bits() % end);
    return made;
}

struct labels {
    std::string method, path, status;
};
/// 128 or 1,000 different label sets of the usual kind.
std::vector<labels> make_labels(std::size_t count)
{
    std::vector<labels> made;
    for (std::size_t round = 0; made.size() < count; ++round)
        for (char const* method : {"GET", "POST", "PUT", "DELETE"})
            for (char const* path :
                 {"/api/v1/applications/{name}", "/api/v1/applications", "/api/v1/sessions/{id}",
                  "/api/v1/sessions", "/api/v1/applications/{name}/logs",
                  "/api/v1/applications/{name}/metrics", "/healthz", "/api/v1/sources/{digest}"})
                for (char const* status : {"200", "201", "404", "500"})
                    if (made.size() < count)
                        made.push_back(
                            {method, round == 0 ? path : path + ("/" + std::to_string(round)), status});
    return made;
}

template <class Body>
void measure(benchmark::State& state, Body body)
{
    std::size_t i = 0;
    for (auto _ : state) {
        body(i++);
        benchmark::ClobberMemory();
    }
}

/// Registers NAME/ours, NAME/peer and NAME/floor for one and two threads, and for the hardware's where it has more.
template <class Body>
void add(std::string const& name, Body body)
{
    auto* const added =
        benchmark::RegisterBenchmark(name.c_str(), [body](benchmark::State& state) { measure(state, body); });
    added->Threads(1)->Threads(2)->UseRealTime();
    for (unsigned threads = 4; threads <= std::thread::hardware_concurrency(); threads *= 2)
        added->Threads(static_cast<int>(threads));
}

thread_local std::uint64_t own_cell;
thread_local double own_sum;
thread_local std::array<std::uint64_t, 1024> own_cells;

void add_lookup(std::string const& name, std::size_t count)
{
    static std::deque<registry> registries;
    static std::deque<prometheus::Registry> peers;
    static std::deque<std::vector<labels>> keys;
    static std::deque<std::vector<std::uint16_t>> orders;
    auto const& sets = keys.emplace_back(make_labels(count));
    auto const& order = orders.emplace_back(make_order(count));
    auto& family = registries.emplace_back().add(
        counter_spec<"method", "path", "status">{run_time, "ours_total", "Ours."});
    auto& peer = prometheus::BuildCounter().Name("peer_total").Help("Peer.").Register(peers.emplace_back());
    for (auto const& set : sets)
        family.with(set.method, set.path, set.status);
    add(name + "/ours", [&](std::size_t i) {
        auto const& set = sets[order[i % inputs]];
        family.with(set.method, set.path, set.status).increment();
    });
    add(name + "/peer", [&](std::size_t i) {
        auto const& set = sets[order[i % inputs]];
        peer.Add({{"method", set.method}, {"path", set.path}, {"status", set.status}}).Increment();
    });
}

int const registered = [] {
    static counter ours_counter;
    static prometheus::Counter peer_counter;
    add("counter_increment/ours", [](std::size_t) { ours_counter.increment(); });
    add("counter_increment/peer", [](std::size_t) { peer_counter.Increment(); });
    add("counter_increment/floor", [](std::size_t) { ++own_cell; });

    static std::array<counter, 1000> many;
    static auto const order = make_order(many.size());
    add("counter_random_1000/ours", [](std::size_t i) { many[order[i % inputs]].increment(); });
    add("counter_random_1000/floor", [](std::size_t i) { ++own_cells[order[i % inputs]]; });

    static gauge ours_gauge;
    static prometheus::Gauge peer_gauge;
    add("gauge_set/ours", [](std::size_t i) { ours_gauge.set(static_cast<double>(i)); });
    add("gauge_set/peer", [](std::size_t i) { peer_gauge.Set(static_cast<double>(i)); });

    static up_down_counter ours_in_flight;
    add("up_down_counter_add/ours", [](std::size_t) { ours_in_flight.add(1); });
    add("up_down_counter_add/peer", [](std::size_t) { peer_gauge.Increment(); });
    add("up_down_counter_add/floor", [](std::size_t) { ++own_cell; });

    static histogram ours_histogram(bounds);
    static prometheus::Histogram peer_histogram(bounds);
    add("histogram_observe/ours", [](std::size_t i) { ours_histogram.observe(values[i % inputs]); });
    add("histogram_observe/peer", [](std::size_t i) { peer_histogram.Observe(values[i % inputs]); });
    add("histogram_observe/floor", [](std::size_t i) {
        double const value = values[i % inputs];
        std::size_t bucket = 0;
        for (double const bound : bounds)
            bucket += static_cast<std::size_t>(!(value <= bound));
        ++own_cells[bucket];
        own_sum += value;
    });

    add_lookup("lookup3_increment", 128);
    add_lookup("lookup3_increment_1000", 1000);
    return 0;
}();

}  // namespace
