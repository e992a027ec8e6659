// SPDX-License-Identifier: Apache-2.0
// nanoseconds: durations and clocks of <chrono>'s shape as plain numbers, without <chrono>.
#pragma once

#include <cstdint>
#include <limits>

namespace iafmetrics::inline v0::detail {

/// Of a duration of <chrono>'s shape. One that is negative or NaN is none, one beyond 292 years is that long.
template <class Duration>
constexpr std::int64_t nanoseconds_in(Duration duration)
{
    using period = typename Duration::period;
    long double const exact =
        static_cast<long double>(duration.count()) * 1'000'000'000 * period::num / period::den;
    constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
    if (exact >= static_cast<long double>(most)) return most;
    return exact > 0 ? static_cast<std::int64_t>(exact) : 0;
}

/// Nanoseconds since the first call.
template <class Clock>
std::int64_t nanoseconds_of()
{
    static auto const start = Clock::now();
    return nanoseconds_in(Clock::now() - start);
}

}  // namespace iafmetrics::inline v0::detail
