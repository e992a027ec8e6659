// SPDX-License-Identifier: Apache-2.0
// callback: a counter or gauge whose value is read when a page is made.
#pragma once

#include <iafmetrics/detail/callback_family.hpp>
#include <iafmetrics/label_value.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/spec.hpp>

#include <concepts>
#include <cstddef>
#include <source_location>
#include <string>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0 {

/// The label values of a callback, one for each label in the order of declaration: `label_values{"sessions", 7}`.
template <label_value... Values>
class label_values {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): label_values{"sessions"} reads best
    label_values(Values const&... values) : texts_{std::string(detail::label_text(values).view())...} {}
    [[nodiscard]] std::vector<std::string> const& texts() const noexcept { return texts_; }

private:
    std::vector<std::string> texts_;
};
template <class... Values>
label_values(Values const&...) -> label_values<Values...>;

/// What a callback of a labelled metric writes its series into.
///
///     series.with(pool.name, pool.kind).set(pool.connections());
template <std::size_t Labels>
class callback_series {
public:
    explicit callback_series(detail::callback_samples& into) noexcept : into_(into) {}

    class one {
    public:
        one(detail::callback_samples& into, std::vector<std::string> values)
            : into_(into), values_(std::move(values))
        {}
        void set(number now) { into_.push_back({std::move(values_), now}); }

    private:
        detail::callback_samples& into_;
        std::vector<std::string> values_;
    };

    /// One value for each label, in the order of declaration.
    template <label_value... Values>
        requires(sizeof...(Values) == Labels)
    [[nodiscard]] one with(Values const&... values)
    {
        return one(into_, label_values{values...}.texts());
    }

private:
    detail::callback_samples& into_;
};

/// Shows what a function returns, at every scrape, as a counter or gauge of a declaration.
///
///     class connection_pool {
///         …
///         iafmetrics::callback waiting_shown_{registry, pool_waiting, [this] { return waiting_.size(); }};
///     };
///
///     iafmetrics::callback const sessions{registry, cache_entries, iafmetrics::label_values{"sessions"},
///                                         [&] { return cache.size(); }};
///
///     iafmetrics::callback const pools{registry, pool_connections, [&](auto& series) {
///         for (auto const& pool : all_pools) series.with(pool.name, pool.kind).set(pool.connections());
///     }};
///
/// Use it for what something else counts already; what your code counts belongs in a counter. Callbacks with other
/// label values share the family.
///
/// Threads:  the function is called by whoever makes a page, one call at a time for each metric. It must not make a page
///           itself. A child forked during a call cannot make one.
/// Ordering: when the callback is destroyed, no call is under way any more and none will be. Declare it after what its
///           function reads.
/// Errors:   the constructor throws registration_error where the name is taken, or the series by another callback. Beyond
///           the series limit series are left out and count in iafmetrics_series_dropped_total. A function that throws costs its family
///           in that page and counts in iafmetrics_collector_errors_total, and so does one that gives the labels of
///           another. A counter's value that is
///           NaN, infinite or negative is left out and counts in iafmetrics_refused_amounts_total; that it never goes
///           back is up to you.
/// Lifetime: shorter than that of the registry. Do not end it under a lock that its function takes. The function must not make or destroy a callback of its own metric.
class [[nodiscard]] callback {
public:
    /// Of a metric without labels: the function returns a number.
    template <class Spec, std::invocable Read>
        requires(Spec::label_count == 0)
    callback(registry& metrics,
             Spec const& spec,
             Read read,
             std::source_location where = std::source_location::current())
        : callback(metrics, spec, label_values<>{}, std::move(read), where)
    {}

    /// Of one series of a metric with labels: likewise.
    template <class Spec, class... Values, std::invocable Read>
        requires(Spec::label_count == sizeof...(Values))
    callback(registry& metrics,
             Spec const& spec,
             label_values<Values...> const& labels,
             Read read,
             std::source_location where = std::source_location::current())
        : family_(&metrics.callbacks_of(spec, where)), added_(family_->add(labels.texts(), std::move(read)))
    {}

    /// Of all series of a metric with labels: the function is given a callback_series.
    template <class Spec, std::invocable<callback_series<Spec::label_count>&> Read>
        requires(Spec::label_count != 0)
    callback(registry& metrics,
             Spec const& spec,
             Read read,
             std::source_location where = std::source_location::current())
        : family_(&metrics.callbacks_of(spec, where)),
          added_(family_->add([read = std::move(read)](detail::callback_samples& into) mutable {
              callback_series<Spec::label_count> series(into);
              read(series);
          }))
    {}

    callback(callback&& other) noexcept : family_(other.family_), added_(std::exchange(other.added_, nullptr))
    {}
    callback(callback const&) = delete;
    callback& operator=(callback const&) = delete;
    callback& operator=(callback&&) = delete;
    ~callback()
    {
        if (added_ != nullptr) family_->remove(added_);
    }

private:
    detail::callback_family* family_;
    detail::callback_base* added_;  // null once moved from
};

}  // namespace iafmetrics::inline v0
