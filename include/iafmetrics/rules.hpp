// SPDX-License-Identifier: Apache-2.0
// rules: what a name, a label and a bucket list must be, checked by the compiler or, at run time, with the
// same words.
//
// Each rule is one function that is not constexpr. A constant evaluation that breaks a rule therefore does
// not compile, and the error names the function: "call to non-constexpr function
// counter_name_must_end_in_total". At run time the same call throws registration_error with the rule as a
// sentence. What types alone decide is a concept, whose name stands in the error in the same way.
#pragma once

#include <iafmetrics/detail/escaped_name.hpp>
#include <iafmetrics/detail/naming.hpp>
#include <iafmetrics/detail/utf8.hpp>
#include <iafmetrics/metric_type.hpp>
#include <iafmetrics/registration_error.hpp>

#include <string_view>

namespace iafmetrics::inline v0::rule {

[[noreturn]] inline void metric_name_must_match_the_grammar(std::string_view metric)
{
    detail::refuse(metric, "a metric name must match [a-zA-Z_:][a-zA-Z0-9_:]*");
}
[[noreturn]] inline void metric_name_must_be_utf8(std::string_view metric)
{
    detail::refuse(metric, "a metric name must be valid UTF-8 and not empty");
}
[[noreturn]] inline void metric_name_must_not_be_reserved(std::string_view metric)
{
    detail::refuse(metric, "a metric name must not begin with __ (Prometheus keeps it for itself)");
}
[[noreturn]] inline void metric_name_must_not_be_total_alone(std::string_view metric)
{
    detail::refuse(metric, "a metric needs a name before _total (readers take the suffix away)");
}
[[noreturn]] inline void help_must_not_be_empty(std::string_view metric)
{
    detail::refuse(metric, "a metric needs a help text");
}
[[noreturn]] inline void counter_name_must_end_in_total(std::string_view metric)
{
    detail::refuse(metric, "a counter's name must end in _total");
}
[[noreturn]] inline void only_a_counter_name_may_end_in_total(std::string_view metric)
{
    detail::refuse(metric, "only a counter's name may end in _total");
}
[[noreturn]] inline void name_must_not_end_in_a_histogram_suffix(std::string_view metric)
{
    detail::refuse(metric, "a name must not end in _bucket, _sum or _count: histograms expose those");
}
[[noreturn]] inline void name_must_use_base_units(std::string_view metric)
{
    detail::refuse(metric,
                   "a name must use base units: seconds, bytes, ratio, not milliseconds or kilobytes");
}
[[noreturn]] inline void name_must_not_abbreviate_its_unit(std::string_view metric)
{
    detail::refuse(metric, "a name must write its unit out: seconds, bytes, not s, ms or kb");
}
[[noreturn]] inline void name_must_not_say_its_type(std::string_view metric)
{
    detail::refuse(metric, "a name must not say counter, gauge, summary or histogram");
}
[[noreturn]] inline void name_must_not_contain_a_colon(std::string_view metric)
{
    detail::refuse(metric, "a name must not contain a colon: those are for recording rules");
}
[[noreturn]] inline void name_must_be_snake_case(std::string_view metric)
{
    detail::refuse(metric, "a metric or label name must be snake_case, not camelCase");
}
[[noreturn]] inline void info_name_must_end_in_info(std::string_view metric)
{
    detail::refuse(metric, "an info's name must end in _info");
}
[[noreturn]] inline void only_an_info_name_may_end_in_info(std::string_view metric)
{
    detail::refuse(metric, "only an info's name may end in _info");
}
[[noreturn]] inline void name_must_not_end_in_created(std::string_view metric)
{
    detail::refuse(metric,
                   "a name must not end in _created: counters and histograms expose that in OpenMetrics");
}
[[noreturn]] inline void label_name_must_match_the_grammar(std::string_view metric)
{
    detail::refuse(metric, "a label name must match [a-zA-Z_][a-zA-Z0-9_]*");
}
[[noreturn]] inline void label_name_must_be_utf8(std::string_view metric)
{
    detail::refuse(metric, "a label name must be valid UTF-8 and not empty");
}
[[noreturn]] inline void label_name_must_not_be_reserved(std::string_view metric)
{
    detail::refuse(metric, "a label must not be named le or quantile or begin with __");
}
[[noreturn]] inline void label_names_must_differ(std::string_view metric)
{
    detail::refuse(metric, "a label name may appear only once");
}
[[noreturn]] inline void bucket_bounds_must_be_finite_and_strictly_ascending(std::string_view metric)
{
    detail::refuse(metric, "bucket bounds must be finite and strictly ascending");
}
[[noreturn]] inline void bucket_bounds_must_not_be_too_many(std::string_view metric)
{
    detail::refuse(metric, "a histogram has at most 64 bucket bounds");
}
[[noreturn]] inline void bucket_bounds_must_not_be_missing(std::string_view metric)
{
    detail::refuse(metric, "a histogram has at least one bucket bound below +Inf");
}
[[noreturn]] inline void state_set_must_have_1_to_64_states(std::string_view metric)
{
    detail::refuse(metric, "a state set has at least 1 and at most 64 states");
}
[[noreturn]] inline void state_names_must_differ_and_not_be_empty(std::string_view metric)
{
    detail::refuse(metric, "the names of states must differ and not be empty");
}
[[noreturn]] inline void state_names_must_be_utf8(std::string_view metric)
{
    detail::refuse(metric, "the names of states must be valid UTF-8");
}
[[noreturn]] inline void series_limit_must_not_be_zero(std::string_view metric)
{
    detail::refuse(metric, "a series limit must be at least 1");
}
[[noreturn]] inline void exemption_must_carry_its_reason(std::string_view metric)
{
    detail::refuse(metric, "an exemption from a naming rule must say why");
}

/// with(), find(), create() and claim() take as many values as there are labels, in the order of declaration.
template <class Family, class... Values>
concept one_value_per_label = sizeof...(Values) == Family::label_names.size();

/// curry() takes as many values as there are labels, or fewer.
template <class Family, class... Values>
concept no_more_values_than_labels = sizeof...(Values) <= Family::label_names.size();

}  // namespace iafmetrics::inline v0::rule

