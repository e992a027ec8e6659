// SPDX-License-Identifier: Apache-2.0
// timer: how long a scope took.
#pragma once

#include <iafmetrics/steady_clock.hpp>

#include <utility>

namespace iafmetrics::inline v0 {

/// Observes the seconds between its beginning and the end of its scope, into a histogram or a gauge.
///
///     {
///         iafmetrics::timer const t{query_duration};
///         rows = database.query(text);
///     }                                                  // observed here, also when query() throws
///
///     iafmetrics::timer t{query_duration};
///     if (!connect()) return t.discard();                // not observed
///     log("took", t.stop());                             // observed here and not again
///
/// A histogram observes each time, a gauge keeps the last: the duration of a nightly job. Another clock, such as a
/// fake one in a test, is a template argument: `timer<histogram, testing::fake_clock> t{query_duration};`.
///
/// Unit:     seconds.
/// Threads:  one at a time; it may be moved to another.
/// Cost:     two clock reads and the instrument's own cost.
/// Errors:   none is thrown; the clock must throw none either.
/// Lifetime: shorter than that of the instrument.
template <class Instrument, class Clock = steady_clock>
class [[nodiscard]] timer {
    static constexpr bool observes = requires(Instrument& into) { into.observe(0.); };
    static constexpr bool sets = requires(Instrument& into) { into.set(0.); };
    static_assert(observes || sets, "a timer observes into a histogram or sets a gauge");

public:
    explicit timer(Instrument& into) noexcept : into_(&into), start_(Clock::now()) {}
    timer(timer&& other) noexcept : into_(std::exchange(other.into_, nullptr)), start_(other.start_) {}
    timer(timer const&) = delete;
    timer& operator=(timer const&) = delete;
    timer& operator=(timer&&) = delete;
    ~timer() { stop(); }

    /// Seconds since the beginning.
    [[nodiscard]] double elapsed() const noexcept
    {
        auto const since = Clock::now() - start_;
        using period = typename decltype(since)::period;
        return static_cast<double>(since.count()) * static_cast<double>(period::num) /
               static_cast<double>(period::den);
    }

    /// Observes now and never again. Returns the seconds observed; 0 where it was stopped or discarded before.
    double stop() noexcept
    {
        if (into_ == nullptr) return 0;
        double const seconds = elapsed();
        Instrument& into = *std::exchange(into_, nullptr);
        if constexpr (observes)
            into.observe(seconds);
        else if constexpr (sets)
            into.set(seconds);
        return seconds;
    }

    /// Observes nothing.
    void discard() noexcept { into_ = nullptr; }

private:
    Instrument* into_;  // null once stopped, discarded or moved from
    decltype(Clock::now()) start_;
};

}  // namespace iafmetrics::inline v0
