// SPDX-License-Identifier: Apache-2.0
#include "module.hpp"

#include "measure.hpp"

#include <cstdint>

namespace module {
namespace {

/// As the library declares its own: what a thread_local costs in a shared object depends on it.
thread_local std::uint64_t own_cell __attribute__((tls_model("initial-exec")));

}  // namespace

void measure_increment(benchmark::State& state, iafmetrics::counter& count)
{
    measure(state, [&](std::size_t) { count.increment(); });
}
void measure_increment(benchmark::State& state, prometheus::Counter& count)
{
    measure(state, [&](std::size_t) { count.Increment(); });
}
void measure_own_increment(benchmark::State& state)
{
    measure(state, [](std::size_t) { ++own_cell; });
}

void increment(iafmetrics::counter& count) { count.increment(); }
void increment(prometheus::Counter& count) { count.Increment(); }
void increment_own() { ++own_cell; }

}  // namespace module
