// SPDX-License-Identifier: Apache-2.0
// value: one series' value, by name and labels.
#pragma once

#include <iafmetrics/exposition/number_text.hpp>
#include <iafmetrics/label_value.hpp>
#include <iafmetrics/testing/page.hpp>

#include <algorithm>
#include <cstddef>
#include <initializer_list>
#include <map>
#include <numeric>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::testing {

/// A label's name and value, the value of any type that with() takes: `{"status", 200}`.
struct label {
    template <label_value Value>
    label(std::string_view its_name, Value const& its_value)
        : name(its_name), value(detail::label_text(its_value).view())
    {}
    std::string name;
    std::string value;
};
using labels = std::initializer_list<label>;

/// Thrown where a page does not have what a test asks for. what() lists what it has instead.
///
///     no series shop_requests_total{method="PUT"}; of that metric there are
///       shop_requests_total{method="GET"} 3
///       shop_requests_total{method="POST"} 1
class no_such_series : public std::out_of_range {
public:
    using std::out_of_range::out_of_range;
};

/// A histogram as a page shows it.
struct histogram_values {
    double count;
    double sum;
    std::vector<std::pair<double, double>> buckets;  // upper bound, observations at or below it

    /// Observations at or below `bound`, which is one of the histogram's own; infinity is one.
    [[nodiscard]] double bucket(double bound) const
    {
        std::string bounds;
        for (auto const& [upper, observations] : buckets) {
            if (upper == bound) return observations;
            bounds += " ";
            bounds += exposition::number_text(upper).view();
        }
        throw no_such_series("no bucket of " + std::string(exposition::number_text(bound).view()) +
                             "; the bounds are" + bounds);
    }
};

}  // namespace iafmetrics::inline v0::testing

namespace iafmetrics::inline v0::detail {

inline std::string series_of(std::string_view name, testing::labels wanted)
{
    testing::sample asked{std::string(name), {}, 0};
    for (testing::label const& one : wanted)
        asked.labels.emplace_back(one.name, one.value);
    return asked.series();
}

/// How many letters to insert, drop or replace to make one of the other.
inline std::size_t edit_distance(std::string_view one, std::string_view other)
{
    std::vector<std::size_t> row(other.size() + 1);
    std::iota(row.begin(), row.end(), std::size_t{0});
    for (std::size_t i = 0; i != one.size(); ++i) {
        std::size_t diagonal = std::exchange(row[0], i + 1);
        for (std::size_t j = 0; j != other.size(); ++j) {
            std::size_t const replaced = diagonal + (one[i] == other[j] ? 0 : 1);
            diagonal = row[j + 1];
            row[j + 1] = std::min({row[j] + 1, row[j + 1] + 1, replaced});
        }
    }
    return row.back();
}

inline constexpr std::size_t most_lines_listed = 10;

inline std::string indented_list(std::vector<std::string> const& lines)
{
    std::string text;
    for (std::size_t i = 0; i != std::min(lines.size(), most_lines_listed); ++i)
        text += "\n  " + lines[i];
    if (lines.size() > most_lines_listed)
        text += "\n  and " + std::to_string(lines.size() - most_lines_listed) + " more";
    return text;
}

/// The metrics of the page, the nearest name first.
inline std::vector<std::string> nearest_names(testing::page const& where, std::string_view name)
{
    std::multimap<std::size_t, std::string> ranked;  // of equal distance: in the order of the page
    for (testing::sample_family const& family : where.families())
        ranked.emplace(edit_distance(name, family.name), family.name);
    std::vector<std::string> names;
    for (auto& [rank, near] : ranked)
        names.push_back(std::move(near));
    return names;
}

[[noreturn]] inline void
fail_without_series(testing::page const& where, std::string_view name, std::string const& series)
{
    std::vector<std::string> same_name;
    for (testing::sample_family const& family : where.families())
        for (testing::sample const& one : family.samples)
            if (one.name == name)
                same_name.push_back(one.series() + " " +
                                    std::string(exposition::number_text(one.value).view()));
    if (!same_name.empty())
        throw testing::no_such_series("no series " + series + "; of that metric there are" +
                                      indented_list(same_name));
    testing::sample_family const* const family = where.find(name);
    if (family != nullptr && (family->type == "histogram" || family->type == "summary"))
        throw testing::no_such_series(std::string(name) + " is a " + *family->type +
                                      ": ask for its _count, _sum or _bucket, or with testing::histogram");
    if (where.families().empty())
        throw testing::no_such_series("no metric " + std::string(name) + "; the page is empty");
    throw testing::no_such_series("no metric " + std::string(name) + "; there are" +
                                  indented_list(nearest_names(where, name)));
}

}  // namespace iafmetrics::inline v0::detail

namespace iafmetrics::inline v0::testing {

/// The value of a series, nothing where the page does not have it. `name` is that of a line:
/// `wait_seconds_count`. The labels are all of the series' own, in any order.
[[nodiscard]] inline std::optional<double> find(page const& where, std::string_view name, labels wanted = {})
{
    std::string const series = detail::series_of(name, wanted);
    for (sample_family const& family : where.families())
        for (sample const& one : family.samples)
            if (one.name == name && one.series() == series) return one.value;
    return std::nullopt;
}

/// The value of a series.
///
///     CHECK(testing::value(registry, "shop_requests_total", {{"method", "GET"}, {"status", 200}}) == 3);
///
/// Counts beyond 2^53 are rounded. Cost: the whole page is made and read; where a test looks often, it makes
/// a testing::page once.
///
/// Errors: no_such_series, which lists those that are there.
[[nodiscard]] inline double value(page const& where, std::string_view name, labels wanted = {})
{
    if (auto const found = find(where, name, wanted)) return *found;
    detail::fail_without_series(where, name, detail::series_of(name, wanted));
}

/// A histogram's series.
///
///     auto const wait = testing::histogram(registry, "wait_seconds", {{"queue", "mail"}});
///     CHECK(wait.count == 2);
///     CHECK(wait.sum == 7.5);
///     CHECK(wait.bucket(.5) == 1);   // observations at or below half a second
///
/// Errors: no_such_series.
[[nodiscard]] inline histogram_values histogram(page const& where, std::string_view name, labels wanted = {})
{
    std::string const base(name);
    histogram_values read{value(where, base + "_count", wanted), value(where, base + "_sum", wanted), {}};
    std::string const series = detail::series_of(base, wanted);
    sample_family const* const family = where.find(name);
    if (family == nullptr) return read;
    for (sample one : family->samples) {
        auto const le = std::ranges::find(one.labels, "le", &std::pair<std::string, std::string>::first);
        if (one.name != base + "_bucket" || le == one.labels.end()) continue;
        auto const bound = page::number(le->second);
        if (!bound) continue;
        one.labels.erase(le);
        one.name = base;
        if (one.series() == series) read.buckets.emplace_back(*bound, one.value);
    }
    return read;
}

}  // namespace iafmetrics::inline v0::testing
