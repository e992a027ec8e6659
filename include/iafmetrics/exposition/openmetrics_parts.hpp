// SPDX-License-Identifier: Apache-2.0
// openmetrics_parts: what the versions of OpenMetrics have in common.
#pragma once

#include <iafmetrics/exposition/line_writer.hpp>
#include <iafmetrics/exposition/number_text.hpp>
#include <iafmetrics/labels.hpp>
#include <iafmetrics/metric_type.hpp>
#include <iafmetrics/visitor.hpp>

#include <concepts>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::exposition {

/// What OpenMetrics calls a type.
[[nodiscard]] constexpr std::string_view openmetrics_type(metric_type type) noexcept
{
    switch (type) {
    case metric_type::counter: return "counter";
    case metric_type::gauge: return "gauge";
    case metric_type::info: return "info";
    case metric_type::state_set: return "stateset";
    case metric_type::histogram: return "histogram";
    case metric_type::summary: return "summary";
    case metric_type::untyped: break;
    }
    return "unknown";
}

/// Of a family that is a state_set for us: for OpenMetrics it is one where the label that tells the states apart, which is the
/// last, has the family's name.
[[nodiscard]] inline metric_type type_of_states(labels_view labels, std::string_view family)
{
    bool is_state_set = false;
    labels.for_each([&](std::string_view name, std::string_view) { is_state_set = name == family; });
    return is_state_set ? metric_type::state_set : metric_type::gauge;
}

/// A bound or quantile: 1.0, not 1.
[[nodiscard]] inline std::string canonical_number(double value)
{
    std::string text(number_text(value).view());
    if (text.find_first_not_of("-0123456789") == std::string::npos) text += ".0";
    return text;
}

/// TYPE, UNIT where there is one, HELP.
template <std::invocable<std::string_view> Sink>
void write_openmetrics_head(line_writer<Sink>& lines,
                            metric_type type,
                            std::string_view name,
                            std::string_view unit,
                            std::string_view help,
                            bool needs_quotes)
{
    lines.begin(name, 3 * name.size() + 2 * help.size() + 96, needs_quotes);
    auto const write = [&](std::string_view key, std::string_view text) {
        lines.append(key);
        lines.append(lines.title());
        lines.append(" ");
        lines.append(text);
        lines.append("\n");
    };
    write("# TYPE ", openmetrics_type(type));
    if (!unit.empty()) write("# UNIT ", unit);
    lines.append("# HELP ");
    lines.append(lines.title());
    lines.append(" ");
    lines.append_escaped(help, true);
    lines.append("\n");
}

/// ` # {trace_id="…"} 0.67 1795000000.5`
inline void append_exemplar(std::string& line, exemplar_view const& exemplar)
{
    line += " # {";
    line += exemplar.labels.text();
    line += "} ";
    line += number_text(exemplar.value).view();
    line += ' ';
    char seconds[longest_number];
    line.append(seconds, write_seconds(seconds, exemplar.timestamp));
}

}  // namespace iafmetrics::inline v0::exposition
