// SPDX-License-Identifier: Apache-2.0
// native_histogram_spec: declares a native histogram.
#pragma once

#include <iafmetrics/detail/native_buckets.hpp>
#include <iafmetrics/detail/native_generation.hpp>
#include <iafmetrics/detail/native_options.hpp>
#include <iafmetrics/rules.hpp>
#include <iafmetrics/spec.hpp>
#include <iafmetrics/spec_options.hpp>

#include <cstdint>
#include <limits>
#include <string_view>

namespace iafmetrics::inline v0 {

/// How much wider than the bucket before it a bucket may be: 1.1 where nothing is said, which errs by less than 5 %. Buckets
/// grow by the largest 2^(2^-schema) that is no more, with a schema of -4 (growth 65536) to 8 (1.0027).
struct growth {
    double factor;
};

/// The most buckets a series may have, 160 where nothing is said; at most 256.
struct bucket_limit {
    std::uint32_t value;
};

/// A series whose buckets are too many begins anew where it did so no less than this long ago, which loses the counts that
/// no scraper has seen: each loses those since its own last scrape. An hour where nothing is said. One whose buckets were
/// widened begins anew behind a page that shows it, whoever asked for that page.
///
///     iafmetrics::min_reset{std::chrono::minutes(10)}
///     iafmetrics::min_reset{iafmetrics::never}
struct min_reset : detail::duration_option {
    using duration_option::duration_option;

    struct never_t {};
    constexpr explicit min_reset(never_t) : duration_option(exactly{detail::native_options::never}) {}
};
inline constexpr min_reset::never_t never{};

/// Values whose absolute value is at most this are in the zero bucket; 2^-128 where nothing is said.
struct zero_threshold {
    double value;
};

/// How wide the zero bucket may become where buckets are too many; not at all where nothing is said.
struct max_zero_threshold {
    double value;
};

namespace rule {

[[noreturn]] inline void growth_must_be_finite_and_above_1(std::string_view metric)
{
    detail::refuse(metric, "the growth of a native histogram's buckets must be finite and above 1");
}
[[noreturn]] inline void bucket_limit_must_be_2_to_256(std::string_view metric)
{
    detail::refuse(metric, "a native histogram has at least 2 and at most 256 buckets");
}
[[noreturn]] inline void min_reset_must_be_positive(std::string_view metric)
{
    detail::refuse(metric, "a native histogram begins anew after more than 0 seconds, or never");
}
[[noreturn]] inline void zero_threshold_must_be_finite_and_not_negative(std::string_view metric)
{
    detail::refuse(metric, "the threshold of a zero bucket must be finite and not negative");
}

}  // namespace rule

/// Declares a native_histogram. Options: growth, bucket_limit, min_reset, zero_threshold, max_zero_threshold; buckets, of
/// a classic histogram beside it; series_limit, exemption.
///
///     inline constexpr iafmetrics::native_histogram_spec<"route"> request_duration{
///         "shop_request_duration_seconds", "Requests by route.", iafmetrics::growth{1.05}};
template <detail::fixed_string... Labels>
struct native_histogram_spec : detail::bounds_spec<Labels...> {
    detail::native_options native;

    template <class... Options>
    consteval native_histogram_spec(std::string_view metric, std::string_view text, Options... options)
        : native_histogram_spec(run_time, metric, text, options...)
    {}
    template <class... Options>
    constexpr native_histogram_spec(run_time_t,
                                    std::string_view metric,
                                    std::string_view text,
                                    Options... options)
        : detail::bounds_spec<Labels...>(metric, text)
    {
        (this->apply(options), ...);
        this->check_rules(metric_type::histogram);
    }

private:
    using detail::bounds_spec<Labels...>::apply;

    constexpr void apply(growth option)
    {
        if (!(option.factor > 1 && option.factor <= std::numeric_limits<double>::max()))
            rule::growth_must_be_finite_and_above_1(this->name);
        native.schema = detail::schema_of_growth(option.factor);
    }
    constexpr void apply(bucket_limit option)
    {
        if (option.value < 2 || option.value > detail::most_native_buckets)
            rule::bucket_limit_must_be_2_to_256(this->name);
        native.bucket_limit = option.value;
    }
    constexpr void apply(min_reset option)
    {
        if (option.nanoseconds <= 0) rule::min_reset_must_be_positive(this->name);
        native.min_reset_nanoseconds = option.nanoseconds;
    }
    constexpr void apply(zero_threshold option)
    {
        check_threshold(option.value);
        native.zero_threshold = option.value;
    }
    constexpr void apply(max_zero_threshold option)
    {
        check_threshold(option.value);
        native.max_zero_threshold = option.value;
    }

    constexpr void check_threshold(double value) const
    {
        if (!(value >= 0 && value <= std::numeric_limits<double>::max()))
            rule::zero_threshold_must_be_finite_and_not_negative(this->name);
    }
};
template <class... Options>
native_histogram_spec(std::string_view, std::string_view, Options...) -> native_histogram_spec<>;
template <class... Options>
native_histogram_spec(run_time_t, std::string_view, std::string_view, Options...) -> native_histogram_spec<>;

}  // namespace iafmetrics::inline v0
