// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/prometheus_cpp.hpp>

#include <doctest/doctest.h>
#include <prometheus/text_serializer.h>

#include <limits>
#include <vector>

using namespace iafmetrics;

TEST_CASE("prometheus_cpp: the bridge shows every kind with its labels unescaped and its help escaped")
{
    registry r;
    r.add(counter_spec{run_time, "orders_total", "Orders\n\\."}).increment(3);
    r.add(gauge_spec<"room", "floor">{run_time, "temperature_celsius", "Temperature."})
        .with("a\"b\n", 2)
        .set(-0.5);
    auto& wait = r.add(histogram_spec{run_time, "wait_seconds", "Waiting.", buckets{.5, 1}});
    wait.observe(0.7);
    wait.observe(7);

    auto const families = prometheus_cpp::collectable(r).Collect();
    REQUIRE(families.size() == 3);
    CHECK(families[0].name == "orders_total");
    CHECK(families[0].help == "Orders\\n\\\\.");
    CHECK(families[0].type == prometheus::MetricType::Counter);
    CHECK(families[0].metric.at(0).counter.value == 3);

    CHECK(families[1].type == prometheus::MetricType::Gauge);
    auto const& labels = families[1].metric.at(0).label;
    REQUIRE(labels.size() == 2);
    CHECK(labels[0].name == "room");
    CHECK(labels[0].value == "a\"b\n");
    CHECK(labels[1].value == "2");
    CHECK(families[1].metric.at(0).gauge.value == -0.5);

    CHECK(families[2].type == prometheus::MetricType::Histogram);
    auto const& histogram = families[2].metric.at(0).histogram;
    CHECK(histogram.sample_count == 2);
    CHECK(histogram.sample_sum == doctest::Approx(7.7));
    REQUIRE(histogram.bucket.size() == 3);
    CHECK(histogram.bucket[0].cumulative_count == 0);
    CHECK(histogram.bucket[1].cumulative_count == 1);
    CHECK(histogram.bucket[2].cumulative_count == 2);
    CHECK(histogram.bucket[2].upper_bound == std::numeric_limits<double>::infinity());
}

TEST_CASE("prometheus_cpp: the bridge hands on summaries and untyped metrics of collectors")
{
    registry r;
    r.add([](collector_output& out) {
        out.begin("size_bytes", "Sizes.", metric_type::summary);
        out.summary({{"queue", "a"}}, {std::vector<summary_snapshot::quantile>{{.5, 2}, {.9, 7}}, 3, 11.5});
        out.begin("legacy", "Of no known type.", metric_type::untyped);
        out.value({}, -4.5);
    });
    auto const families = prometheus_cpp::collectable(r).Collect();
    REQUIRE(families.size() == 3);
    CHECK(families[0].type == prometheus::MetricType::Summary);
    auto const& summary = families[0].metric.at(0).summary;
    CHECK(summary.sample_count == 3);
    CHECK(summary.sample_sum == 11.5);
    REQUIRE(summary.quantile.size() == 2);
    CHECK(summary.quantile[1].quantile == .9);
    CHECK(summary.quantile[1].value == 7);
    CHECK(families[1].type == prometheus::MetricType::Untyped);
    CHECK(families[1].metric.at(0).untyped.value == -4.5);
}
