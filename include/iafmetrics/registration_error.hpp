// SPDX-License-Identifier: Apache-2.0
// registration_error: a metric that may not be declared so, or clashes with one that is there already.
#pragma once

#include <iafmetrics/config.hpp>

#include <cstddef>
#include <source_location>
#include <stdexcept>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0 {

/// Thrown while a program sets itself up; never by an observation.
///
///     metric "iaf_sessions": a counter's name must end in _total
///
/// what() names the metric and the rule, metric() and rule() each alone.
class registration_error : public std::invalid_argument {
public:
    registration_error(std::string_view metric, std::string_view rule)
        : std::invalid_argument(std::string(before_metric) + without_nul(metric) + std::string(before_rule) +
                                without_nul(rule)),
          metric_length_(metric.size())
    {}

    [[nodiscard]] std::string_view metric() const noexcept
    {
        return std::string_view(what()).substr(before_metric.size(), metric_length_);
    }
    [[nodiscard]] std::string_view rule() const noexcept
    {
        return std::string_view(what()).substr(before_metric.size() + metric_length_ + before_rule.size());
    }

private:
    static constexpr std::string_view before_metric = "metric \"";
    static constexpr std::string_view before_rule = "\": ";

    /// what() ends at the first NUL, and a refused name may hold one.
    static std::string without_nul(std::string_view text)
    {
        std::string out(text);
        for (char& c : out)
            if (c == '\0') c = '?';
        return out;
    }

    std::size_t metric_length_;
};

namespace detail {

inline std::string text_of(std::source_location where)
{
    return std::string(where.file_name()) + ":" + std::to_string(where.line());
}

#if IAFMETRICS_EXCEPTIONS
[[noreturn]] inline void refuse(std::string_view metric, std::string_view rule)
{
    throw registration_error(metric, rule);
}
#else
/// Declared for the compiler, which names the rule that a constant breaks. A unit without exceptions that declares at
/// run time does not link.
[[noreturn]] void refuse(std::string_view metric, std::string_view rule);
#endif

}  // namespace detail

}  // namespace iafmetrics::inline v0