namespace iafmetrics::inline v0::detail {

constexpr bool ends_in_histogram_suffix(std::string_view name) noexcept
{
    return name.ends_with("_bucket") || name.ends_with("_sum") || name.ends_with("_count");
}

/// True for a unit word that has a base unit of its own. promtool does not mind percents, Prometheus' guide does.
constexpr bool uses_derived_unit(std::string_view name) noexcept
{
    return any_word(name, [](std::string_view word) {
        return !base_unit_instead_of(word).empty() || word == "percent" || word == "percentage";
    });
}

/// Grammar: nothing is exempt from it, for the page would be unreadable.
constexpr void check_grammar(std::string_view name, std::string_view help)
{
    if (!is_metric_name(name)) rule::metric_name_must_match_the_grammar(name);
    if (name.starts_with("__")) rule::metric_name_must_not_be_reserved(name);
    if (name == "_total") rule::metric_name_must_not_be_total_alone(name);
    if (help.empty()) rule::help_must_not_be_empty(name);
}

constexpr void check_label_name(std::string_view metric, std::string_view label)
{
    if (!is_label_name(label)) rule::label_name_must_match_the_grammar(metric);
    if (label == "le" || label == "quantile" || label.starts_with("__"))
        rule::label_name_must_not_be_reserved(metric);
}

/// The grammar of a declaration with utf8_names: what is left of the name with underscores is a classic one.
constexpr void check_utf8_grammar(std::string_view name, std::string_view help)
{
    if (name.empty() || !is_valid_utf8(name)) rule::metric_name_must_be_utf8(name);
    if (is_reserved_underscored(name)) rule::metric_name_must_not_be_reserved(name);
    if (name == "_total") rule::metric_name_must_not_be_total_alone(name);
    if (help.empty()) rule::help_must_not_be_empty(name);
}

constexpr void check_utf8_label_name(std::string_view metric, std::string_view label)
{
    if (label.empty() || !is_valid_utf8(label)) rule::label_name_must_be_utf8(metric);
    if (label == "le" || label == "quantile" || is_reserved_underscored(label))
        rule::label_name_must_not_be_reserved(metric);
}

/// Conventions: suffixes, units, spelling. An exemption lifts them.
constexpr void check_conventions(std::string_view name, metric_type type)
{
    if (type == metric_type::counter && !name.ends_with("_total")) rule::counter_name_must_end_in_total(name);
    if (type != metric_type::counter && name.ends_with("_total"))
        rule::only_a_counter_name_may_end_in_total(name);
    if (type == metric_type::info && !name.ends_with("_info")) rule::info_name_must_end_in_info(name);
    if (type != metric_type::info && name.ends_with("_info")) rule::only_an_info_name_may_end_in_info(name);
    if (name.ends_with("_created")) rule::name_must_not_end_in_created(name);
    if (ends_in_histogram_suffix(name)) rule::name_must_not_end_in_a_histogram_suffix(name);
    if (uses_derived_unit(name)) rule::name_must_use_base_units(name);
    if (has_word_after_first(name, unit_abbreviations)) rule::name_must_not_abbreviate_its_unit(name);
    if (has_word_after_first(name, type_words)) rule::name_must_not_say_its_type(name);
    if (name.find(':') != std::string_view::npos) rule::name_must_not_contain_a_colon(name);
    if (is_camel_case(name)) rule::name_must_be_snake_case(name);
}

}  // namespace iafmetrics::inline v0::detail
