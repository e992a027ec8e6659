// SPDX-License-Identifier: Apache-2.0
// under_way: what a thread is in the middle of, counted where others must wait or keep memory for it.
#pragma once

#include <iafmetrics/config.hpp>
#include <iafmetrics/detail/cell_store.hpp>

#include <pthread.h>

#include <atomic>
#include <cstdint>
#include <utility>

namespace iafmetrics::inline v0::detail {

/// How many are under way in this process: none in a forked child, whatever its parent had. The store that counts the
/// forks is the same at every call: that of the module which made the object.
///
/// Threads: changes under the structure lock.
class process_count {
public:
    [[nodiscard]] std::uint32_t get(cell_store const& home = local_store) const noexcept
    {
        return generation_ == generation(home) ? count_ : 0;
    }
    void increment(cell_store const& home = local_store) noexcept
    {
        count_ = get(home) + 1;
        generation_ = generation(home);
    }
    void decrement() noexcept { --count_; }

private:
    [[nodiscard]] static std::uint32_t generation(cell_store const& home) noexcept
    {
        return home.generation.load(std::memory_order_relaxed);
    }

    std::uint32_t generation_ = 0;
    std::uint32_t count_ = 0;
};

/// On the stack of a thread for as long as it is in the middle of something.
///
/// fork(): the child has the thread that forked and no other. What that one is in the middle of is counted again.
class under_way {
public:
    under_way(under_way const&) = delete;
    under_way& operator=(under_way const&) = delete;

    /// How often this thread is in the middle of `what`.
    [[nodiscard]] static std::uint32_t times_in(void const* what) noexcept
    {
        std::uint32_t times = 0;
        for (under_way const* one = innermost; one != nullptr; one = one->outer_)
            if (one->what_ == what) ++times;
        return times;
    }

    static void count_all_again() noexcept
    {
        for (under_way* one = innermost; one != nullptr; one = one->outer_)
            one->count_again();
    }

protected:
    explicit under_way(void const* what) noexcept : what_(what), outer_(std::exchange(innermost, this)) {}
    ~under_way() { innermost = outer_; }

private:
    virtual void count_again() noexcept = 0;

    void const* what_;
    under_way* outer_;

    IAFMETRICS_SHARED static inline constinit thread_local under_way* innermost = nullptr;
};

/// Behind the cell store's handler, which begins the child's generation.
inline IAFMETRICS_SHARED int const counting_again =
    pthread_atfork(nullptr, nullptr, &under_way::count_all_again);

}  // namespace iafmetrics::inline v0::detail
