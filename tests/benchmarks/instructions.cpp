// SPDX-License-Identifier: Apache-2.0
// bench_instructions ROW COUNT: does one thing so many times, for callgrind, whose difference between two counts is what
// the thing costs: whatever happens once cancels out.
#include <iafmetrics/registry.hpp>

#include "inputs.hpp"

#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

namespace {

using namespace iafmetrics;

/// Keeps the compiler from taking several calls together.
template <class Body>
void repeat(unsigned long times, Body body)
{
    for (unsigned long i = 0; i != times; ++i) {
        body(i);
        asm volatile("" ::: "memory");
    }
}

template <class Spec, class Observe>
void with_sets(unsigned long times, Spec const& spec, Observe observe)
{
    registry metrics;
    auto& family = metrics.add(spec);
    auto const sets = inputs::label_sets(128);
    repeat(times, [&](unsigned long i) { observe(family, sets[i & 127]); });
}

}  // namespace

int main(int argc, char** argv)
{
    std::string_view const row = argc == 3 ? argv[1] : "";
    unsigned long const times = argc == 3 ? std::strtoul(argv[2], nullptr, 10) : 0;
    if (row == "loop") {
        repeat(times, [](unsigned long) {});
    } else if (row == "counter_increment") {
        counter count;
        repeat(times, [&](unsigned long) { count.increment(); });
    } else if (row == "histogram_observe") {
        histogram durations(inputs::bounds);
        repeat(times, [&](unsigned long i) { durations.observe(inputs::values[i & (inputs::count - 1)]); });
    } else if (row == "lookup3_increment") {
        with_sets(
            times, counter_spec<"method", "path", "status">{run_time, "ours_total", "Ours."},
            [](auto& family, auto const& set) { family.with(set.method, set.path, set.status).increment(); });
    } else {
        std::fputs("bench_instructions loop|counter_increment|histogram_observe|lookup3_increment COUNT\n",
                   stderr);
        return 2;
    }
    return 0;
}
