// SPDX-License-Identifier: Apache-2.0
// Every place where a program can put a name, a label, a help text or a number: it is refused with a reason, or
// Debian's python3-prometheus-client reads it back as it was given.
#include <iafmetrics/callback.hpp>
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/collector.hpp>
#include <iafmetrics/family.hpp>
#include <iafmetrics/info.hpp>
#include <iafmetrics/spec.hpp>
#include <iafmetrics/state_set.hpp>

#include <doctest/doctest.h>

#include "hostile_page.hpp"

#include <cmath>
#include <cstdint>
#include <limits>
#include <string>
#include <vector>

using namespace iafmetrics;

namespace {

/// Lifts the conventions, so that the grammar alone decides.
constexpr exemption unusual{"a test of the grammar"};

}  // namespace

TEST_CASE("hostile: names of declarations at run time")
{
    hostile_page page;
    for (std::string const& name : hostile_names()) {
        CHECK(page.is_accepted([&] { page.r.add(gauge_spec{run_time, name, "H.", unusual}).set(1); }) ==
              is_right_metric_name(name));
        if (is_right_metric_name(name)) page.expect(name, {}, 1);
        CHECK(page.is_accepted([&] {
            page.r.add(counter_spec{run_time, name + "_made_total", "H.", unusual}).increment();
        }) == is_right_metric_name(name + "_made_total"));
        if (is_right_metric_name(name + "_made_total")) page.expect(name + "_made_total", {}, 1);
    }
    page.check();
}

TEST_CASE("hostile: help texts of every kind of declaration, of collectors too")
{
    hostile_page page;
    int i = 0;
    for (auto const& [given, read] : hostile_texts()) {
        std::string const name = "n" + std::to_string(i++);
        bool const is_right = !given.empty();
        CHECK(page.is_accepted([&] { page.r.add(gauge_spec{run_time, name, given}); }) == is_right);
        CHECK(page.is_accepted([&] { page.r.add(counter_spec{run_time, name + "_made_total", given}); }) ==
              is_right);
        CHECK(page.is_accepted([&] {
            page.r.add(histogram_spec{run_time, name + "_seconds", given, buckets{1}});
        }) == is_right);
        page.r.add([=](collector_output& out) { out.gauge(name + "_read", given, 1); });
        if (!is_right) continue;
        page.expect(name, {}, 0);
        page.expect(name + "_made_total", {}, 0);
        page.expect(name + "_seconds_bucket", {{"le", "1"}}, 0);
        page.expect(name + "_seconds_bucket", {{"le", "+Inf"}}, 0);
        page.expect(name + "_seconds_sum", {}, 0);
        page.expect(name + "_seconds_count", {}, 0);
        page.expect(name + "_read", {}, 1);
    }
    page.check();
}

TEST_CASE("hostile: label values by with(), of every instrument")
{
    hostile_page page;
    auto& counters = page.r.add(counter_spec<"a", "i">{run_time, "c_total", "H."});
    auto& gauges = page.r.add(gauge_spec<"a", "i">{run_time, "g", "H."});
    auto& up_downs = page.r.add(up_down_counter_spec<"a", "i">{run_time, "u", "H."});
    auto& histograms = page.r.add(histogram_spec<"a", "i">{run_time, "h", "H.", buckets{1}});
    int i = 0;
    for (auto const& [given, read] : hostile_texts()) {
        hostile_page::labels labels{{"a", read}, {"i", std::to_string(i)}};
        counters.with(given, i).increment(2);
        gauges.with(given, i).set(-.5);
        up_downs.with(given, i).add(3);
        histograms.with(given, i).observe(2);
        page.expect("c_total", labels, 2);
        page.expect("g", labels, -.5);
        page.expect("u", labels, 3);
        page.expect("h_sum", labels, 2);
        page.expect("h_count", labels, 1);
        labels["le"] = "1";
        page.expect("h_bucket", labels, 0);
        labels["le"] = "+Inf";
        page.expect("h_bucket", labels, 1);
        ++i;
    }
    page.check();
}

