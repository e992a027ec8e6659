// SPDX-License-Identifier: Apache-2.0
// visit_deadline: when a page has to be ready.
#pragma once

#include <iafmetrics/steady_clock.hpp>

#include <cstdint>
#include <limits>

namespace iafmetrics::inline v0 {

/// The moment by which whoever asked wants his page; without one there is all the time in the world.
///
///     registry.visit(out, names, visit_deadline::in(9'500'000'000));
class visit_deadline {
public:
    constexpr visit_deadline() = default;

    /// So many nanoseconds from now, by `clock`.
    [[nodiscard]] static visit_deadline in(std::int64_t nanoseconds,
                                           chosen_clock clock = steady_clock()) noexcept
    {
        visit_deadline made;
        made.clock_ = clock;
        made.at_ = clock.nanoseconds() + (nanoseconds < never / 2 ? nanoseconds : never / 2);
        return made;
    }

    [[nodiscard]] bool is_set() const noexcept { return at_ != never; }

    /// 0 when it is over.
    [[nodiscard]] std::int64_t nanoseconds_left() const noexcept
    {
        if (!is_set()) return never;
        std::int64_t const left = at_ - clock_.nanoseconds();
        return left > 0 ? left : 0;
    }
    [[nodiscard]] bool is_over() const noexcept { return nanoseconds_left() == 0; }

    /// So much before this one: for those who are asked by who has to be ready then.
    [[nodiscard]] visit_deadline earlier_by(std::int64_t nanoseconds) const noexcept
    {
        visit_deadline made = *this;
        if (is_set()) made.at_ -= nanoseconds;
        return made;
    }

    [[nodiscard]] chosen_clock clock() const noexcept { return clock_; }

private:
    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();

    chosen_clock clock_{steady_clock()};
    std::int64_t at_ = never;
};

}  // namespace iafmetrics::inline v0
