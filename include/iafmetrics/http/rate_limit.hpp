// SPDX-License-Identifier: Apache-2.0
// rate_limit: so many requests at a time, and one more each interval.
#pragma once

#include <iafmetrics/steady_clock.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <stdexcept>

namespace iafmetrics::inline v0::http {

/// A token bucket, in the words of exporter-toolkit's rate_limit.
struct rate_limit_options {
    std::chrono::nanoseconds interval{};  ///< a token comes each interval; 0: no limit
    std::int64_t burst = 1;               ///< so many at most, and at the start

    bool operator==(rate_limit_options const&) const = default;
};

/// Lets `burst` requests pass at once, and one more each `interval`.
///
///     rate_limit limit{{.interval = 100ms, .burst = 20}};
///     if (!limit.take()) …                                     // 429
///
/// Threads: any; one atomic number, no lock.
/// Cost:    a reading of the clock and a compare-and-exchange.
/// Errors:  std::invalid_argument for options that would let nothing pass.
class rate_limit {
public:
    explicit rate_limit(rate_limit_options options, chosen_clock clock = steady_clock())
        : interval_(options.interval.count()), clock_(clock)
    {
        if (interval_ < 0) throw std::invalid_argument("rate_limit: the interval is negative");
        if (interval_ == 0) return;
        if (options.burst < 1)
            throw std::invalid_argument("rate_limit: a burst below 1 would let nothing pass");
        // So far ahead of now may the bucket be emptied.
        ahead_ =
            options.burst - 1 > INT64_MAX / 4 / interval_ ? INT64_MAX / 4 : (options.burst - 1) * interval_;
        empty_at_.store(clock_.nanoseconds(), std::memory_order_relaxed);
    }

    /// Takes a token; false where there is none.
    [[nodiscard]] bool take() noexcept
    {
        if (interval_ == 0) return true;
        std::int64_t const now = clock_.nanoseconds();
        std::int64_t taken = empty_at_.load(std::memory_order_relaxed);
        for (;;) {
            std::int64_t const from = std::max(taken, now);
            if (from - now > ahead_) return false;
            if (empty_at_.compare_exchange_weak(taken, from + interval_, std::memory_order_relaxed))
                return true;
        }
    }

private:
    std::int64_t interval_;
    std::int64_t ahead_ = 0;
    chosen_clock clock_;
    std::atomic<std::int64_t> empty_at_{
        0};  // the moment up to which tokens have been given out, in nanoseconds
};

}  // namespace iafmetrics::inline v0::http