TEST_CASE("hostile: label values of other types at their ends")
{
    hostile_page page;
    auto& family = page.r.add(gauge_spec<"a">{run_time, "g", "H."});
    family.with(std::numeric_limits<std::int64_t>::min()).set(1);
    family.with(std::numeric_limits<std::uint64_t>::max()).set(2);
    family.with(true).set(3);
    page.expect("g", {{"a", "-9223372036854775808"}}, 1);
    page.expect("g", {{"a", "18446744073709551615"}}, 2);
    page.expect("g", {{"a", "true"}}, 3);
    page.check();
}

TEST_CASE("hostile: the labels of the overflow series, asked for")
{
    hostile_page page;
    auto& family = page.r.add(gauge_spec<"a">{run_time, "g", "H.", series_limit{1}});
    family.with("_other").set(1);
    family.with("first").set(2);
    page.expect("g", {{"a", "_other"}}, 1);
    page.expect("g", {{"a", "first"}}, 2);
    page.check();
}

TEST_CASE("hostile: numbers in every instrument")
{
    hostile_page page;
    auto& gauges = page.r.add(gauge_spec<"i">{run_time, "g", "H."});
    auto& added = page.r.add(gauge_spec<"i">{run_time, "added", "H."});
    auto& counters = page.r.add(counter_spec<"i">{run_time, "c_total", "H."});
    auto& sums = page.r.add(histogram_spec<"i">{run_time, "h", "H.", buckets{1}});
    int i = 0;
    for (double const value : hostile_numbers()) {
        hostile_page::labels labels{{"i", std::to_string(i)}};
        gauges.with(i).set(value);
        added.with(i).add(value);
        counters.with(i).increment(value);
        sums.with(i).observe(value);
        bool const is_countable = value > 0 && std::isfinite(value);
        page.expect("g", labels, value);
        page.expect("added", labels, 0 + value);
        page.expect("c_total", labels, is_countable ? value : 0);
        bool const is_finite = std::isfinite(value);
        page.expect("h_sum", labels, is_finite ? 0 + value : 0);
        page.expect("h_count", labels, is_finite);
        labels["le"] = "1";
        page.expect("h_bucket", labels, is_finite && value <= 1);
        labels["le"] = "+Inf";
        page.expect("h_bucket", labels, is_finite);
        ++i;
    }
    auto& whole = page.r.add(counter_spec{run_time, "whole_total", "H."});
    whole.increment(std::numeric_limits<std::uint64_t>::max());
    page.expect("whole_total", {}, 18446744073709551615.0);
    auto& moved = page.r.add(up_down_counter_spec{run_time, "moved", "H."});
    moved.add(std::numeric_limits<std::int64_t>::max());
    page.expect("moved", {}, 9223372036854775807.0);
    page.check();
}

TEST_CASE("hostile: bucket bounds at run time")
{
    hostile_page page;
    int i = 0;
    for (double const first : hostile_numbers())
        for (double const second : hostile_numbers()) {
            std::string const name = "h" + std::to_string(i++);
            bool const is_right = std::isfinite(first) && std::isfinite(second) && first < second;
            CHECK(page.is_accepted([&] {
                page.r.add(histogram_spec{run_time, name, "H.", buckets<2>(std::array{first, second})})
                    .observe(first);
            }) == is_right);
            if (!is_right) continue;
            page.expect(name + "_bucket", {{"le", std::string(exposition::number_text(first).view())}}, 1);
            page.expect(name + "_bucket", {{"le", std::string(exposition::number_text(second).view())}}, 1);
            page.expect(name + "_bucket", {{"le", "+Inf"}}, 1);
            page.expect(name + "_sum", {}, 0 + first);
            page.expect(name + "_count", {}, 1);
        }
    page.check();
}

TEST_CASE("hostile: label values of an info")
{
    hostile_page page;
    auto& family = page.r.add(info_spec<"a", "i">{run_time, "build_info", "H."});
    int i = 0;
    for (auto const& [given, read] : hostile_texts()) {
        family.with(given, i);
        page.expect("build_info", {{"a", read}, {"i", std::to_string(i++)}}, 1);
    }
    page.check();
}

