// SPDX-License-Identifier: Apache-2.0
// lint: what `promtool check metrics` says about a page, without promtool.
#pragma once

#include <iafmetrics/detail/naming.hpp>
#include <iafmetrics/testing/difference.hpp>
#include <iafmetrics/testing/page.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::detail {

/// The remarks on one metric, in promtool's words.
class lint_of_family {
public:
    explicit lint_of_family(testing::sample_family const& family) : family_(family), name_(family.name)
    {
        if (!family.help || family.help->empty()) remark("no help text");
        check_unit();
        check_suffixes();
        for (testing::sample const& one : family.samples)
            for (auto const& [label, value] : one.labels)
                check_label(one, label);
        check_words();
    }

    std::set<std::string> remarks;

private:
    void remark(std::string_view text) { remarks.insert(name_ + " " + std::string(text)); }
    [[nodiscard]] bool is(std::string_view type) const { return family_.type == type; }
    [[nodiscard]] bool is_untyped() const { return !family_.type || is("untyped"); }

    void check_unit()
    {
        any_word(name_, [&](std::string_view word) {
            std::string_view const base = base_unit_instead_of(word);
            if (!base.empty())
                remark("use base unit \"" + std::string(base) + "\" instead of \"" + std::string(word) +
                       "\"");
            return false;
        });
    }

    void check_suffixes()
    {
        if (is_untyped()) return;
        bool const is_total = name_.ends_with("_total");
        if (is("counter") && !is_total) remark("counter metrics should have \"_total\" suffix");
        if (!is("counter") && is_total) remark("non-counter metrics should not have \"_total\" suffix");
        if (!is("histogram") && name_.ends_with("_bucket"))
            remark("non-histogram metrics should not have \"_bucket\" suffix");
        for (char const* suffix : {"_count", "_sum"})
            if (!is("histogram") && !is("summary") && name_.ends_with(suffix))
                remark(std::string("non-histogram and non-summary metrics should not have \"") + suffix +
                       "\" suffix");
    }

    void check_label(testing::sample const& one, std::string const& label)
    {
        bool const is_bound = label == "le" && is("histogram") && one.name.ends_with("_bucket");
        bool const is_quantile = label == "quantile" && is("summary") && one.name == name_;
        if (!is_untyped() && label == "le" && !is_bound)
            remark("non-histogram metrics should not have \"le\" label");
        if (!is_untyped() && label == "quantile" && !is_quantile)
            remark("non-summary metrics should not have \"quantile\" label");
        if (is_camel_case(label)) remark("label names should be written in 'snake_case' not 'camelCase'");
    }

    void check_words()
    {
        std::string lower = name_;
        for (char& c : lower)
            if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
        for (std::string_view const word : type_words)
            if (has_word_after_first(lower, {word}))
                remark("metric name should not include type '" + std::string(word) + "'");
        if (has_word_after_first(lower, unit_abbreviations))
            remark("metric names should not contain abbreviated units");
        if (name_.find(':') != std::string::npos) remark("metric names should not contain ':'");
        if (is_camel_case(name_)) remark("metric names should be written in 'snake_case' not 'camelCase'");
    }

    testing::sample_family const& family_;
    std::string name_;
};

}  // namespace iafmetrics::inline v0::detail

namespace iafmetrics::inline v0::testing {

/// What is unusual about a page's names, labels and help texts, a line for each remark, empty where nothing:
/// the rules and the words of `promtool check metrics`.
///
///     CHECK(testing::lint(registry) == "");
///     CHECK(testing::lint(registry, {"legacy_ms"}) == "");   // this one stays as it is
///
/// Errors: unreadable_page.
[[nodiscard]] inline std::string lint(page const& shown, names except = {})
{
    std::set<std::string> remarks;
    for (sample_family const& family : shown.families())
        if (std::ranges::find(except, std::string_view(family.name)) == except.end())
            remarks.merge(detail::lint_of_family(family).remarks);
    std::string text;
    for (std::string const& remark : remarks)
        text += remark + "\n";
    return text;
}

}  // namespace iafmetrics::inline v0::testing
