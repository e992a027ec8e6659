// SPDX-License-Identifier: Apache-2.0
// A module that a program opens at run time: it observes what the program made, and shows what ends itself.
#include <iafmetrics/callback.hpp>
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/collector_registration.hpp>
#include <iafmetrics/registry.hpp>

#include <optional>

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

/// A series that the module owns until it is told to let it go.
namespace {
constexpr claimable<gauge_spec<"session">> sessions{"session_memory_bytes", "Memory of a session."};
claimed_of<sessions> session;
}  // namespace
extern "C" __attribute__((visibility("default"))) void claim_session(registry& metrics)
{
    session = metrics.add(sessions).claim("of a module, in memory of its own");
}
extern "C" __attribute__((visibility("default"))) void end_session() { session.reset(); }

/// A collector and a callback that are shown once: each ends itself while the program is in it.
extern "C" __attribute__((visibility("default"))) void show_once(registry& metrics)
{
    static collector_registration collected;
    static std::optional<callback> called;
    collected = collector_registration(metrics, [](collector_output& out) {
        out.gauge("module_collected", "Shown once.", 1);
        collected.reset();
    });
    called.emplace(metrics, gauge_spec{run_time, "module_called", "Shown once."}, [] {
        called.reset();
        return 1;
    });
}
