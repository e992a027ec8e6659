// SPDX-License-Identifier: Apache-2.0
// A module that a program opens at run time and that observes what the program made.
#include <iafmetrics/registry.hpp>

using namespace iafmetrics;

extern "C" __attribute__((visibility("default"))) void
observe(counter& count, histogram& durations, registry& metrics)
{
    count.increment(3);
    durations.observe(1);
    metrics.add(counter_spec<"by">{run_time, "module_total", "Counted by modules."})
        .with("module")
        .increment(5);
    static counter own;
    own.increment();
}
