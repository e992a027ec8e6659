// SPDX-License-Identifier: Apache-2.0
// The loop around every operation that is measured in nanoseconds, the same for ours, the peer and the floor.
#pragma once

#include "repetition.hpp"
#include <benchmark/benchmark.h>

#include <cstddef>

/// Calls body(0), body(1), …; whatever it stores, it stores each time.
template <class Body>
void measure(benchmark::State& state, Body body)
{
    repetition const here(state);
    std::size_t i = 0;
    for (auto _ : state) {
        body(i++);
        benchmark::ClobberMemory();
    }
}
