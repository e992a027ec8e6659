// SPDX-License-Identifier: Apache-2.0
// The same through prometheus-cpp: whatever a Collectable holds, the page that we make of it is read back.
#include <iafmetrics/prometheus_cpp.hpp>

#include <doctest/doctest.h>

#include "hostile_page.hpp"

#include <cmath>
#include <memory>
#include <string>
#include <vector>

using namespace iafmetrics;

namespace {

struct held : prometheus::Collectable {
    std::vector<prometheus::MetricFamily> Collect() const override { return families; }

    prometheus::ClientMetric& add(std::string name, prometheus::MetricType type, std::string help = "H.")
    {
        prometheus::MetricFamily& family = families.emplace_back();
        family.name = std::move(name);
        family.help = std::move(help);
        family.type = type;
        return family.metric.emplace_back();
    }
    std::vector<prometheus::MetricFamily> families;
};

}  // namespace

TEST_CASE("hostile: names, help texts, label names and label values through the bridge")
{
    hostile_page page;
    auto const theirs = std::make_shared<held>();
    for (std::string const& name : hostile_names()) {
        theirs->add(name, prometheus::MetricType::Untyped).untyped.value = 1;
        if (is_right_metric_name(name)) page.expect(name, {}, 1);

        std::string const family = "labelled" + std::to_string(theirs->families.size());
        theirs->add(family, prometheus::MetricType::Gauge).label = {{"other", "w"}, {name, "v"}};
        if (is_right_label_name(name)) page.expect(family, {{"other", "w"}, {name, "v"}}, 0);
    }
    for (auto const& [given, read] : hostile_texts()) {
        std::string const family = "text" + std::to_string(theirs->families.size());
        theirs->add(family, prometheus::MetricType::Gauge, given).label = {{"a", given}};
        page.expect(family, {{"a", read}}, 0);
    }
    page.r.add(prometheus_cpp::collector{theirs});
    page.check();
}

TEST_CASE("hostile: numbers through the bridge, in every type")
{
    hostile_page page;
    auto const theirs = std::make_shared<held>();
    int i = 0;
    for (double const value : hostile_numbers()) {
        std::string const name = "n" + std::to_string(i++);
        theirs->add(name, prometheus::MetricType::Gauge).gauge.value = value;
        page.expect(name, {}, value);
        theirs->add(name + "_untyped", prometheus::MetricType::Untyped).untyped.value = value;
        page.expect(name + "_untyped", {}, value);
        theirs->add(name + "_total", prometheus::MetricType::Counter).counter.value = value;
        if (value >= 0) page.expect(name + "_total", {}, value);

        auto& summary = theirs->add(name + "_summary", prometheus::MetricType::Summary).summary;
        summary.sample_sum = value;
        summary.quantile.resize(1);
        summary.quantile[0].value = value;
        page.expect(name + "_summary", {{"quantile", "0"}}, value);
        page.expect(name + "_summary_sum", {}, value);
        page.expect(name + "_summary_count", {}, 0);

        auto& histogram = theirs->add(name + "_histogram", prometheus::MetricType::Histogram).histogram;
        histogram.sample_sum = value;
        histogram.sample_count = 2;
        histogram.bucket.resize(1);
        histogram.bucket[0].upper_bound = value;
        histogram.bucket[0].cumulative_count = 2;
        bool const is_infinite = std::isinf(value) && value > 0;
        if (!std::isfinite(value) && !is_infinite) continue;
        std::string const bound(exposition::number_text(value).view());
        page.expect(name + "_histogram_bucket", {{"le", bound}}, 2);
        page.expect(name + "_histogram_bucket", {{"le", "+Inf"}}, 2);
        page.expect(name + "_histogram_sum", {}, value);
        page.expect(name + "_histogram_count", {}, 2);
    }
    page.r.add(prometheus_cpp::collector{theirs});
    page.check();
}

TEST_CASE("hostile: what comes in through the bridge goes out through it, and in again")
{
    registry first;
    auto& family = first.add(counter_spec<"a", "i">{run_time, "c_total", "H\n."});
    hostile_page page;
    int i = 0;
    for (auto const& [given, read] : hostile_texts()) {
        family.with(given, i).increment(2);
        page.expect("c_total", {{"a", read}, {"i", std::to_string(i++)}}, 2);
    }
    page.r.add(prometheus_cpp::collector{std::make_shared<prometheus_cpp::collectable>(first)});
    page.check();
}
