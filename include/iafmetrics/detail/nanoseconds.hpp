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
    // By whole numbers, as far as there are any: a product with both would lose digits beyond 18 seconds.
    constexpr long double count = 1'000'000'000.0L * period::num;
    constexpr bool is_longer = count >= period::den;  // than a nanosecond
    constexpr long double factor = is_longer ? count / period::den : period::den / count;
    auto const given = static_cast<long double>(duration.count());
    long double const exact = is_longer ? given * factor : given / factor;
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
