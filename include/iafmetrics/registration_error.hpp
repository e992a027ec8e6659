// SPDX-License-Identifier: Apache-2.0
// registration_error: a metric that may not be declared so, or clashes with one that is there already.
#pragma once

#include <stdexcept>
#include <string>
#include <string_view>

namespace iafmetrics {

/// Thrown while a program sets itself up; never by an observation.
///
///     metric "iaf_sessions": a counter's name must end in _total
///
/// what() names the metric and the rule.
class registration_error : public std::invalid_argument {
public:
    registration_error(std::string_view metric, std::string_view rule)
        : std::invalid_argument("metric \"" + std::string(metric) + "\": " + std::string(rule))
    {}
};

}  // namespace iafmetrics
