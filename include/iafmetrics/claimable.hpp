// SPDX-License-Identifier: Apache-2.0
// claimable: declares a metric whose series come and go with what they describe.
#pragma once

#include <iafmetrics/claimable_family.hpp>
#include <iafmetrics/detail/nanoseconds.hpp>
#include <iafmetrics/family.hpp>
#include <iafmetrics/spec.hpp>
#include <iafmetrics/spec_options.hpp>
#include <iafmetrics/steady_clock.hpp>

#include <cstdint>
#include <string_view>

namespace iafmetrics::inline v0 {

/// Lets a claimable series leave the page when it was not used for this long, and not before.
///
///     iafmetrics::expire_after{std::chrono::minutes(10)}
///
/// A use is a claim, the end of an owner, an access through an owner, and a value that a scrape finds changed;
/// its time is known to the distance between two scrapes. Without this option a series leaves with its last
/// owner, at once: the counts since the last scrape are then seen by nobody. With it, a series without an owner
/// stays until it expires, with its value, and whoever claims its labels before goes on counting there. A series
/// with an owner is hidden while it is not used, comes back with its next use, and never dangles.
struct expire_after : detail::duration_option {
    using duration_option::duration_option;
};

namespace rule {

[[noreturn]] inline void expiry_must_be_positive(std::string_view metric)
{
    detail::refuse(metric, "a claimable series expires after more than 0 seconds");
}

}  // namespace rule

namespace detail {

/// expire_after is claimable's own; the others are the declaration's.
constexpr no_option options_of_spec(expire_after) { return {}; }
template <class Option>
constexpr Option const& options_of_spec(Option const& option)
{
    return option;
}

}  // namespace detail

/// Declares a metric of things that come and go: sessions, connections, pods. The family has no with(); claim()
/// gives an owner, and the series goes when its last owner does.
///
///     inline constexpr iafmetrics::claimable<iafmetrics::gauge_spec<"session">> session_memory{
///         "shop_session_memory_bytes", "Memory of each session."};
///
///     auto& memory = registry.add(session_memory);            // family_of<session_memory>
///     iafmetrics::claimed<iafmetrics::gauge> mine = memory.claim(session_id);
///     mine->set(4096);
///
/// Options: those of the declaration inside, and expire_after. Its clock may be chosen, for tests:
/// `claimable<gauge_spec<"session">, testing::fake_clock>`.
template <class Spec, class Clock = steady_clock>
struct claimable : Spec {
    static_assert(Spec::label_count != 0, "a claimable metric has labels: its series come and go by them");
    static_assert(Clock::is_steady,
                  "series expire by a steady clock: when another one is set, all would expire");

    std::int64_t expire_after_nanoseconds = 0;
    detail::clock_source clock{&detail::nanoseconds_of<Clock>};

    template <class... Options>
    consteval claimable(std::string_view metric, std::string_view text, Options... options)
        : claimable(run_time, metric, text, options...)
    {}
    template <class... Options>
    constexpr claimable(run_time_t, std::string_view metric, std::string_view text, Options... options)
        : Spec(run_time, metric, text, detail::options_of_spec(options)...)
    {
        (apply_own(options), ...);
    }

private:
    constexpr void apply_own(expire_after option)
    {
        if (option.nanoseconds <= 0) rule::expiry_must_be_positive(this->name);
        expire_after_nanoseconds = option.nanoseconds;
    }
    template <class Option>
    constexpr void apply_own(Option const&)
    {}
};

namespace detail {

template <class Family>
struct claimable_family_of;
template <class Instrument, fixed_string... Labels>
struct claimable_family_of<family<Instrument, Labels...>> {
    using type = claimable_family<Instrument, Labels...>;
};

template <class Spec, class Clock>
struct family_of_spec<claimable<Spec, Clock>> {
    using instrument = typename family_of_spec<Spec>::instrument;
    using type = typename claimable_family_of<typename family_of_spec<Spec>::type>::type;
    static constexpr metric_type exposed_as = family_of_spec<Spec>::exposed_as;
};

}  // namespace detail

/// The type of the owner that a declaration's family gives, for the members of what owns the series.
///
///     iafmetrics::claimed_of<session_memory> memory_;
template <auto const& Spec>
using claimed_of = claimed<typename detail::family_of_spec<std::remove_cvref_t<decltype(Spec)>>::instrument>;

}  // namespace iafmetrics::inline v0
