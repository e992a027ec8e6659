// SPDX-License-Identifier: Apache-2.0
// difference: a page against the text that a test expects.
#pragma once

#include <iafmetrics/exposition/number_text.hpp>
#include <iafmetrics/testing/page.hpp>

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::detail {

/// Writes what differs, the lines of one metric together.
class difference_writer {
public:
    void compare(testing::sample_family const& expected, testing::sample_family const* shown)
    {
        static testing::sample_family const absent;
        if (shown == nullptr) shown = &absent;
        family_.clear();
        differs_ = false;
        compare_comment("# HELP ", expected.name, expected.help, shown->help);
        compare_comment("# TYPE ", expected.name, expected.type, shown->type);
        std::map<std::string, double> extra;
        for (testing::sample const& one : shown->samples)
            extra.emplace(one.series(), one.value);
        for (testing::sample const& one : expected.samples) {
            std::string const series = one.series();
            auto const found = extra.find(series);
            if (found == extra.end()) {
                line('-', series, one.value);
                continue;
            }
            if (are_same(found->second, one.value)) {
                line(' ', series, one.value);
            } else {
                line('-', series, one.value);
                line('+', series, found->second);
            }
            extra.erase(found);
        }
        for (testing::sample const& one : shown->samples)
            if (std::string const series = one.series(); extra.contains(series)) line('+', series, one.value);
        if (differs_) text_ += family_;
    }

    [[nodiscard]] std::string text() const
    {
        return text_.empty() ? text_ : "\n" + text_ + "(- expected, + on the page)";
    }

private:
    static bool are_same(double one, double other) noexcept
    {
        return (std::isnan(one) && std::isnan(other)) || one == other;
    }

    void compare_comment(std::string_view mark,
                         std::string const& name,
                         std::optional<std::string> const& expected,
                         std::optional<std::string> const& shown)
    {
        if (!expected) return;
        std::string const start = std::string(mark) + name + " ";
        line(expected == shown ? ' ' : '-', start + *expected);
        if (shown && expected != shown) line('+', start + *shown);
    }

    void line(char sign, std::string const& series, double value)
    {
        line(sign, series + " " + std::string(exposition::number_text(value).view()));
    }
    void line(char sign, std::string const& text)
    {
        differs_ = differs_ || sign != ' ';
        family_ += sign;
        family_ += ' ';
        family_ += text;
        family_ += '\n';
    }

    std::string text_;
    std::string family_;  // the metric being compared
    bool differs_ = false;
};

}  // namespace iafmetrics::inline v0::detail

namespace iafmetrics::inline v0::testing {

using names = std::initializer_list<std::string_view>;

/// What a page has otherwise than `expected`, empty where nothing.
///
///     CHECK(testing::difference(registry, R"(
///         # HELP shop_orders_total Orders.
///         # TYPE shop_orders_total counter
///         shop_orders_total{kind="book"} 2
///     )") == "");
///
/// which says, where it fails:
///
///       # HELP shop_orders_total Orders.
///       # TYPE shop_orders_total counter
///     - shop_orders_total{kind="book"} 2
///     + shop_orders_total{kind="book"} 3
///     (- expected, + on the page)
///
/// Metrics, series and labels may come in any order, numbers in any spelling. HELP and TYPE count where
/// `expected` has them. `metrics` names those to compare; without it, all that the page has, the registry's
/// own among them.
///
/// Errors: unreadable_page, also for `expected`.
[[nodiscard]] inline std::string difference(page const& shown, page const& expected, names metrics = {})
{
    auto const counts = [&](std::string_view name) {
        return metrics.size() == 0 || std::ranges::find(metrics, name) != metrics.end();
    };
    detail::difference_writer out;
    for (sample_family const& family : expected.families())
        if (counts(family.name)) out.compare(family, shown.find(family.name));
    for (sample_family const& family : shown.families())
        if (counts(family.name) && expected.find(family.name) == nullptr)
            out.compare({family.name, {}, {}, {}}, &family);
    return out.text();
}

}  // namespace iafmetrics::inline v0::testing
