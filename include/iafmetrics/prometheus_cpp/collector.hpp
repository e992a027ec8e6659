// SPDX-License-Identifier: Apache-2.0
// collector: their registries inside ours, written by our writers.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/registration_error.hpp>
#include <iafmetrics/visitor.hpp>

#include <prometheus/client_metric.h>
#include <prometheus/collectable.h>
#include <prometheus/metric_family.h>
#include <prometheus/metric_type.h>

#include <cmath>
#include <concepts>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::prometheus_cpp {

/// Shows prometheus-cpp's Collectables, a prometheus::Registry among them, on our pages.
///
///     auto const theirs = std::make_shared<prometheus::Registry>();
///     registry.add(iafmetrics::prometheus_cpp::collector{theirs});
///     registry.add(iafmetrics::prometheus_cpp::collector{theirs, another});   // merged: see below
///
/// What they hold is escaped and repaired as our own is: help texts, label values, digits. Families of one
/// name and type, from whichever Collectable of this collector, come out as one. A series is refused, and
/// counted in iafmetrics_series_refused{metric,reason}, where its name or labels break the grammar, where a
/// family of its name has another type or is shown by our registry already, where its labels appear twice,
/// where a counter is negative or NaN, and where buckets do not ascend. A help text that is missing is
/// replaced by one that says so. A counter jobs_total goes to the end where there is a jobs too, which it would keep
/// out: see collector_output::begin. Time stamps are left out: the scrape's own time stands.
///
/// Threads:  any number of scrapes at a time, as far as the Collectables allow it; prometheus::Registry does.
/// Cost:     their copy of every series, per scrape.
/// Errors:   a Collectable that throws loses its own families and is counted as a collector that failed.
/// Lifetime: shares in that of the Collectables.
class collector {
public:
    template <std::convertible_to<std::shared_ptr<prometheus::Collectable const>>... Collectables>
        requires(sizeof...(Collectables) != 0)
    explicit collector(Collectables... collectables) : collectables_{std::move(collectables)...}
    {
        for (auto const& collectable : collectables_)
            if (collectable == nullptr) throw registration_error("", "a Collectable must not be null");
    }

    void operator()(collector_output& out) const
    {
        merger merged(out);
        std::exception_ptr failed;
        for (auto const& collectable : collectables_) {
            try {
                for (prometheus::MetricFamily& theirs : collectable->Collect())
                    merged.add(std::move(theirs));
            } catch (...) {
                failed = std::current_exception();
            }
        }
        for (bool const are_last : {false, true})
            for (family const& shown : merged.families)
                if (merged.goes_last(shown) == are_last) show(shown, out);
        if (failed) std::rethrow_exception(failed);
    }

private:
    struct family {
        std::string name;
        std::string help;
        metric_type type;
        std::vector<prometheus::ClientMetric> metrics;
    };

    struct merger {
        explicit merger(collector_output& output) : out(output) {}

        void add(prometheus::MetricFamily&& theirs)
        {
            std::string const name = is_info(theirs.type) ? theirs.name + "_info" : theirs.name;
            metric_type const type = type_of(theirs.type);
            auto const [at, is_new] = index.try_emplace(name, families.size());
            if (is_new) families.push_back({name, std::move(theirs.help), type, {}});
            family& same = families[at->second];
            if (same.type != type)
                return out.refuse({name, "the page has a family of this name with another type"},
                                  theirs.metric.size());
            for (prometheus::ClientMetric& metric : theirs.metric)
                same.metrics.push_back(std::move(metric));
        }

        [[nodiscard]] bool goes_last(family const& shown) const
        {
            constexpr std::string_view total = "_total";
            std::string_view base = shown.name;
            if (shown.type != metric_type::counter || !base.ends_with(total)) return false;
            base.remove_suffix(total.size());
            return index.contains(base);
        }

        collector_output& out;
        std::vector<family> families;  // in the order of their first appearance
        std::map<std::string, std::size_t, std::less<>> index;
    };

    /// prometheus-cpp has Info since 1.1.
    template <class Type>
    static bool is_info(Type type)
    {
        if constexpr (requires { Type::Info; })
            return type == Type::Info;
        else
            return false;
    }

    static metric_type type_of(prometheus::MetricType type)
    {
        if (is_info(type)) return metric_type::info;
        switch (type) {
        case prometheus::MetricType::Counter: return metric_type::counter;
        case prometheus::MetricType::Gauge: return metric_type::gauge;
        case prometheus::MetricType::Histogram: return metric_type::histogram;
        case prometheus::MetricType::Summary: return metric_type::summary;
        default: return metric_type::untyped;
        }
    }

    static void show(family const& shown, collector_output& out)
    {
        try {
            out.begin(shown.name, shown.help.empty() ? "(registered without a help text)" : shown.help,
                      shown.type);
        } catch (registration_error const& error) {
            return out.refuse(error, shown.metrics.size());
        }
        std::vector<collector_output::label> labels;
        for (prometheus::ClientMetric const& metric : shown.metrics) {
            labels.clear();
            for (auto const& [name, value] : metric.label)
                labels.emplace_back(name, value);
            try {
                show(metric, shown, labels, out);
            } catch (registration_error const& error) {
                out.refuse(error);
            }
        }
    }

    static void show(prometheus::ClientMetric const& metric,
                     family const& shown,
                     std::vector<collector_output::label> const& labels,
                     collector_output& out)
    {
        switch (shown.type) {
        case metric_type::counter: return out.value(labels, metric.counter.value);
        case metric_type::gauge: return out.value(labels, metric.gauge.value);
        case metric_type::info: return out.value(labels, 1);
        case metric_type::untyped: return out.value(labels, metric.untyped.value);
        case metric_type::histogram: return show_histogram(metric.histogram, shown, labels, out);
        case metric_type::summary: return show_summary(metric.summary, labels, out);
        case metric_type::state_set: return;  // prometheus-cpp has none
        }
    }

    /// Theirs is cumulative and may end without +Inf, which then is all observations.
    static void show_histogram(prometheus::ClientMetric::Histogram const& theirs,
                               family const& shown,
                               std::vector<collector_output::label> const& labels,
                               collector_output& out)
    {
        std::vector<double> bounds;
        std::vector<std::uint64_t> counts;
        std::uint64_t below = 0;
        auto const add = [&](std::uint64_t cumulative) {
            if (cumulative < below)
                throw registration_error(shown.name, "cumulative buckets must not descend");
            counts.push_back(cumulative - below);
            below = cumulative;
        };
        bool has_infinity = false;
        for (auto const& [cumulative, bound] : theirs.bucket) {
            if (has_infinity) throw registration_error(shown.name, "the bucket of +Inf must be the last");
            has_infinity = std::isinf(bound) && bound > 0;
            if (!has_infinity) bounds.push_back(bound);
            add(cumulative);
        }
        if (!has_infinity) add(theirs.sample_count);
        out.histogram(labels, {bounds, counts, theirs.sample_sum});
    }

    static void show_summary(prometheus::ClientMetric::Summary const& theirs,
                             std::vector<collector_output::label> const& labels,
                             collector_output& out)
    {
        std::vector<summary_snapshot::quantile> quantiles;
        for (auto const& [at, value] : theirs.quantile)
            quantiles.push_back({at, value});
        out.summary(labels, {quantiles, theirs.sample_count, theirs.sample_sum});
    }

    std::vector<std::shared_ptr<prometheus::Collectable const>> collectables_;
};

}  // namespace iafmetrics::inline v0::prometheus_cpp
