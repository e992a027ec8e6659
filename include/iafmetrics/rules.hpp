// SPDX-License-Identifier: Apache-2.0
// rules: what a name, a label and a bucket list must be, checked by the compiler or, at run time, with the
// same words.
//
// Each rule is one function that is not constexpr. A constant evaluation that breaks a rule therefore does
// not compile, and the error names the function: "call to non-constexpr function
// counter_name_must_end_in_total". At run time the same call throws registration_error with the rule as a
// sentence.
#pragma once

#include <iafmetrics/registration_error.hpp>

#include <cstddef>
#include <string_view>

namespace iafmetrics::rule {

[[noreturn]] inline void metric_name_must_match_the_grammar(std::string_view metric)
{
    throw registration_error(metric, "a metric name must match [a-zA-Z_:][a-zA-Z0-9_:]*");
}
[[noreturn]] inline void metric_name_must_not_be_reserved(std::string_view metric)
{
    throw registration_error(metric, "a metric name must not begin with __ (Prometheus keeps it for itself)");
}
[[noreturn]] inline void help_must_not_be_empty(std::string_view metric)
{
    throw registration_error(metric, "a metric needs a help text");
}
[[noreturn]] inline void counter_name_must_end_in_total(std::string_view metric)
{
    throw registration_error(metric, "a counter's name must end in _total");
}
[[noreturn]] inline void only_a_counter_name_may_end_in_total(std::string_view metric)
{
    throw registration_error(metric, "only a counter's name may end in _total");
}
[[noreturn]] inline void name_must_not_end_in_a_histogram_suffix(std::string_view metric)
{
    throw registration_error(metric,
                             "a name must not end in _bucket, _sum or _count: histograms expose those");
}
[[noreturn]] inline void name_must_use_base_units(std::string_view metric)
{
    throw registration_error(
        metric, "a name must use base units: seconds, bytes, ratio, not milliseconds or kilobytes");
}
[[noreturn]] inline void label_name_must_match_the_grammar(std::string_view metric)
{
    throw registration_error(metric, "a label name must match [a-zA-Z_][a-zA-Z0-9_]*");
}
[[noreturn]] inline void label_name_must_not_be_reserved(std::string_view metric)
{
    throw registration_error(metric, "a label must not be named le or quantile or begin with __");
}
[[noreturn]] inline void label_names_must_differ(std::string_view metric)
{
    throw registration_error(metric, "a label name may appear only once");
}
[[noreturn]] inline void bucket_bounds_must_be_finite_and_strictly_ascending(std::string_view metric)
{
    throw registration_error(metric, "bucket bounds must be finite and strictly ascending");
}
[[noreturn]] inline void bucket_bounds_must_not_be_too_many(std::string_view metric)
{
    throw registration_error(metric, "a histogram has at least 1 and at most 64 bucket bounds");
}
[[noreturn]] inline void series_limit_must_not_be_zero(std::string_view metric)
{
    throw registration_error(metric, "a series limit must be at least 1");
}
[[noreturn]] inline void exemption_must_carry_its_reason(std::string_view metric)
{
    throw registration_error(metric, "an exemption from a naming rule must say why");
}

}  // namespace iafmetrics::rule

namespace iafmetrics::detail {

constexpr bool is_letter(char c) noexcept
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}
constexpr bool is_digit(char c) noexcept { return c >= '0' && c <= '9'; }

constexpr bool is_label_name(std::string_view text) noexcept
{
    if (text.empty() || is_digit(text.front())) return false;
    for (char const c : text)
        if (!is_letter(c) && !is_digit(c)) return false;
    return true;
}

constexpr bool is_metric_name(std::string_view text) noexcept
{
    if (text.empty() || is_digit(text.front())) return false;
    for (char const c : text)
        if (!is_letter(c) && !is_digit(c) && c != ':') return false;
    return true;
}

constexpr bool ends_in_histogram_suffix(std::string_view name) noexcept
{
    return name.ends_with("_bucket") || name.ends_with("_sum") || name.ends_with("_count");
}

/// True for a unit word that has a base unit of its own: promtool's list, as whole words between underscores.
constexpr bool uses_derived_unit(std::string_view name) noexcept
{
    constexpr std::string_view derived[] = {
        "milliseconds", "microseconds", "nanoseconds", "minutes",    "hours",      "days",
        "weeks",        "kilobytes",    "megabytes",   "gigabytes",  "kibibytes",  "mebibytes",
        "gibibytes",    "bits",         "percent",     "percentage", "fahrenheit", "ms"};
    while (!name.empty()) {
        std::size_t const end = name.find('_');
        std::string_view const word = name.substr(0, end);
        for (std::string_view const unit : derived)
            if (word == unit) return true;
        name = end == std::string_view::npos ? std::string_view{} : name.substr(end + 1);
    }
    return false;
}

/// Grammar: nothing is exempt from it, for the page would be unreadable.
constexpr void check_grammar(std::string_view name, std::string_view help)
{
    if (!is_metric_name(name)) rule::metric_name_must_match_the_grammar(name);
    if (name.starts_with("__")) rule::metric_name_must_not_be_reserved(name);
    if (help.empty()) rule::help_must_not_be_empty(name);
}

constexpr void check_label_name(std::string_view metric, std::string_view label)
{
    if (!is_label_name(label)) rule::label_name_must_match_the_grammar(metric);
    if (label == "le" || label == "quantile" || label.starts_with("__"))
        rule::label_name_must_not_be_reserved(metric);
}

}  // namespace iafmetrics::detail
