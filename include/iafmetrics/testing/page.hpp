// SPDX-License-Identifier: Apache-2.0
// page: a registry's page, or one that a server answered, taken apart for a test.
#pragma once

#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/rules.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::testing {

/// Thrown for a text that is no page. what() says the line and the reason.
///
///     line 3: a label's value has no closing quote: jobs_total{kind="a} 1
class unreadable_page : public std::invalid_argument {
public:
    unreadable_page(std::size_t line, std::string_view reason, std::string_view text)
        : std::invalid_argument("line " + std::to_string(line) + ": " + std::string(reason) + ": " +
                                std::string(text))
    {}
};

/// One line of values. `name` is the line's own: `wait_seconds_count`, not `wait_seconds`.
struct sample {
    std::string name;
    std::vector<std::pair<std::string, std::string>> labels;  // in the order of the page, values unescaped
    double value;

    /// `name{a="1",b="2"}`, the labels in the order of their names: equal for equal series.
    [[nodiscard]] std::string series() const
    {
        auto sorted = labels;
        std::sort(sorted.begin(), sorted.end());
        std::string text;
        for (auto const& [label, value_of] : sorted)
            detail::append_label(text, label, value_of);
        return text.empty() ? name : name + "{" + text + "}";
    }
};

/// A metric with its lines.
struct sample_family {
    std::string name;
    std::optional<std::string> help;  // as written: escaped
    std::optional<std::string> type;  // "counter", "gauge", "histogram", "summary" or "untyped"
    std::vector<sample> samples;
};

/// A page in the text format 0.0.4, taken apart. A registry and a text convert to it, so that every function
/// in this folder takes either:
///
///     testing::value(registry, "shop_orders_total");
///     testing::value(answer.body(), "shop_orders_total");
///
/// It takes what Prometheus' own parser takes, and that the last line lacks its line feed; it refuses a second line of a
/// series and types in capitals besides. Lines may be indented; blank lines and comments are skipped.
///
/// Errors: unreadable_page.
class page {
public:
    // NOLINTBEGIN(google-explicit-constructor): what can be looked at is a page
    page(registry const& shown) : page(exposition::text(shown)) {}
    page(std::convertible_to<std::string_view> auto const& text) { parse(text); }
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] std::vector<sample_family> const& families() const& noexcept { return families_; }
    /// By value: `for (auto const& family : testing::page(registry).families())` is good in C++20 too.
    [[nodiscard]] std::vector<sample_family> families() && noexcept { return std::move(families_); }

    [[nodiscard]] sample_family const* find(std::string_view name) const noexcept
    {
        auto const at = std::ranges::find(families_, name, &sample_family::name);
        return at == families_.end() ? nullptr : &*at;
    }

    /// A number as a page writes it: what Prometheus' parser takes for one.
    [[nodiscard]] static std::optional<double> number(std::string_view text) noexcept
    {
        bool const is_negative = text.starts_with('-');
        bool const is_signed = is_negative || text.starts_with('+');
        if (is_signed) text.remove_prefix(1);
        bool const is_nan = text.starts_with('n') || text.starts_with('N');
        if (text.starts_with('-') || (is_nan && (is_signed || text.size() != 3))) return std::nullopt;
        auto const value = read_whole<double>(text);
        return value && is_negative ? -*value : value;
    }

