// SPDX-License-Identifier: Apache-2.0
// What a first scrape shows at 0, compared with a checked-in list: alerts and records rely on each line of it.
#pragma once

#include <fstream>
#include <initializer_list>
#include <sstream>
#include <string>
#include <string_view>

namespace test {

/// The series of a page that are 0, a line each, in the order of the page. A histogram stands as its _count.
/// With prefixes, of the metrics that begin with one of them.
inline std::string series_at_zero(std::string const& page,
                                  std::initializer_list<std::string_view> prefixes = {""})
{
    std::string series;
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);) {
        std::string const name = line.substr(0, line.find_first_of("{ "));
        bool is_asked_for = false;
        for (std::string_view const prefix : prefixes)
            is_asked_for = is_asked_for || name.starts_with(prefix);
        if (line.starts_with('#') || !is_asked_for || !line.ends_with(" 0")) continue;
        if (name.ends_with("_bucket") || name.ends_with("_sum")) continue;
        series += line.substr(0, line.size() - 2) + "\n";
    }
    return series;
}

inline std::string content_of(std::string const& path)
{
    std::ifstream file(path);
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

}  // namespace test
