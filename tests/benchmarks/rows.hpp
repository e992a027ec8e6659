// SPDX-License-Identifier: Apache-2.0
// Registers rows in nanoseconds. A row's name is NAME/ours, NAME/peer or NAME/floor; scripts/bench puts the three together.
#pragma once

#include "measure.hpp"
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <set>
#include <string>

namespace rows {

/// 1, 2, 4 and so on below the number of cores, and that number, or BENCH_CORES instead of it.
inline std::set<int> thread_counts()
{
    char const* const given = std::getenv("BENCH_CORES");
    int const cores = given != nullptr ? std::atoi(given) : static_cast<int>(usable_cores().size());
    std::set<int> counts{1, 2, std::max(cores, 1)};
    for (int threads = 4; threads < cores; threads *= 2)
        counts.insert(threads);
    return counts;
}

/// `run` has the loop.
template <class Run>
void add_run(std::string const& name, Run run)
{
    auto* const added = benchmark::RegisterBenchmark(name.c_str(), run)->UseRealTime();
    for (int const threads : thread_counts())
        added->Threads(threads);
}

/// `body` is an operation.
template <class Body>
void add(std::string const& name, Body body)
{
    add_run(name, [body](benchmark::State& state) { measure(state, body); });
}

}  // namespace rows
