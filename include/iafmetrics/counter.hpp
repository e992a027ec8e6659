// SPDX-License-Identifier: Apache-2.0
// counter: an event count that only goes up.
#pragma once

#include <iafmetrics/number.hpp>

#include <atomic>
#include <concepts>
#include <cstdint>

namespace iafmetrics {

/// A count of things that only happen: requests, bytes, errors. For what comes and goes, use up_down_counter.
///
///     sessions.increment();            // one
///     bytes.increment(packet.size());  // many
///     paid.increment(12.50);           // a fraction
///
/// Unit:     what the metric's name says; integers are exact up to 2^64, fractions are doubles.
/// Threads:  every member may be called from any thread at any time; not from a signal handler.
/// Cost:     one relaxed read-modify-write; wait-free for integers; never allocates.
/// Ordering: none. value() says nothing about other writes being visible.
/// Errors:   none is thrown. NaN and negative amounts are refused: a counter that goes back reads as a
/// restart.
class counter {
public:
    constexpr counter() noexcept = default;
    counter(counter const&) = delete;
    counter& operator=(counter const&) = delete;

    void increment() noexcept { integer_.fetch_add(1, std::memory_order_relaxed); }

    template <std::integral Amount>
    void increment(Amount amount) noexcept
    {
        if (amount < Amount{}) return;
        integer_.fetch_add(static_cast<std::uint64_t>(amount), std::memory_order_relaxed);
    }

    void increment(std::floating_point auto amount) noexcept
    {
        auto const fraction = static_cast<double>(amount);
        if (!(fraction >= 0)) return;  // NaN compares false
        fraction_.fetch_add(fraction, std::memory_order_relaxed);
    }

    /// Counted so far. May lag a concurrent increment; never goes back for one reader.
    [[nodiscard]] number value() const noexcept
    {
        std::uint64_t const whole = integer_.load(std::memory_order_relaxed);
        double const fraction = fraction_.load(std::memory_order_relaxed);
        if (fraction == 0) return whole;
        return static_cast<double>(whole) + fraction;
    }

private:
    std::atomic<std::uint64_t> integer_{0};
    std::atomic<double> fraction_{0};
};

}  // namespace iafmetrics
