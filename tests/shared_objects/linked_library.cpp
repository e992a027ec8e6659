// SPDX-License-Identifier: Apache-2.0
// One of two libraries, LIBRARY its function: it counts in the default registry, which it knows before main, and owns a
// series there.
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/default_registry.hpp>

#include "linked.hpp"

using namespace iafmetrics;

namespace {
constexpr claimable<gauge_spec<"session">> sessions{"linked_session_memory_bytes", "Memory of a session."};
claimed_of<sessions> session;
counter& counted = default_registry().add(counter_spec{run_time, "linked_total", "Counted by libraries."});
}  // namespace

linked LIBRARY()
{
    counted.increment(3);
    session = default_registry().add(sessions).claim("of both");
    session->add(2);
    return {&counted, &*session, [] { session.reset(); }};
}
