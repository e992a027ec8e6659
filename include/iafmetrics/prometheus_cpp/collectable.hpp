// SPDX-License-Identifier: Apache-2.0
// collectable: our registry inside theirs, behind prometheus-cpp's Exposer or Gateway.
#pragma once

#include <iafmetrics/registry.hpp>
#include <iafmetrics/visitor.hpp>

#include <prometheus/client_metric.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::prometheus_cpp {

/// Shows a registry to prometheus-cpp.
///
///     #include <prometheus/exposer.h>
///
///     prometheus::Exposer exposer{"127.0.0.1:9090"};
///     auto const bridge = std::make_shared<iafmetrics::prometheus_cpp::collectable>(registry);
///     exposer.RegisterCollectable(bridge);   // the exposer keeps a weak pointer: keep the bridge
///
/// Values are doubles on that side, written with 16 digits. prometheus-cpp writes help texts as they are, where
/// a line feed would break the page: they are escaped here. Its Exposer answers GET alone (HEAD gets 404) and
/// names no version in Content-Type; the Beast endpoint does both.
///
/// Threads:  any number of scrapes at a time.
/// Cost:     a copy of every series per scrape; the Beast endpoint streams instead.
/// Lifetime: shorter than that of the registry.
class collectable : public prometheus::Collectable {
public:
    explicit collectable(registry const& metrics) : metrics_(metrics) {}

    [[nodiscard]] std::vector<prometheus::MetricFamily> Collect() const override
    {
        copier copy;
        metrics_.visit(copy);
        return std::move(copy.families);
    }

private:
    class copier final : public visitor {
    public:
        std::vector<prometheus::MetricFamily> families;

        void begin_family(family_header const& family) override
        {
            prometheus::MetricFamily& added = families.emplace_back();
            added.name = family.name;
            for (char const c : family.help)
                if (c == '\\')
                    added.help += "\\\\";
                else if (c == '\n')
                    added.help += "\\n";
                else
                    added.help += c;
            switch (family.type) {
            case metric_type::counter: added.type = prometheus::MetricType::Counter; break;
            case metric_type::gauge:
            case metric_type::info:
            case metric_type::state_set: added.type = prometheus::MetricType::Gauge; break;
            case metric_type::histogram: added.type = prometheus::MetricType::Histogram; break;
            case metric_type::summary: added.type = prometheus::MetricType::Summary; break;
            case metric_type::untyped: added.type = prometheus::MetricType::Untyped; break;
            }
        }

        void value(labels_view labels, number now) override
        {
            prometheus::ClientMetric& metric = add(labels);
            double const value = now.as_double();
            switch (families.back().type) {
            case prometheus::MetricType::Counter: metric.counter.value = value; break;
            case prometheus::MetricType::Untyped: metric.untyped.value = value; break;
            default: metric.gauge.value = value;
            }
        }

        void histogram(labels_view labels, histogram_snapshot const& snapshot) override
        {
            prometheus::ClientMetric& metric = add(labels);
            std::uint64_t cumulative = 0;
            for (std::size_t i = 0; i != snapshot.counts.size(); ++i) {
                cumulative += snapshot.counts[i];
                prometheus::ClientMetric::Bucket bucket;
                bucket.cumulative_count = cumulative;
                bucket.upper_bound =
                    i < snapshot.bounds.size() ? snapshot.bounds[i] : std::numeric_limits<double>::infinity();
                metric.histogram.bucket.push_back(bucket);
            }
            metric.histogram.sample_count = cumulative;
            metric.histogram.sample_sum = snapshot.sum;
        }

        void summary(labels_view labels, summary_snapshot const& snapshot) override
        {
            prometheus::ClientMetric& metric = add(labels);
            for (auto const& [at, value] : snapshot.quantiles) {
                prometheus::ClientMetric::Quantile quantile;
                quantile.quantile = at;
                quantile.value = value;
                metric.summary.quantile.push_back(quantile);
            }
            metric.summary.sample_count = snapshot.count;
            metric.summary.sample_sum = snapshot.sum;
        }

    private:
        prometheus::ClientMetric& add(labels_view labels)
        {
            prometheus::ClientMetric& metric = families.back().metric.emplace_back();
            labels.for_each([&](std::string_view name, std::string_view value) {
                metric.label.push_back({std::string(name), std::string(value)});
            });
            return metric;
        }
    };

    registry const& metrics_;
};

}  // namespace iafmetrics::inline v0::prometheus_cpp