private:
    /// What is left of the line being read.
    struct cursor {
        std::string_view rest;
        std::size_t number;
        std::string_view line;

        [[noreturn]] void fail(std::string_view reason) const { throw unreadable_page(number, reason, line); }
        void skip_blanks() noexcept
        {
            rest.remove_prefix(std::min(rest.find_first_not_of(" \t"), rest.size()));
        }
        bool skip(char c) noexcept
        {
            skip_blanks();
            if (!rest.starts_with(c)) return false;
            rest.remove_prefix(1);
            return true;
        }
        std::string_view until(std::string_view stops) noexcept
        {
            skip_blanks();
            std::string_view const word = rest.substr(0, rest.find_first_of(stops));
            rest.remove_prefix(word.size());
            return word;
        }
    };

    template <class Number>
    [[nodiscard]] static std::optional<Number> read_whole(std::string_view text) noexcept
    {
        Number value{};
        auto const [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
        if (error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
        return value;
    }

    void parse(std::string_view text)
    {
        for (std::size_t number = 1; !text.empty(); ++number) {
            std::string_view const line = text.substr(0, text.find('\n'));
            text.remove_prefix(std::min(line.size() + 1, text.size()));
            cursor at{line, number, line};
            at.skip_blanks();
            if (at.rest.empty()) continue;
            if (at.skip('#'))
                parse_comment(at);
            else
                parse_sample(at);
        }
    }

    void parse_comment(cursor at)
    {
        std::string_view const word = at.until(" \t");
        if (word != "HELP" && word != "TYPE") return;
        std::string_view const name = at.until(" \t");
        if (!detail::is_metric_name(name)) at.fail("not a metric name");
        auto& family = family_of(name);
        auto& field = word == "HELP" ? family.help : family.type;
        if (field) at.fail("this metric has a " + std::string(word) + " already");
        if (word == "TYPE" && !family.samples.empty()) at.fail("TYPE comes before the first sample");
        at.skip_blanks();
        field = std::string(at.rest);
        if (word == "HELP") {
            while (!at.rest.empty())
                (void)unescaped(at, "\\n");
        } else if (std::ranges::find(types, *field) == types.end()) {
            at.fail("not a type: those are counter, gauge, histogram, summary and untyped");
        }
    }

    static constexpr std::array<std::string_view, 5> types{"counter", "gauge", "histogram", "summary",
                                                           "untyped"};

    void parse_sample(cursor at)
    {
        sample read;
        read.name = at.until("{ \t");
        if (!detail::is_metric_name(read.name)) at.fail("not a metric name");
        if (at.skip('{')) parse_labels(at, read);
        read.value = number_of(at, at.until(" \t"));
        if (!at.rest.empty() && !read_whole<std::int64_t>(at.until(" \t")))
            at.fail("a time stamp is a whole number of milliseconds");
        if (!at.rest.empty()) at.fail("more than a value and a time stamp");
        if (!series_.insert(read.series()).second) at.fail("a second line of this series");
        sample_family& family = family_of(owner_of(read.name));
        std::string_view const bound = family.type == "histogram" ? "le"
                                       : family.type == "summary" ? "quantile"
                                                                  : "";
        for (auto const& [label, value] : read.labels)
            if (label == bound && !number(value)) at.fail("not a number: the value of " + label);
        family.samples.push_back(std::move(read));
    }

    static void parse_labels(cursor& at, sample& read)
    {
        while (!at.skip('}')) {
            std::string const label(at.until("= \t"));
            if (!detail::is_label_name(label) || label == "__name__") at.fail("not a label name");
            if (!at.skip('=') || !at.skip('"')) at.fail("a label's value is a text in quotes");
            std::string value;
            while (!at.rest.starts_with('"')) {
                if (at.rest.empty()) at.fail("a label's value has no closing quote");
                value += unescaped(at, "\\n\"");
            }
            at.rest.remove_prefix(1);
            for (auto const& other : read.labels)
                if (other.first == label) at.fail("a label is there twice");
            read.labels.emplace_back(label, std::move(value));
            if (!at.skip(',') && !(at.skip_blanks(), at.rest.starts_with('}')))
                at.fail("labels are separated by commas and end with }");
        }
    }

    /// The next letter. A backslash is followed by one of `escapes`.
    static char unescaped(cursor& at, std::string_view escapes)
    {
        char letter = at.rest.front();
        if (letter == '\\') {
            at.rest.remove_prefix(1);
            if (at.rest.empty() || escapes.find(at.rest.front()) == std::string_view::npos)
                at.fail("a backslash is followed by what it escapes");
            letter = at.rest.front() == 'n' ? '\n' : at.rest.front();
        }
        at.rest.remove_prefix(1);
        return letter;
    }

    static double number_of(cursor const& at, std::string_view text)
    {
        if (auto const read = number(text)) return *read;
        at.fail("not a number");
    }

    /// The metric that a line belongs to: that of `wait_seconds_sum` is the histogram `wait_seconds`.
    [[nodiscard]] std::string_view owner_of(std::string_view line_name) const noexcept
    {
        for (std::string_view const suffix : {"_bucket", "_sum", "_count"}) {
            if (!line_name.ends_with(suffix)) continue;
            std::string_view const name = line_name.substr(0, line_name.size() - suffix.size());
            sample_family const* const owner = find(name);
            bool const is_of_summary = owner != nullptr && owner->type == "summary" && suffix != "_bucket";
            if (is_of_summary || (owner != nullptr && owner->type == "histogram")) return name;
        }
        return line_name;
    }

    sample_family& family_of(std::string_view name)
    {
        auto const at = std::ranges::find(families_, name, &sample_family::name);
        if (at != families_.end()) return *at;
        return families_.emplace_back(sample_family{std::string(name), {}, {}, {}});
    }

    std::vector<sample_family> families_;
    std::set<std::string> series_;  // of all lines
};

}  // namespace iafmetrics::inline v0::testing
