// SPDX-License-Identifier: Apache-2.0
// gauge: a value that is set, and goes up and down.
#pragma once

#include <iafmetrics/number.hpp>

#include <time.h>

#include <atomic>

namespace iafmetrics::inline v0 {

/// A value as it is: a temperature, a queue's length, a point in time.
///
///     queue_length.set(queue.size());
///     last_success.set_to_current_time();
///
/// For a count of what is under way use up_down_counter: it does not contend between threads.
///
/// Threads:  every member may be called from any thread at any time; not from a signal handler.
/// Cost:     set is one relaxed store; add is a compare-and-swap loop on one cell; neither allocates.
/// Ordering: none.
/// Errors:   none. NaN and infinities are values like others and are shown as such: Prometheus has them, and a gauge
///           is set anew. add() to one of them leaves it what it is.
class gauge {
public:
    constexpr gauge() noexcept = default;
    gauge(gauge const&) = delete;
    gauge& operator=(gauge const&) = delete;

    void set(double value) noexcept { value_.store(value, std::memory_order_relaxed); }
    void add(double amount) noexcept { value_.fetch_add(amount, std::memory_order_relaxed); }
    void sub(double amount) noexcept { value_.fetch_sub(amount, std::memory_order_relaxed); }
    void increment() noexcept { add(1); }
    void decrement() noexcept { sub(1); }

    /// Seconds since the Unix epoch, as a fraction.
    void set_to_current_time() noexcept
    {
        ::timespec now{};
        ::clock_gettime(CLOCK_REALTIME, &now);
        set(static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9);
    }

    [[nodiscard]] number value() const noexcept { return value_.load(std::memory_order_relaxed); }

private:
    std::atomic<double> value_{0};
};

}  // namespace iafmetrics::inline v0