TEST_CASE("hostile: states, their label and the labels beside it")
{
    hostile_page page;
    int i = 0;
    for (auto const& [given, read] : hostile_texts()) {
        std::string const name = "s" + std::to_string(i++);
        states<std::string_view, 2> const all{std::string_view(given), std::string_view("other")};
        bool const is_right =
            !given.empty() && given == read;  // not repaired: a state is compared with its name
        CHECK(page.is_accepted([&] {
            page.r.add(state_set_spec<std::string_view, "a">{run_time, name, "H.", all})
                .with(given)
                .turn_on(given);
        }) == is_right);
        if (!is_right) continue;
        page.expect(name, {{"a", read}, {name, read}}, 1);
        page.expect(name, {{"a", read}, {name, "other"}}, 0);
    }
    for (std::string const& label : hostile_names()) {
        std::string const name = "s" + std::to_string(i++);
        CHECK(page.is_accepted([&] {
            page.r.add(state_set_spec{run_time, name, "H.", states{"on", "off"}, state_label{label}})
                .change_to("on");
        }) == is_right_label_name(label));
        if (!is_right_label_name(label)) continue;
        page.expect(name, {{label, "on"}}, 1);
        page.expect(name, {{label, "off"}}, 0);
    }
    page.check();
}

TEST_CASE("hostile: label values of series that have owners")
{
    hostile_page page;
    claimable<counter_spec<"a", "i">> const spec{run_time, "c_total", "H."};
    auto& family = page.r.add(spec);
    std::vector<claimed<counter>> owners;
    for (auto const& [given, read] : hostile_texts()) {
        hostile_page::labels const labels{{"a", read}, {"i", std::to_string(owners.size())}};
        owners.push_back(family.claim(given, owners.size()));
        owners.back()->increment(2);
        page.expect("c_total", labels, 2);
    }
    page.check();
}

TEST_CASE("hostile: constant labels and prefixes of a part of the program")
{
    hostile_page page;
    std::string const name = "jobs_total";
    for (std::string const& label : hostile_names()) {
        bool const is_right = is_right_label_name(label);
        CHECK(page.is_accepted([&] {
            page.r.sub({.prefix = "a" + std::to_string(label.size()) + "_", .labels = {{label, "v"}}})
                .add(counter_spec{run_time, name + "_" + label + "_total", "H.", unusual});
        }) == is_right);
        if (is_right)
            page.expect("a" + std::to_string(label.size()) + "_" + name + "_" + label + "_total",
                        {{label, "v"}}, 0);
    }
    int i = 0;
    for (auto const& [given, read] : hostile_texts()) {
        std::string const own = "own" + std::to_string(i++);
        auto part = page.r.sub({.labels = {{"part", given}}});
        part.add(gauge_spec<"a">{run_time, own, "H."}).with(given).set(1);
        part.add([=](collector_output& out) { out.gauge(own + "_read", "H.", 2); });
        page.expect(own, {{"part", read}, {"a", read}}, 1);
        page.expect(own + "_read", {{"part", read}}, 2);
    }
    for (std::string const& prefix : hostile_names()) {
        std::string const own = prefix + "_jobs" + std::to_string(i++);
        CHECK(page.is_accepted([&] {
            page.r.sub({.prefix = prefix + "_"})
                .add(gauge_spec{run_time, own.substr(prefix.size() + 1), "H.", unusual});
        }) == is_right_metric_name(own));
        if (is_right_metric_name(own)) page.expect(own, {}, 0);
    }
    page.check();
}

