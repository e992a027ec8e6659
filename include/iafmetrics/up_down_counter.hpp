// SPDX-License-Identifier: Apache-2.0
// up_down_counter: how many are under way.
#pragma once

#include <iafmetrics/number.hpp>

#include <atomic>
#include <cstdint>

namespace iafmetrics {

/// A count of what comes and goes: requests in flight, open connections. Exposed as a gauge.
///
///     in_flight.increment();
///     …
///     in_flight.decrement();
///
/// It has no set(): whoever adds also subtracts.
///
/// Threads:  every member may be called from any thread at any time; not from a signal handler.
/// Cost:     one relaxed read-modify-write; wait-free; never allocates.
/// Ordering: none. A scrape may see a decrement before its increment, and shows 0 rather than a negative
/// count;
///           it is exact when nothing is under way.
class up_down_counter {
public:
    constexpr up_down_counter() noexcept = default;
    up_down_counter(up_down_counter const&) = delete;
    up_down_counter& operator=(up_down_counter const&) = delete;

    void add(std::int64_t amount) noexcept { value_.fetch_add(amount, std::memory_order_relaxed); }
    void sub(std::int64_t amount) noexcept { value_.fetch_sub(amount, std::memory_order_relaxed); }
    void increment() noexcept { add(1); }
    void decrement() noexcept { sub(1); }

    /// Never below 0.
    [[nodiscard]] number value() const noexcept
    {
        std::int64_t const now = value_.load(std::memory_order_relaxed);
        return now < 0 ? std::int64_t{0} : now;
    }

private:
    std::atomic<std::int64_t> value_{0};
};

}  // namespace iafmetrics
