// SPDX-License-Identifier: Apache-2.0
// visitor: the one walk over a registry that every exposition format is written on.
#pragma once

#include <iafmetrics/labels.hpp>
#include <iafmetrics/metric_type.hpp>
#include <iafmetrics/number.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace iafmetrics::inline v0 {

struct given_names;
struct native_snapshot;

/// What a family says about itself. Views, valid during the visit.
struct family_header {
    std::string_view name;
    std::string_view help;  // valid UTF-8, not escaped
    metric_type type;
    given_names const* given = nullptr;  // of a metric declared with utf8_names
};

/// An observation that something else, a trace for instance, tells more about.
struct exemplar_view {
    labels_view labels;
    double value;
    double timestamp;  // seconds since 1970
};

/// Where it is not known when a series began.
inline constexpr double unknown_time = 0;

/// A counter at one moment.
struct counter_snapshot {
    number value;
    double created = unknown_time;  // seconds since 1970
    exemplar_view const* exemplar = nullptr;
};

/// One of a bucket's observations.
struct bucket_exemplar {
    std::size_t bucket;
    exemplar_view exemplar;
};

/// A histogram at one moment. counts are per bucket, not cumulative, and have one more element than bounds:
/// +Inf.
struct histogram_snapshot {
    std::span<double const> bounds;
    std::span<std::uint64_t const> counts;
    double sum;
    double created = unknown_time;
    std::span<bucket_exemplar const>
        exemplars{};  // ascending; of a native histogram several in a bucket, the newest first
    native_snapshot const* native = nullptr;  // of a native histogram, its other buckets
};

/// A summary at one moment. Quantiles cannot be added up over programs: prefer a histogram.
struct summary_snapshot {
    struct quantile {
        double quantile;  // 0 to 1, ascending
        double value;     // NaN where nothing was observed lately
    };
    std::span<quantile const> quantiles;
    std::uint64_t count;
    double sum;
    double created = unknown_time;
};

/// Sees every family and, behind its head, all of its series in the order of their creation. First come the families of
/// instruments in the order of their registration; then what is read during the visit: callbacks, then collectors, each in
/// the order of theirs. The registry's own, iafmetrics_*, are the last.
///
/// A family without series is not shown. Each name is shown once. The views passed are valid during the call
/// alone.
class visitor {
public:
    visitor() = default;
    visitor(visitor const&) = delete;
    visitor& operator=(visitor const&) = delete;
    virtual ~visitor() = default;

    virtual void begin_family(family_header const& family) = 0;
    /// Of a gauge or untyped metric, and of a counter of which nothing more is known; of an info, where it is 1; of each state of a state_set, 0 or 1, with
    /// the state as the last label.
    virtual void value(labels_view labels, number value) = 0;
    /// For whoever does not care about when it began and its exemplar a counter is a value like others.
    virtual void counter(labels_view labels, counter_snapshot const& snapshot)
    {
        value(labels, snapshot.value);
    }
    virtual void histogram(labels_view labels, histogram_snapshot const& snapshot) = 0;
    virtual void summary(labels_view labels, summary_snapshot const& snapshot) = 0;
};

}  // namespace iafmetrics::inline v0
