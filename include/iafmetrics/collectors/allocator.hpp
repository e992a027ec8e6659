// SPDX-License-Identifier: Apache-2.0
// allocator: what the C library's malloc holds, where it tells: glibc 2.33 and newer.
#pragma once

#include <iafmetrics/collector.hpp>

#include <cstdlib>

#if defined(__GLIBC__)
#    if __GLIBC_PREREQ(2, 33)

#        include <malloc.h>

/// Defined where the C library has statistics to show: elsewhere there is no collectors::allocator.
#        define IAFMETRICS_HAS_ALLOCATOR_COLLECTOR 1

namespace iafmetrics::inline v0::collectors {

/// What malloc took from the system, gave to the program and keeps.
///
///     registry.add(iafmetrics::collectors::allocator{});
///
/// A growing free part beside a steady allocated one is fragmentation, not a leak.
///
/// Cost:   mallinfo2 takes the lock of one arena after the other and walks its free lists: microseconds for a small
///         heap, milliseconds for one in pieces; threads that allocate meanwhile wait. Therefore it is not part of
///         collectors::process.
/// Errors: none; another malloc that is linked in or preloaded shows zeros.
class allocator {
public:
    void operator()(collector_output& out) const
    {
        struct ::mallinfo2 const now = ::mallinfo2();
        out.gauge("glibc_malloc_allocated_bytes", "Bytes that the program has allocated and not freed.",
                  now.uordblks + now.hblkhd);
        out.gauge("glibc_malloc_free_bytes", "Bytes that were freed and are kept for later.", now.fordblks);
        out.gauge("glibc_malloc_releasable_bytes",
                  "Bytes at the end of the heap that malloc_trim would return.", now.keepcost);
        out.gauge("glibc_malloc_heap_bytes", "Bytes taken from the system, without those mapped one by one.",
                  now.arena);
        out.gauge("glibc_malloc_mapped_bytes", "Bytes of large allocations, which are mapped one by one.",
                  now.hblkhd);
    }
};

}  // namespace iafmetrics::inline v0::collectors

#    endif
#endif
