// SPDX-License-Identifier: Apache-2.0
// spec: a metric's declaration, a constant that the compiler checks.
#pragma once

#include <iafmetrics/buckets.hpp>
#include <iafmetrics/detail/fixed_string.hpp>
#include <iafmetrics/rules.hpp>
#include <iafmetrics/spec_options.hpp>

#include <array>
#include <concepts>
#include <cstddef>
#include <span>
#include <string_view>
#include <type_traits>

namespace iafmetrics::inline v0 {

namespace detail {

/// Stands for an option that is not the declaration's own, see claimable.
struct no_option {};

/// The exemption of the declaration that this one is named after; none where that has none.
struct inherited_exemption {
    std::string_view reason;
};

/// What all declarations share; the options may come in any order. Each has its two constructors itself: g++ 12 refuses a
/// consteval one that is inherited.
template <fixed_string... Labels>
struct basic_spec {
    std::string_view name;
    std::string_view help;
    std::size_t limit = default_series_limit.value;
    std::string_view exempt_because;
    bool has_utf8_names = false;

    static constexpr std::size_t label_count = sizeof...(Labels);
    static constexpr std::array<std::string_view, sizeof...(Labels)> label_names{Labels.view()...};

    constexpr basic_spec(std::string_view metric, std::string_view text) : name(metric), help(text) {}

    constexpr void apply(no_option) {}
    constexpr void apply(inherited_exemption option) { exempt_because = option.reason; }
    constexpr void apply(series_limit option)
    {
        if (option.value == 0) rule::series_limit_must_not_be_zero(name);
        limit = option.value;
    }
    constexpr void apply(exemption option)
    {
        if (option.reason.empty()) rule::exemption_must_carry_its_reason(name);
        exempt_because = option.reason;
    }

    constexpr void apply(utf8_names option)
    {
        apply(exemption{option.reason});
        has_utf8_names = true;
    }

    template <class Option>
    constexpr void apply(Option const&)
    {
        static_assert(
            std::is_void_v<Option>,  // of none of them
            "not an option of this declaration: those are series_limit, exemption and utf8_names; of a "
            "histogram also "
            "buckets, of a native histogram those and growth, bucket_limit, min_reset, zero_threshold and "
            "max_zero_threshold, of a summary quantiles, max_age, age_buckets and relative_error, of a "
            "state_set state_label, of a claimable expire_after");
    }

    /// Behind the options, which say what is checked.
    constexpr void check_rules(metric_type type) const
    {
        if (has_utf8_names) {
            check_utf8_grammar(name, help);
            (check_utf8_label_name(name, Labels.view()), ...);
        } else {
            check_grammar(name, help);
            (check_label_name(name, Labels.view()), ...);
        }
        for (std::size_t i = 0; i != label_count; ++i)
            for (std::size_t j = 0; j != i; ++j)
                if (is_same_underscored(label_names[i], label_names[j])) rule::label_names_must_differ(name);
        if (!exempt_because.empty()) return;
        detail::check_conventions(name, type);
        for (std::string_view const label : label_names)
            if (is_camel_case(label)) rule::name_must_be_snake_case(name);
    }
};

/// What declarations with buckets share.
template <fixed_string... Labels>
struct bounds_spec : basic_spec<Labels...> {
    std::array<double, max_bucket_bounds> bounds{};
    std::size_t bound_count = 0;

    using basic_spec<Labels...>::basic_spec;
    using basic_spec<Labels...>::apply;

