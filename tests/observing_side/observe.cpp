// SPDX-License-Identifier: Apache-2.0
#include "observe.hpp"

#include <limits>

#if defined(__cpp_exceptions) || defined(__cpp_rtti)
#    error "this unit is compiled with -fno-exceptions -fno-rtti"
#endif

void observe(handles const& to) noexcept
{
    to.jobs.increment();
    to.jobs.increment(0.5);
    to.jobs.increment(-1);  // refused
    to.queued.with("mail").increment();
    to.queued.with("mail").increment(2);
    to.queued.with("\xFF").increment();   // repaired, which allocates
    to.queued.with("third").increment();  // beyond the limit
    to.heat.set(21.5);
    to.waits.with("mail").observe(1.5);
    to.waits.with("mail").observe(std::numeric_limits<double>::infinity());  // refused
    to.worker_phase.change_to(phase::busy);
    iafmetrics::in_progress const job{to.under_way};
    iafmetrics::in_progress const other{to.under_way};
    iafmetrics::exception_counter const none{to.jobs};
    iafmetrics::timer{to.heat}.discard();
}
