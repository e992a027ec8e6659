// SPDX-License-Identifier: Apache-2.0
// A shared object with -fPIC that observes what the program made: the loop around an increment is in it, or the increment
// alone is, called through the linkage table.
#pragma once

#include <iafmetrics/counter.hpp>

#include <prometheus/counter.h>

#include <benchmark/benchmark.h>

namespace module {

void measure_increment(benchmark::State& state, iafmetrics::counter& count);
void measure_increment(benchmark::State& state, prometheus::Counter& count);
void measure_own_increment(benchmark::State& state);

void increment(iafmetrics::counter& count);
void increment(prometheus::Counter& count);
void increment_own();

}  // namespace module
