// SPDX-License-Identifier: Apache-2.0
// What an observation costs: ours, prometheus-cpp's, and a floor that does the least that could be called the same.
#include <iafmetrics/native_histogram.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/summary.hpp>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#include <prometheus/registry.h>
#include <prometheus/summary.h>

#include "inputs.hpp"
#include "lookup_rows.hpp"
#include "module.hpp"
#include "rows.hpp"
#include <benchmark/benchmark.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <string>
#include <string_view>

using namespace iafmetrics;

namespace lookup {

enum class method : std::uint8_t { get, post, put, remove };
constexpr std::string_view to_label_value(method m) { return inputs::methods[static_cast<std::size_t>(m)]; }

enum class route : std::uint8_t {};
constexpr std::string_view to_label_value(route r) { return inputs::routes[static_cast<std::size_t>(r)]; }

}  // namespace lookup

namespace {

using rows::add;
using rows::add_run;

/// The least that an increment can be: one instruction, on a cell of the thread whose address is in a register. Said by its
/// offset in the thread's storage, a processor of the Zen family takes seven times as long for the same cell.
void add_own_increment(std::string const& name)
{
    static thread_local std::uint64_t own_cell;
    add_run(name, [](benchmark::State& state) {
        std::uint64_t* mine = &own_cell;
        asm("" : "+r"(mine));  // or the compiler says its offset
        measure(state, [mine](std::size_t) { ++*mine; });
    });
}

thread_local double own_sum;
thread_local std::array<std::uint64_t, 1024> own_cells;

constexpr std::size_t mask = inputs::count - 1;

void add_counters()
{
    static counter ours;
    static prometheus::Counter peer;
    add("counter_increment/ours", [](std::size_t) { ours.increment(); });
    add("counter_increment/peer", [](std::size_t) { peer.Increment(); });
    add_own_increment("counter_increment/floor");

    add_run("counter_increment_so/ours", [](auto& state) { module::measure_increment(state, ours); });
    add_run("counter_increment_so/peer", [](auto& state) { module::measure_increment(state, peer); });
    add_run("counter_increment_so/floor", [](auto& state) { module::measure_own_increment(state); });
    add("counter_increment_so_call/ours", [](std::size_t) { module::increment(ours); });
    add("counter_increment_so_call/peer", [](std::size_t) { module::increment(peer); });
    add("counter_increment_so_call/floor", [](std::size_t) { module::increment_own(); });

    static std::array<counter, 1000> many;
    static std::array<prometheus::Counter, 1000> many_peers;
    static auto const order = inputs::random_order(many.size());
    add("counter_random_1000/ours", [](std::size_t i) { many[order[i & mask]].increment(); });
    add("counter_random_1000/peer", [](std::size_t i) { many_peers[order[i & mask]].Increment(); });
    add("counter_random_1000/floor", [](std::size_t i) { ++own_cells[order[i & mask]]; });
}

void add_gauges()
{
    static gauge ours;
    static prometheus::Gauge peer;
    static std::atomic<double> shared;
    add("gauge_set/ours", [](std::size_t i) { ours.set(static_cast<double>(i)); });
    add("gauge_set/peer", [](std::size_t i) { peer.Set(static_cast<double>(i)); });
    add("gauge_set/floor",
        [](std::size_t i) { shared.store(static_cast<double>(i), std::memory_order_relaxed); });

    static up_down_counter in_flight;
    add("up_down_counter_add/ours", [](std::size_t) { in_flight.add(1); });
    add("up_down_counter_add/peer", [](std::size_t) { peer.Increment(); });
    add_own_increment("up_down_counter_add/floor");
}

void add_histogram()
{
    static histogram ours(inputs::bounds);
    static prometheus::Histogram peer(inputs::bounds);
    add("histogram_observe/ours", [](std::size_t i) { ours.observe(inputs::values[i & mask]); });
    add("histogram_observe/peer", [](std::size_t i) { peer.Observe(inputs::values[i & mask]); });
    add("histogram_observe/floor", [](std::size_t i) {
        double const value = inputs::values[i & mask];
        std::size_t bucket = 0;
        for (double const bound : inputs::bounds)
            bucket += static_cast<std::size_t>(!(value <= bound));
        ++own_cells[bucket];
        own_sum += value;
    });
}

/// prometheus-cpp has none. The floor knows its buckets: their indexes are neighbours, the first of them -80.
void add_native_histogram()
{
    static native_histogram ours{detail::native_options{}};
    add("native_observe/ours", [](std::size_t i) { ours.observe(inputs::values[i & mask]); });
    add("native_observe/floor", [](std::size_t i) {
        double const value = inputs::values[i & mask];
        ++own_cells[static_cast<std::size_t>(detail::bucket_index(value, 3) + 80)];
        own_sum += value;
    });
}

/// With the same quantiles. prometheus-cpp's takes a lock, and an error in rank.
void add_summary()
{
    static registry metrics;
    static summary& ours =
        metrics.add(summary_spec{run_time, "ours_seconds", "Ours.", quantiles{.5, .9, .99}});
    static prometheus::Summary peer{prometheus::Summary::Quantiles{{.5, .05}, {.9, .01}, {.99, .001}}};
    add("summary_observe/ours", [](std::size_t i) { ours.observe(inputs::values[i & mask]); });
    add("summary_observe/peer", [](std::size_t i) { peer.Observe(inputs::values[i & mask]); });
}

/// 128 series again, whose method and route are enumerators and whose status is an integer.
void add_enum_lookup()
{
    struct key {
        lookup::method method;
        lookup::route route;
        int status;
    };
    static registry metrics;
    static prometheus::Registry peers;
    static auto& family = metrics.add(rows::requests_total);
    static auto& peer = prometheus::BuildCounter().Name("peer_total").Help("Peer.").Register(peers);
    static std::array<key, inputs::count> keys;
    std::size_t at = 0;
    for (std::uint32_t const bits : inputs::random_order(128))
        keys[at++] = {static_cast<lookup::method>(bits & 3), static_cast<lookup::route>(bits >> 2 & 7),
                      inputs::statuses[bits >> 5]};
    for (key const& k : keys)
        family.with(k.method, k.route, k.status);
    add("lookup3_enum/ours", [](std::size_t i) {
        key const& k = keys[i & mask];
        family.with(k.method, k.route, k.status).increment();
    });
    add("lookup3_enum/peer", [](std::size_t i) {
        key const& k = keys[i & mask];
        peer.Add({{"method", std::string(to_label_value(k.method))},
                  {"path", std::string(to_label_value(k.route))},
                  {"status", std::to_string(k.status)}})
            .Increment();
    });
    add("lookup3_enum/floor", [](std::size_t i) {
        key const& k = keys[i & mask];
        std::size_t const status = static_cast<unsigned>(k.status) % 4;
        ++own_cells[static_cast<std::size_t>(k.method) | static_cast<std::size_t>(k.route) << 2 |
                    status << 5];
    });
}

int const registered = [] {
    add_counters();
    add_gauges();
    add_histogram();
    add_native_histogram();
    add_summary();
    rows::add_lookup("lookup3_increment", 128);
    rows::add_lookup("lookup3_increment_1000", 1000);
    add_enum_lookup();
    return 0;
}();

}  // namespace