TEST_CASE("hostile: label values and numbers of callbacks")
{
    hostile_page page;
    gauge_spec<"a", "i"> const texts{run_time, "texts", "H."};
    callback const all{page.r, texts, [](auto& series) {
                           int at = 0;
                           for (auto const& [given, read] : hostile_texts())
                               series.with(given, at++).set(3);
                       }};
    int i = 0;
    for (auto const& [given, read] : hostile_texts())
        page.expect("texts", {{"a", read}, {"i", std::to_string(i++)}}, 3);

    std::vector<callback> held;
    for (double const value : hostile_numbers()) {
        std::string const name = "n" + std::to_string(held.size());
        held.emplace_back(page.r, gauge_spec{run_time, name, "H."}, [=] { return value; });
        page.expect(name, {}, value);
        held.emplace_back(page.r, counter_spec{run_time, name + "_made_total", "H."}, [=] { return value; });
        if (value >= 0 && std::isfinite(value)) page.expect(name + "_made_total", {}, value);
    }
    page.check();
}

TEST_CASE("hostile: names, label names and label values of collectors")
{
    hostile_page page;
    int i = 0;
    for (std::string const& name : hostile_names()) {
        page.r.add([=](collector_output& out) { out.gauge(name, "H.", 1); });
        if (is_right_metric_name(name)) page.expect(name, {}, 1);

        std::string const family = "labelled" + std::to_string(i++);
        page.r.add([=](collector_output& out) {
            out.begin(family, "H.", metric_type::untyped);
            out.value({{name, "v"}, {"other", "w"}}, 2);
        });
        if (is_right_label_name(name)) page.expect(family, {{name, "v"}, {"other", "w"}}, 2);
    }
    page.r.add([](collector_output& out) {
        out.begin_counter("values_total", "H.");
        int at = 0;
        for (auto const& [given, read] : hostile_texts())
            out.value({{"a", given}, {"i", std::to_string(at++)}}, 3);
    });
    i = 0;
    for (auto const& [given, read] : hostile_texts())
        page.expect("values_total", {{"a", read}, {"i", std::to_string(i++)}}, 3);
    page.check();
}

TEST_CASE("hostile: numbers of collectors, in values, histograms and summaries")
{
    hostile_page page;
    int i = 0;
    for (double const value : hostile_numbers()) {
        std::string const name = "n" + std::to_string(i++);
        page.r.add([=](collector_output& out) { out.gauge(name, "H.", value); });
        page.r.add([=](collector_output& out) { out.counter(name + "_made_total", "H.", value); });
        page.r.add([=](collector_output& out) {
            out.begin(name + "_histogram", "H.", metric_type::histogram);
            std::vector<double> const bounds{value};
            std::vector<std::uint64_t> const counts{1, 2};
            out.histogram({}, {bounds, counts, value});
        });
        page.r.add([=](collector_output& out) {
            out.begin(name + "_summary", "H.", metric_type::summary);
            std::vector<summary_snapshot::quantile> const quantiles{{.5, value}};
            out.summary({}, {quantiles, 4, value});
        });
        page.r.add([=](collector_output& out) {
            out.begin(name + "_at", "H.", metric_type::summary);
            std::vector<summary_snapshot::quantile> const quantiles{{value, 5}};
            out.summary({}, {quantiles, 4, 1});
        });
        page.expect(name, {}, value);
        if (value >= 0) page.expect(name + "_made_total", {}, value);
        if (std::isfinite(value)) {
            std::string const bound(exposition::number_text(value).view());
            page.expect(name + "_histogram_bucket", {{"le", bound}}, 1);
            page.expect(name + "_histogram_bucket", {{"le", "+Inf"}}, 3);
            page.expect(name + "_histogram_sum", {}, value);
            page.expect(name + "_histogram_count", {}, 3);
        }
        page.expect(name + "_summary", {{"quantile", "0.5"}}, value);
        page.expect(name + "_summary_sum", {}, value);
        page.expect(name + "_summary_count", {}, 4);
        if (!(value >= 0 && value <= 1)) continue;
        page.expect(name + "_at", {{"quantile", std::string(exposition::number_text(value).view())}}, 5);
        page.expect(name + "_at_sum", {}, 1);
        page.expect(name + "_at_count", {}, 4);
    }
    page.check();
}
