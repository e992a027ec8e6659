// SPDX-License-Identifier: Apache-2.0
// lint: what `promtool check metrics` says about a page, without promtool.
#pragma once

#include <iafmetrics/testing/difference.hpp>
#include <iafmetrics/testing/page.hpp>

#include <algorithm>
#include <array>
#include <initializer_list>
#include <set>
#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics::detail {

struct unit_base {
    std::string_view unit;
    std::string_view base;
};

/// Units that promtool knows, with the one that a name shall use.
inline constexpr unit_base known_units[] = {
    {"amperes", "amperes"}, {"bytes", "bytes"},     {"celsius", "celsius"}, {"grams", "grams"},
    {"joules", "joules"},   {"kelvin", "kelvin"},   {"meters", "meters"},   {"metres", "metres"},
    {"seconds", "seconds"}, {"volts", "volts"},     {"minutes", "seconds"}, {"hours", "seconds"},
    {"days", "seconds"},    {"weeks", "seconds"},   {"kelvins", "kelvin"},  {"fahrenheit", "celsius"},
    {"rankine", "celsius"}, {"inches", "meters"},   {"yards", "meters"},    {"miles", "meters"},
    {"bits", "bytes"},      {"calories", "joules"}, {"pounds", "grams"},    {"ounces", "grams"},
};
inline constexpr std::string_view unit_prefixes[] = {
    "",     "pico", "nano", "micro", "milli", "centi", "deci", "deca", "hecto", "kilo",
    "kibi", "mega", "mibi", "giga",  "gibi",  "tera",  "tebi", "peta", "pebi"};
inline constexpr std::string_view unit_abbreviations[] = {"s",  "ms", "us", "ns", "sec", "b", "kb",
                                                          "mb", "gb", "tb", "pb", "m",   "h", "d"};
inline constexpr std::string_view type_words[] = {"counter", "gauge", "summary", "histogram"};

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

    /// Calls `visit` for each of the words between underscores.
    template <class Visit>
    static void for_each_word(std::string_view text, Visit visit)
    {
        while (!text.empty()) {
            std::string_view const word = text.substr(0, text.find('_'));
            visit(word);
            text.remove_prefix(std::min(word.size() + 1, text.size()));
        }
    }

    void check_unit()
    {
        for_each_word(name_, [&](std::string_view word) {
            for (auto const& [unit, base] : known_units)
                for (std::string_view const prefix : unit_prefixes)
                    if (word.size() == prefix.size() + unit.size() && word.starts_with(prefix) &&
                        word.ends_with(unit) && word != base)
                        remark("use base unit \"" + std::string(base) + "\" instead of \"" +
                               std::string(word) + "\"");
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
        auto const has = [&](std::string_view word) {
            std::string const within = "_" + std::string(word) + "_";
            return (lower + "_").find(within) != std::string::npos;
        };
        for (std::string_view const word : type_words)
            if (has(word)) remark("metric name should not include type '" + std::string(word) + "'");
        for (std::string_view const word : unit_abbreviations)
            if (has(word)) remark("metric names should not contain abbreviated units");
        if (name_.find(':') != std::string::npos) remark("metric names should not contain ':'");
        if (is_camel_case(name_)) remark("metric names should be written in 'snake_case' not 'camelCase'");
    }

    static bool is_camel_case(std::string_view text)
    {
        for (std::size_t i = 1; i < text.size(); ++i)
            if (text[i - 1] >= 'a' && text[i - 1] <= 'z' && text[i] >= 'A' && text[i] <= 'Z') return true;
        return false;
    }

    testing::sample_family const& family_;
    std::string name_;
};

}  // namespace iafmetrics::detail

namespace iafmetrics::testing {

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

}  // namespace iafmetrics::testing
