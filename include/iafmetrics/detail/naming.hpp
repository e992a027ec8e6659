// SPDX-License-Identifier: Apache-2.0
// naming: the words that a metric's name is made of, as Prometheus' conventions and promtool know them.
#pragma once

#include <iafmetrics/metric_type.hpp>

#include <string_view>

namespace iafmetrics::inline v0::detail {

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

constexpr bool is_camel_case(std::string_view text) noexcept
{
    for (std::size_t i = 1; i < text.size(); ++i)
        if (text[i - 1] >= 'a' && text[i - 1] <= 'z' && text[i] >= 'A' && text[i] <= 'Z') return true;
    return false;
}

/// True where `accept(word)` is for one of the words between underscores.
template <class Accept>
constexpr bool any_word(std::string_view name, Accept accept)
{
    for (;;) {
        std::size_t const end = name.find('_');
        if (accept(name.substr(0, end))) return true;
        if (end == std::string_view::npos) return false;
        name.remove_prefix(end + 1);
    }
}

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

/// The base unit that a word such as "milliseconds" stands for; empty where the word is one itself, or none.
constexpr std::string_view base_unit_instead_of(std::string_view word) noexcept
{
    for (auto const& [unit, base] : known_units) {
        if (!word.ends_with(unit)) continue;
        for (std::string_view const prefix : unit_prefixes)
            if (word.size() == prefix.size() + unit.size() && word.starts_with(prefix) && word != base)
                return base;
    }
    return {};
}

/// The base unit that a name ends with, the part of a whole among them; empty where it ends with none.
constexpr std::string_view unit_of(std::string_view name) noexcept
{
    std::string_view const word = name.substr(name.rfind('_') + 1);
    if (word.size() == name.size()) return {};
    if (word == "ratio") return word;
    for (auto const& [unit, base] : known_units)
        if (word == base) return word;
    return {};
}

/// What is told by labels has none.
constexpr bool has_unit(metric_type type) noexcept
{
    return type != metric_type::info && type != metric_type::state_set;
}

/// The same of a metric, whose name may say its type behind the unit.
constexpr std::string_view unit_of(std::string_view name, metric_type type) noexcept
{
    if (!has_unit(type)) return {};
    constexpr std::string_view total = "_total";
    if (type == metric_type::counter && name.ends_with(total)) name.remove_suffix(total.size());
    return unit_of(name);
}

/// True where one of `words` stands in the name between underscores or at its end, as in shop_ms or shop_ms_total.
template <std::size_t Count>
constexpr bool has_word_after_first(std::string_view name, std::string_view const (&words)[Count]) noexcept
{
    std::size_t const first = name.find('_');
    if (first == std::string_view::npos) return false;
    return any_word(name.substr(first + 1), [&](std::string_view word) {
        for (std::string_view const one : words)
            if (word == one) return true;
        return false;
    });
}

}  // namespace iafmetrics::inline v0::detail
