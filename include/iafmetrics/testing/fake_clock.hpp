// SPDX-License-Identifier: Apache-2.0
// fake_clock: a clock that stands still until a test moves it.
#pragma once

#include <atomic>
#include <chrono>

namespace iafmetrics::inline v0::testing {

/// A clock for whatever takes one as a template argument.
///
///     testing::fake_clock::advance(250ms);
///
/// Threads: any. It is one clock for the program, as clocks are: tests that move it do not run side by side.
struct fake_clock {
    using duration = std::chrono::nanoseconds;
    using rep = duration::rep;
    using period = duration::period;
    using time_point = std::chrono::time_point<fake_clock>;
    static constexpr bool is_steady = true;

    [[nodiscard]] static time_point now() noexcept
    {
        return time_point(duration(since_start.load(std::memory_order_relaxed)));
    }
    static void advance(duration by) noexcept
    {
        since_start.fetch_add(by.count(), std::memory_order_relaxed);
    }

private:
    static inline std::atomic<rep> since_start{0};
};

}  // namespace iafmetrics::inline v0::testing
