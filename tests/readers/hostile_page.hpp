// SPDX-License-Identifier: Apache-2.0
// hostile_page: a registry that is given nasty things, and what a reader must make of its page, no sample more.
#pragma once

#include <iafmetrics/exposition/openmetrics.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/rules.hpp>

#include <doctest/doctest.h>

#include "reading.hpp"

#include <initializer_list>
#include <limits>
#include <map>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// Names that no page can hold, and some that it can.
inline std::vector<std::string> hostile_names()
{
    std::vector<std::string> names{"plain", "a:b", "A_9", "_",  "9a",       "a-b",
                                   "a.b",   "a b", "__a", "le", "quantile", "_total"};
    for (auto const& [given, read] : hostile_texts())
        if (given != "plain") names.push_back(given.substr(0, 100));
    return names;
}

inline bool is_right_metric_name(std::string_view name)
{
    return iafmetrics::detail::is_metric_name(name) && !name.starts_with("__") && name != "_total";
}

inline bool is_right_label_name(std::string_view name)
{
    return iafmetrics::detail::is_label_name(name) && name != "le" && name != "quantile" &&
           !name.starts_with("__");
}

inline std::vector<double> hostile_numbers()
{
    using limits = std::numeric_limits<double>;
    return {0.0,
            -0.0,
            1.0,
            -1.0,
            0.1,
            0.1 + 0.2,
            1e6,
            123456789.0,
            1e21,
            1e-7,
            5e-300,
            4503599627370497.5,
            1.0 / 3,
            limits::max(),
            limits::min(),
            limits::lowest(),
            limits::infinity(),
            -limits::infinity(),
            limits::quiet_NaN()};
}

class hostile_page {
public:
    using labels = std::map<std::string, std::string>;

    iafmetrics::registry r;

    void expect(std::string const& name, labels const& read, double value)
    {
        std::string line = "SAMPLE " + name;
        for (auto const& [label, text] : read)
            line.append(" ").append(hex(label)).append(" ").append(hex(text));
        expected_.insert(line + " " + hex_of(value));
    }

    /// True where `call` passes. Where it throws, its reason names the rule.
    template <class Call>
    static bool is_accepted(Call const& call)
    {
        try {
            call();
            return true;
        } catch (iafmetrics::registration_error const& error) {
            CHECK_FALSE(error.rule().empty());
            return false;
        }
    }

    /// Each sample of the page, those of the registry itself apart, is one that was expected, and the other way
    /// round; and Prometheus' own parser takes the page.
    void check() const
    {
        temporary_file const page(iafmetrics::exposition::text(r));
        check(page, "", expected_);
        {
            temporary_file const other(iafmetrics::exposition::openmetrics(r));
            check(other, " openmetrics", without_what_openmetrics_forbids());
        }
        run("promtool check metrics < " + page.path.string() + " 2>&1; test $? -eq 0 -o $? -eq 3");
    }

private:
    /// No sum that may go back, of a histogram no count either then; no negative quantile.
    [[nodiscard]] std::set<std::string> without_what_openmetrics_forbids() const
    {
        std::set<std::string> allowed = expected_;
        for (std::string const& line : expected_) {
            std::size_t const value = line.rfind(' ') + 1;
            bool const is_nan = line.compare(value, 3, "nan") == 0;
            if (line.compare(value, std::string::npos, "-0x0.0p+0") == 0) {
                allowed.erase(line);  // the reader takes -0 for an integer
                allowed.insert(line.substr(0, value) + "0x0.0p+0");
                continue;
            }
            if (line[value] != '-' && !is_nan) continue;
            std::size_t const sum = line.find("_sum ");
            bool const is_quantile = line.find(" " + hex("quantile") + " ") != std::string::npos;
            if (sum != std::string::npos || (is_quantile && !is_nan)) allowed.erase(line);
            if (sum == std::string::npos) continue;
            std::string const name = line.substr(0, sum);
            std::string const own = line.substr(sum + 4, value - sum - 4);
            if (!has_prefix(name + "_bucket ")) continue;
            std::erase_if(allowed, [&](auto const& other) {
                return other.starts_with(name + "_count" + own) &&
                       other.find(' ', name.size() + 6 + own.size()) == std::string::npos;
            });
        }
        return allowed;
    }
    [[nodiscard]] bool has_prefix(std::string const& prefix) const
    {
        auto const at = expected_.lower_bound(prefix);
        return at != expected_.end() && at->starts_with(prefix);
    }

    static void
    check(temporary_file const& page, std::string const& format, std::set<std::string> const& expected)
    {
        std::set<std::string> seen;
        for (std::string const& line :
             lines_of(run("/usr/bin/python3 " READER " " + page.path.string() + format + " 2>&1")))
            if (line.starts_with("SAMPLE ") && !line.starts_with("SAMPLE iafmetrics_")) seen.insert(line);
        REQUIRE_FALSE(expected.empty());
        for (std::string const& line : expected)
            CHECK_MESSAGE(seen.contains(line), "missing", format, ": ", line.substr(0, 300));
        for (std::string const& line : seen)
            CHECK_MESSAGE(expected.contains(line), "not expected", format, ": ", line.substr(0, 300));
    }

    std::set<std::string> expected_;
};
