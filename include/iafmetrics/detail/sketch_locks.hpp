// SPDX-License-Identifier: Apache-2.0
// sketch_locks: the locks that summaries share.
#pragma once

#include <iafmetrics/config.hpp>

#include <pthread.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <mutex>

namespace iafmetrics::inline v0::detail {

/// Immortal, as cell_store is, and held across fork() as its locks are, so that a child never inherits one locked: that is
/// why summaries have none of their own. Summaries take them in turn. 32 of them, because ThreadSanitizer ends a process
/// of which a thread holds 64 locks.
///
/// Locks: no other lock of this library is taken under one of these, nor one of these under another.
struct sketch_locks {
    struct alignas(64) one {
        std::mutex mutex;
    };
    std::array<one, 32> all;
    std::atomic<std::size_t> next{0};

    [[nodiscard]] std::mutex& take() noexcept
    {
        return all[next.fetch_add(1, std::memory_order_relaxed) % all.size()].mutex;
    }
    void lock() noexcept
    {
        for (one& each : all)
            each.mutex.lock();
    }
    void unlock() noexcept
    {
        for (one& each : all)
            each.mutex.unlock();
    }
};

inline constinit IAFMETRICS_SHARED sketch_locks local_sketch_locks{};

/// Registered as cell_store's are.
inline IAFMETRICS_SHARED int const sketch_fork_handlers = pthread_atfork([] { local_sketch_locks.lock(); },
                                                                         [] { local_sketch_locks.unlock(); },
                                                                         [] { local_sketch_locks.unlock(); });

}  // namespace iafmetrics::inline v0::detail
