// SPDX-License-Identifier: Apache-2.0
// short_time: when something began, in four bytes.
#pragma once

#include <time.h>

#include <cstdint>

namespace iafmetrics::inline v0::detail {

/// Quarters of a second since 2026, until 2060. Rounded down: what began is never said to have begun later than it did.
///
/// Cost: now() reads the coarse clock, 3 to 7 ns.
class short_time {
public:
    constexpr short_time() noexcept = default;

    [[nodiscard]] static short_time now() noexcept
    {
        ::timespec time{};
        ::clock_gettime(CLOCK_REALTIME_COARSE, &time);
        return at(static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9);
    }
    [[nodiscard]] static constexpr short_time at(double seconds) noexcept
    {
        short_time made;
        double const quarters = (seconds - begin) * 4;
        if (quarters >= 1 && quarters <= most) made.quarters_ = static_cast<std::uint32_t>(quarters);
        return made;
    }

    /// Since 1970; 0 where it is not known: the clock said 2025, or 2061.
    [[nodiscard]] constexpr double seconds() const noexcept
    {
        return quarters_ == 0 ? 0 : begin + static_cast<double>(quarters_) / 4;
    }

private:
    static constexpr double begin = 1'767'225'600;  // 2026-01-01T00:00:00Z
    static constexpr double most = 4'294'967'295;

    std::uint32_t quarters_ = 0;
};

}  // namespace iafmetrics::inline v0::detail
