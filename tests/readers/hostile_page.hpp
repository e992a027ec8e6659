// SPDX-License-Identifier: Apache-2.0
// hostile_page: a registry that is given nasty things, and what a reader must make of its page, no sample more.
#pragma once

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
        std::set<std::string> seen;
        for (std::string const& line : lines_of(run("/usr/bin/python3 " READER " " + page.path.string())))
            if (line.starts_with("SAMPLE ") && !line.starts_with("SAMPLE iafmetrics_")) seen.insert(line);
        REQUIRE_FALSE(expected_.empty());
        for (std::string const& line : expected_)
            CHECK_MESSAGE(seen.contains(line), "missing: ", line.substr(0, 300));
        for (std::string const& line : seen)
            CHECK_MESSAGE(expected_.contains(line), "not expected: ", line.substr(0, 300));
        run("promtool check metrics < " + page.path.string() + " 2>&1; test $? -eq 0 -o $? -eq 3");
    }

private:
    std::set<std::string> expected_;
};