    template <std::size_t Count>
    constexpr void apply(buckets<Count> const& option)
    {
        apply(std::span<double const>(option.bounds));
    }
    template <std::convertible_to<std::span<double const>> Bounds>
    constexpr void apply(Bounds const& bounds_at_run_time)
    {
        std::span<double const> const given(bounds_at_run_time);
        if (given.empty()) rule::bucket_bounds_must_not_be_missing(this->name);
        if (given.size() > max_bucket_bounds) rule::bucket_bounds_must_not_be_too_many(this->name);
        if (!is_finite_and_ascending(given))
            rule::bucket_bounds_must_be_finite_and_strictly_ascending(this->name);
        bound_count = 0;
        for (double const bound : given)
            bounds[bound_count++] = bound;
    }
};

}  // namespace detail

/// Declares a counter: `counter_spec<"label", …> name{"…_total", "Help.", options…}`.
///
///     inline constexpr iafmetrics::counter_spec sessions_total{"iaf_sessions_total", "Sessions created."};
///
/// Options: series_limit, exemption, utf8_names. A broken rule (rules.hpp) does not compile and is named in the error.
template <detail::fixed_string... Labels>
struct counter_spec : detail::basic_spec<Labels...> {
    template <class... Options>
    consteval counter_spec(std::string_view metric, std::string_view text, Options... options)
        : counter_spec(run_time, metric, text, options...)
    {}
    template <class... Options>
    constexpr counter_spec(run_time_t, std::string_view metric, std::string_view text, Options... options)
        : detail::basic_spec<Labels...>(metric, text)
    {
        (this->apply(options), ...);
        this->check_rules(metric_type::counter);
    }
};
template <class... Options>
counter_spec(std::string_view, std::string_view, Options...) -> counter_spec<>;
template <class... Options>
counter_spec(run_time_t, std::string_view, std::string_view, Options...) -> counter_spec<>;

/// Declares a gauge: a value that is set. Options: series_limit, exemption.
template <detail::fixed_string... Labels>
struct gauge_spec : detail::basic_spec<Labels...> {
    template <class... Options>
    consteval gauge_spec(std::string_view metric, std::string_view text, Options... options)
        : gauge_spec(run_time, metric, text, options...)
    {}
    template <class... Options>
    constexpr gauge_spec(run_time_t, std::string_view metric, std::string_view text, Options... options)
        : detail::basic_spec<Labels...>(metric, text)
    {
        (this->apply(options), ...);
        this->check_rules(metric_type::gauge);
    }
};
template <class... Options>
gauge_spec(std::string_view, std::string_view, Options...) -> gauge_spec<>;
template <class... Options>
gauge_spec(run_time_t, std::string_view, std::string_view, Options...) -> gauge_spec<>;

/// Declares an up_down_counter: a count of what comes and goes, exposed as a gauge. Options: series_limit,
/// exemption.
template <detail::fixed_string... Labels>
struct up_down_counter_spec : detail::basic_spec<Labels...> {
    template <class... Options>
    consteval up_down_counter_spec(std::string_view metric, std::string_view text, Options... options)
        : up_down_counter_spec(run_time, metric, text, options...)
    {}
    template <class... Options>
    constexpr up_down_counter_spec(run_time_t,
                                   std::string_view metric,
                                   std::string_view text,
                                   Options... options)
        : detail::basic_spec<Labels...>(metric, text)
    {
        (this->apply(options), ...);
        this->check_rules(metric_type::gauge);
    }
};
template <class... Options>
up_down_counter_spec(std::string_view, std::string_view, Options...) -> up_down_counter_spec<>;
template <class... Options>
up_down_counter_spec(run_time_t, std::string_view, std::string_view, Options...) -> up_down_counter_spec<>;

/// Declares an info: what does not change while the program runs, as labels. Options: series_limit, exemption.
///
///     inline constexpr iafmetrics::info_spec<"version", "revision"> shop_build{"shop_build_info", "What runs."};
template <detail::fixed_string... Labels>
struct info_spec : detail::basic_spec<Labels...> {
    template <class... Options>
    consteval info_spec(std::string_view metric, std::string_view text, Options... options)
        : info_spec(run_time, metric, text, options...)
    {}
    template <class... Options>
    constexpr info_spec(run_time_t, std::string_view metric, std::string_view text, Options... options)
        : detail::basic_spec<Labels...>(metric, text)
    {
        (this->apply(options), ...);
        this->check_rules(metric_type::info);
    }
};
template <class... Options>
info_spec(std::string_view, std::string_view, Options...) -> info_spec<>;
template <class... Options>
info_spec(run_time_t, std::string_view, std::string_view, Options...) -> info_spec<>;

/// Declares a histogram. Options: buckets (default_buckets where none are given; bounds known only at run time as a
/// std::vector<double> or std::span), series_limit, exemption.
///
///     inline constexpr iafmetrics::histogram_spec<"method", "path", "status"> api_request_duration{
///         "iaf_api_request_duration_seconds", "REST API request duration.",
///         iafmetrics::buckets{.005, .01, .025}};
template <detail::fixed_string... Labels>
struct histogram_spec : detail::bounds_spec<Labels...> {
    template <class... Options>
    consteval histogram_spec(std::string_view metric, std::string_view text, Options... options)
        : histogram_spec(run_time, metric, text, options...)
    {}
    template <class... Options>
    constexpr histogram_spec(run_time_t, std::string_view metric, std::string_view text, Options... options)
        : detail::bounds_spec<Labels...>(metric, text)
    {
        this->apply(default_buckets);
        (this->apply(options), ...);
        this->check_rules(metric_type::histogram);
    }
};
template <class... Options>
histogram_spec(std::string_view, std::string_view, Options...) -> histogram_spec<>;
template <class... Options>
histogram_spec(run_time_t, std::string_view, std::string_view, Options...) -> histogram_spec<>;

}  // namespace iafmetrics::inline v0
