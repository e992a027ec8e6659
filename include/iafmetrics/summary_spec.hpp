// SPDX-License-Identifier: Apache-2.0
// summary_spec: declares a summary.
#pragma once

#include <iafmetrics/detail/native_buckets.hpp>
#include <iafmetrics/detail/summary_options.hpp>
#include <iafmetrics/rules.hpp>
#include <iafmetrics/spec.hpp>
#include <iafmetrics/spec_options.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace iafmetrics::inline v0 {

/// Which quantiles a summary shows, ascending from 0 (the smallest value) to 1 (the largest), both of which may be asked
/// for; at most 16.
///
///     iafmetrics::quantiles{.5, .9, .99}
///
/// Known only at run time, they are a std::vector<double> or std::span.
template <std::size_t Count>
struct quantiles {
    std::array<double, Count> places;

    template <class... Places>
        requires(sizeof...(Places) == Count)
    // NOLINTNEXTLINE(google-explicit-constructor): quantiles{.5, .9} reads best
    consteval quantiles(Places... values) : places{static_cast<double>(values)...}
    {}
};
template <class... Places>
quantiles(Places...) -> quantiles<sizeof...(Places)>;

/// How long a value counts in quantiles; ten minutes where nothing is said. It is forgotten at the end of the age bucket
/// that it fell into: after max_age at the latest, with five of them after four fifths of it at the earliest.
///
///     iafmetrics::max_age{std::chrono::minutes(10)}
struct max_age : detail::duration_option {
    using duration_option::duration_option;
};

/// In how many steps the window moves on, 5 where nothing is said; at most 60. Each has a sketch of its own.
struct age_buckets {
    std::uint32_t value;
};

/// How far a quantile's value may be from the exact one, in parts of it: .01 where nothing is said, from .002 to .5.
struct relative_error {
    double value;
};

namespace rule {

[[noreturn]] inline void quantiles_must_lie_between_0_and_1_and_ascend(std::string_view metric)
{
    detail::refuse(metric, "quantiles must lie between 0 and 1 and ascend");
}
[[noreturn]] inline void quantiles_must_not_be_too_many(std::string_view metric)
{
    detail::refuse(metric, "a summary has at most 16 quantiles");
}
[[noreturn]] inline void max_age_must_be_positive(std::string_view metric)
{
    detail::refuse(metric, "the values of a summary's quantiles are forgotten after more than 0 seconds");
}
[[noreturn]] inline void age_buckets_must_be_1_to_60(std::string_view metric)
{
    detail::refuse(metric, "a summary has at least 1 and at most 60 age buckets");
}
[[noreturn]] inline void relative_error_must_lie_between_0_002_and_0_5(std::string_view metric)
{
    detail::refuse(metric, "the relative error of a summary must lie between 0.002 and 0.5");
}

}  // namespace rule

/// Declares a summary. Options: quantiles (none where none are given), max_age, age_buckets, relative_error;
/// series_limit, exemption.
///
///     inline constexpr iafmetrics::summary_spec<"route"> request_size{
///         "shop_request_size_bytes", "Sizes by route.", iafmetrics::quantiles{.5, .9, .99},
///         iafmetrics::max_age{std::chrono::minutes(10)}};
template <detail::fixed_string... Labels>
struct summary_spec : detail::basic_spec<Labels...> {
    detail::summary_options window;

    template <class... Options>
    consteval summary_spec(std::string_view metric, std::string_view text, Options... options)
        : summary_spec(run_time, metric, text, options...)
    {}
    template <class... Options>
    constexpr summary_spec(run_time_t, std::string_view metric, std::string_view text, Options... options)
        : detail::basic_spec<Labels...>(metric, text)
    {
        (this->apply(options), ...);
        this->check_rules(metric_type::summary);
    }

private:
    using detail::basic_spec<Labels...>::apply;

    template <std::size_t Count>
    constexpr void apply(quantiles<Count> const& option)
    {
        apply(std::span<double const>(option.places));
    }
    template <std::convertible_to<std::span<double const>> Places>
    constexpr void apply(Places const& places_at_run_time)
    {
        std::span<double const> const given(places_at_run_time);
        if (given.size() > detail::most_quantiles) rule::quantiles_must_not_be_too_many(this->name);
        window.quantile_count = 0;
        for (double const place : given) {
            bool const ascends =
                window.quantile_count == 0 || window.quantile_places[window.quantile_count - 1] < place;
            if (!(place >= 0 && place <= 1) || !ascends)
                rule::quantiles_must_lie_between_0_and_1_and_ascend(this->name);
            window.quantile_places[window.quantile_count++] = place == 0 ? 0 : place;  // no -0
        }
    }
    constexpr void apply(max_age option)
    {
        if (option.nanoseconds <= 0) rule::max_age_must_be_positive(this->name);
        window.max_age_nanoseconds = option.nanoseconds;
    }
    constexpr void apply(age_buckets option)
    {
        if (option.value < 1 || option.value > 60) rule::age_buckets_must_be_1_to_60(this->name);
        window.age_buckets = option.value;
    }
    constexpr void apply(relative_error option)
    {
        if (!(option.value >= .002 && option.value <= .5))
            rule::relative_error_must_lie_between_0_002_and_0_5(this->name);
        window.schema = detail::schema_of_growth((1 + option.value) / (1 - option.value));
    }
};
template <class... Options>
summary_spec(std::string_view, std::string_view, Options...) -> summary_spec<>;
template <class... Options>
summary_spec(run_time_t, std::string_view, std::string_view, Options...) -> summary_spec<>;

}  // namespace iafmetrics::inline v0
