// SPDX-License-Identifier: Apache-2.0
// give_names: a declaration with utf8_names on its way into a registry.
#pragma once

#include <iafmetrics/detail/escaped_name.hpp>
#include <iafmetrics/detail/exposed_names.hpp>
#include <iafmetrics/detail/shown_family.hpp>
#include <iafmetrics/rules.hpp>

#include <cstddef>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// Schemes whose names are not those of a declaration already; what differs with underscores differs among itself in each.
inline constexpr exposition::escaping_scheme other_schemes[] = {exposition::escaping_scheme::dots,
                                                                exposition::escaping_scheme::values};

/// The name that `options` have, and the labels, become given ones; what they have then needs no quotes.
inline void give_names(family_options& options, std::span<std::string_view const> labels)
{
    constexpr auto underscores = exposition::escaping_scheme::underscores;
    given_names given;
    given.name = options.name;
    if (!is_metric_name(given.name)) {
        options.name.clear();
        append_escaped(options.name, given.name, underscores, true);
    }
    for (std::string_view const label : labels) {
        std::string shown(label);
        if (!is_label_name(label)) {
            shown.clear();
            append_escaped(shown, label, underscores, false);
            given.labels.push_back({shown, std::string(label)});
        }
        options.label_names.push_back(std::move(shown));
    }
    if (options.name != given.name || !given.labels.empty()) options.given = std::move(given);
}

/// That no scheme gives a label the name of another.
inline void check_given_labels(family_options const& options)
{
    for (auto const scheme : other_schemes)
        for (given_names::label const& label : options.given.labels) {
            std::string escaped;
            append_escaped(escaped, label.given, scheme, false);
            for (auto const* const others : {&options.label_names, &options.constant_names})
                for (std::string const& other : *others)
                    if (other == escaped) rule::label_names_must_differ(options.given.name);
        }
}

/// Those that a family takes on a page of any scheme.
inline std::vector<std::string> exposed_names(family_options const& family)
{
    std::vector<std::string> names = exposed_names(family.name, family.type);
    if (family.names() == nullptr || family.name == family.given.name) return names;
    for (auto const scheme : other_schemes) {
        std::string escaped;
        append_escaped(escaped, family.given.name, scheme, true);
        for (std::string& name : exposed_names(escaped, family.type))
            names.push_back(std::move(name));
    }
    return names;
}

}  // namespace iafmetrics::inline v0::detail
