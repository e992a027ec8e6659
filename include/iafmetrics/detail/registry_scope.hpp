// SPDX-License-Identifier: Apache-2.0
// registry_scope: the prefix and the constant labels of a registry and those around it.
#pragma once

#include <iafmetrics/detail/shown_family.hpp>
#include <iafmetrics/detail/utf8.hpp>
#include <iafmetrics/labels.hpp>
#include <iafmetrics/rules.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// The labels' text is made here, once: outer ones first, each level in the order given.
class registry_scope {
public:
    registry_scope() = default;
    registry_scope(registry_scope const& outer,
                   std::string_view prefix,
                   std::vector<std::pair<std::string, std::string>> const& labels)
        : prefix_(outer.prefix_ + std::string(prefix)), names_(outer.names_), text_(outer.text_)
    {
        if (!prefix_.empty() && !is_metric_name(prefix_)) rule::metric_name_must_match_the_grammar(prefix_);
        for (auto const& [name, value] : labels) {
            std::string_view const about =
                prefix_.empty() ? std::string_view(name) : std::string_view(prefix_);
            check_label_name(about, name);
            if (has(name)) rule::label_names_must_differ(about);
            names_.push_back(name);
            append_label(text_, name, repaired_utf8(value));
        }
    }

    [[nodiscard]] std::string const& prefix() const noexcept { return prefix_; }
    [[nodiscard]] std::string const& text() const noexcept { return text_; }

    /// Checks the name as the prefix makes it, and the labels against the constant ones.
    void apply(family_options& options, bool keeps_conventions) const
    {
        if (!prefix_.empty()) {
            check_grammar(options.name, options.help);
            if (keeps_conventions) check_conventions(options.name, options.type);
        }
        for (std::string const& label : options.label_names)
            if (has(label)) rule::label_names_must_differ(options.name);
        if (options.type == metric_type::state_set) {
            check_label_name(options.name, options.state_label);
            bool is_taken = has(options.state_label);
            for (std::string const& label : options.label_names)
                is_taken = is_taken || label == options.state_label;
            if (is_taken) rule::label_names_must_differ(options.name);
        }
        options.constant_names = names_;
        options.constants = text_;
    }

private:
    [[nodiscard]] bool has(std::string_view name) const
    {
        for (auto const& own : names_)
            if (own == name) return true;
        return false;
    }

    std::string prefix_;
    std::vector<std::string> names_;
    std::string text_;
};

}  // namespace iafmetrics::inline v0::detail
