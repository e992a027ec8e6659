// SPDX-License-Identifier: Apache-2.0
// callback: a counter, gauge or unknown whose value is read when a page is made.
#pragma once

#include <iafmetrics/detail/callback_family.hpp>
#include <iafmetrics/detail/held_function.hpp>
#include <iafmetrics/label_value.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/spec.hpp>

#include <concepts>
#include <cstddef>
#include <optional>
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
        void set(number now) && { into_.push_back({std::move(values_), now}); }

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

/// Shows what a function returns, at every scrape, as a counter, gauge or unknown of a declaration.
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
/// Threads:  the function is called when a page is made, by its thread or, under a deadline, by one of the page's own;
///           pages may overlap, so by several threads at a time. No lock is held meanwhile. One that a page had to leave
///           behind runs on after it (registry::visit).
/// Cost:     the end waits for calls of this function that are under way, and for no other.
/// Ordering: once the callback has ended, its function is not called any more and is destroyed. Declare it after what
///           its function reads. Ended by the function itself, it does not wait for that call, which is the last.
/// Errors:   the constructor throws registration_error where the name is taken, or the series by another callback.
///           Beyond the series limit series are left out and count in iafmetrics_series_dropped_total. A function that
///           throws costs its family in that page and counts in iafmetrics_collector_errors_total. Labels that were given
///           before cost that sample alone, which iafmetrics_series_refused tells. A counter's value that is NaN, infinite or negative is left out and counts
///           in iafmetrics_refused_amounts_total; that it never goes back is up to you. Do not end it under a lock
///           that its function takes.
/// Lifetime: may outlive the registry; moves.
class [[nodiscard]] callback {
public:
    /// Of a metric without labels: the function returns a number.
    template <class Spec, class Read>
        requires(Spec::label_count == 0 && std::invocable<Read const&>)
    callback(registry& metrics,
             Spec const& spec,
             Read read,
             std::source_location where = std::source_location::current())
        : callback(metrics, spec, label_values<>{}, std::move(read), where)
    {}

    /// Of one series of a metric with labels: likewise.
    template <class Spec, class... Values, class Read>
        requires(Spec::label_count == sizeof...(Values) && std::invocable<Read const&>)
    callback(registry& metrics,
             Spec const& spec,
             label_values<Values...> const& labels,
             Read read,
             std::source_location where = std::source_location::current())
        : held_(metrics.callbacks_of(spec, where).add(where, labels.texts(), std::move(read)))
    {}

    /// Of all series of a metric with labels: the function is given a callback_series.
    template <class Spec, class Read>
        requires(Spec::label_count != 0 && std::invocable<Read const&, callback_series<Spec::label_count>&>)
    callback(registry& metrics,
             Spec const& spec,
             Read read,
             std::source_location where = std::source_location::current())
        : held_(metrics.callbacks_of(spec, where)
                    .add(where, std::nullopt, [read = std::move(read)](detail::callback_samples& into) {
                        callback_series<Spec::label_count> series(into);
                        read(series);
                    }))
    {}

private:
    detail::held_registration<detail::held_callback> held_;
};

}  // namespace iafmetrics::inline v0
