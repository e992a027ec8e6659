// SPDX-License-Identifier: Apache-2.0
// summary: how many values there were, their sum, and quantiles of those of the last while.
#pragma once

#include <iafmetrics/detail/chunk_reader.hpp>
#include <iafmetrics/detail/histogram_cells.hpp>
#include <iafmetrics/detail/shown_family.hpp>
#include <iafmetrics/detail/sketch_window.hpp>
#include <iafmetrics/detail/summary_options.hpp>
#include <iafmetrics/family.hpp>
#include <iafmetrics/labels.hpp>
#include <iafmetrics/summary_spec.hpp>
#include <iafmetrics/visitor.hpp>

#include <time.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <span>

namespace iafmetrics::inline v0 {
namespace detail {

/// Of the coarse monotonic clock, which moves every few milliseconds.
inline std::int64_t coarse_nanoseconds() noexcept
{
    ::timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
    return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

}  // namespace detail

/// A distribution of observed values as its quantiles, over a window of time.
///
///     inline constexpr iafmetrics::summary_spec<"route"> request_size{
///         "shop_request_size_bytes", "Sizes by route.", iafmetrics::quantiles{.5, .9, .99},
///         iafmetrics::max_age{std::chrono::minutes(10)}};
///
///     registry.add(request_size).with("/carts").observe(512);
///
/// Prefer a histogram: quantiles of several programs, or of several series, cannot be added up. A summary is for one
/// program, where nobody knows the range of values beforehand.
///
/// The quantile q of n values is the one that floor(q * (n - 1)) others lie below: 0 is the smallest, 1 the largest. What is
/// shown is within the relative error, 1 % where nothing is said, of exactly that value. Two things are outside of that
/// bound: a value closer to 0 than the smallest normal double counts as 0, and where values of one sign lie more than a
/// factor of 2^64 apart, those closest to 0 count as the smallest that does not.
///
/// The count and the sum are of all values since the program began and do not forget; a rate() of them is what it is of a
/// histogram's. Quantiles are NaN until the first value and where the window is empty.
///
/// Unit:     what the metric's name says; seconds for durations.
/// Threads:  every member may be called from any thread at any time; not from a signal handler.
/// Cost:     four to five times a histogram's: a lock, the coarse clock, and the index of a bucket. Threads that do nothing
///           but observe one summary wait for each other: with two of them it is twice that for each. It is no
///           instrument for a hot loop. Without quantiles it is half a histogram's, and threads do not wait. The first
///           value of another range allocates. A series has some 9 KB of memory for each decade that its values span,
///           with five age buckets. A page takes the lock for some microseconds.
/// Ordering: none between observations. Count and sum are of the same observations, as a histogram's are.
/// Errors:   none is thrown. NaN and infinities are refused and counted, as by a histogram. Where memory is out, a value
///           is in the count and the sum, and in no quantile.
class summary {
public:
    explicit summary(detail::summary_options const& options,
                     detail::sketch_window::clock now = &detail::coarse_nanoseconds)
        : options_(options)
    {
        if (options.quantile_count != 0) window_.emplace(options, now);
    }
    explicit summary(detail::family_options const& family)
        : summary(family.summary,
                  family.clock.now == nullptr ? &detail::coarse_nanoseconds : family.clock.now)
    {}
    summary(summary const&) = delete;
    summary& operator=(summary const&) = delete;

    void observe(double value) noexcept
    {
        constexpr double most = std::numeric_limits<double>::max();
        if (!(value >= -most && value <= most)) [[unlikely]] {  // true for NaN
            refused_.fetch_add(1, std::memory_order_relaxed);
            return;
        }
        cells_.add(0, value);
        if (window_) window_->add(value);
    }

    /// The value at any place from 0 to 1, of the window; NaN where that is empty, or the declaration has no quantiles.
    [[nodiscard]] double quantile(double place) const noexcept
    {
        double found = std::numeric_limits<double>::quiet_NaN();
        if (window_ && place >= 0 && place <= 1) window_->read({&place, 1}, {&found, 1});
        return found;
    }
    [[nodiscard]] std::uint64_t count() const noexcept
    {
        detail::chunk_reader alone;
        return read_cells(alone).count;
    }
    [[nodiscard]] double sum() const noexcept
    {
        detail::chunk_reader alone;
        return read_cells(alone).sum;
    }

    /// Values refused so far; a page shows them by metric in iafmetrics_refused_amounts_total.
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

    /// For whoever shows one instrument after the other. `created` is when the series began.
    void show(labels_view labels, double created, detail::chunk_reader& reader, visitor& out) const
    {
        std::span<double const> const places = options_.quantiles();
        std::array<double, detail::most_quantiles> values;
        if (window_) window_->read(places, values);
        std::array<summary_snapshot::quantile, detail::most_quantiles> shown;
        for (std::size_t i = 0; i != places.size(); ++i)
            shown[i] = {places[i], values[i]};
        totals const all = read_cells(reader);
        out.summary(labels, {std::span(shown).first(places.size()), all.count, all.sum, created});
    }

    /// See counter::reserve.
    void reserve() noexcept { cells_.reserve(); }

private:
    struct totals {
        std::uint64_t count;
        double sum;
    };
    [[nodiscard]] totals read_cells(detail::chunk_reader& reader) const noexcept
    {
        std::uint64_t count = 0;
        double const sum = cells_.read(reader, {&count, 1});
        return {count, sum};
    }

    detail::summary_options const options_;
    detail::histogram_cells cells_{1};
    mutable std::optional<detail::sketch_window> window_;  // read, it forgets what is too old
    std::atomic<std::uint64_t> refused_{0};
};

namespace detail {

template <fixed_string... Labels>
struct family_of_spec<summary_spec<Labels...>> {
    using instrument = summary;
    using type = family<summary, Labels...>;
    static constexpr metric_type exposed_as = metric_type::summary;
};

}  // namespace detail
}  // namespace iafmetrics::inline v0
