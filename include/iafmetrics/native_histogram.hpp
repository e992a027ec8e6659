// SPDX-License-Identifier: Apache-2.0
// native_histogram: a distribution over exponential buckets, which are there where values are.
#pragma once

#include <iafmetrics/detail/exemplar_slots.hpp>
#include <iafmetrics/detail/nanoseconds.hpp>
#include <iafmetrics/detail/native_cells.hpp>
#include <iafmetrics/detail/native_reading.hpp>
#include <iafmetrics/detail/shown_family.hpp>
#include <iafmetrics/exemplar.hpp>
#include <iafmetrics/family.hpp>
#include <iafmetrics/labels.hpp>
#include <iafmetrics/native_histogram_spec.hpp>
#include <iafmetrics/native_snapshot.hpp>
#include <iafmetrics/steady_clock.hpp>
#include <iafmetrics/visitor.hpp>

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0 {

/// A distribution of observed values over buckets that grow by a factor: any value has one, nobody chooses bounds, and
/// series with buckets of different widths add up.
///
///     inline constexpr iafmetrics::native_histogram_spec<"route"> request_duration{
///         "shop_request_duration_seconds", "Requests by route."};
///
///     registry.add(request_duration).with("/carts/{id}").observe(0.012);
///
/// A bucket is made with the first value in it. Where they become more than the limit (160), the histogram begins anew if
/// the last beginning was long enough ago (an hour); else the zero bucket is widened, as far as is allowed; else the
/// buckets are, to twice their width, until they are few enough. A histogram that was widened begins anew when it is
/// shown and that hour has passed, so that its resolution comes back.
///
/// Prometheus scrapes the buckets by its protobuf format (scrape_native_histograms), and OpenMetrics 2.0 has them; any other
/// page of text shows a classic histogram, with the declared buckets or +Inf alone.
///
/// Unit:     what the metric's name says; seconds for durations.
/// Threads:  every member may be called from any thread at any time; not from a signal handler.
/// Cost:     1.6 times a classic histogram's, the same for any number of threads: each writes cells of its own. The first
///           value of a bucket takes a lock and may allocate, as does a thread's first observation; so does every one of a
///           thread that has no cells, see counter.
/// Ordering: none between observations. A snapshot holds whole observations, as that of a histogram does. While buckets are
///           widened nothing is lost; what is observed while a histogram begins anew is counted before or behind that.
/// Errors:   none is thrown. No value is refused: NaN counts, in no bucket, and makes the sum NaN; an infinity counts in
///           the bucket behind that of the largest double and makes the sum infinite. That is what the specification of
///           native histograms asks for; a histogram refuses both. Where memory is out, a value without a bucket
///           counts in none. With the widest buckets there are, the limit is kept by a zero bucket that is wider than allowed.
class native_histogram {
public:
    explicit native_histogram(detail::native_options const& options,
                              std::span<double const> bounds = {},
                              detail::native_cells::clock now = &detail::nanoseconds_of<steady_clock>)
        : cells_(options, bounds, now)
    {}
    explicit native_histogram(detail::family_options const& family)
        : native_histogram(family.native,
                           family.bounds,
                           family.clock.now == nullptr ? &detail::nanoseconds_of<steady_clock>
                                                       : family.clock.now)
    {}
    native_histogram(native_histogram const&) = delete;
    native_histogram& operator=(native_histogram const&) = delete;

    void observe(double value) noexcept { cells_.observe(value); }

    /// With an exemplar, see histogram::observe: the newest of each declared bucket; where none are declared, the newest of
    /// each of ten classes of values, neighbouring powers of two being in different ones. One that no page can show is
    /// refused and counted, as is that of NaN; the value is observed all the same.
    void observe(double value, exemplar_labels labels) noexcept
    {
        observe(value);
        detail::exemplar_text const text(labels);
        if (!text.is_right() || value != value) return refuse();
        exemplars_.write(slot_of(value), slots(), text.view(), value);
    }

    /// Exemplars refused so far; a page shows them by metric in iafmetrics_refused_amounts_total.
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

    /// Of the declared buckets; none where none are declared.
    [[nodiscard]] std::span<double const> bounds() const noexcept { return cells_.bounds(); }

    /// Calls `visit(native_snapshot const&)`.
    template <class Visit>
    void read(Visit&& visit) const
    {
        detail::native_reading now;
        cells_.read(now);
        visit(now.snapshot());
    }
    [[nodiscard]] std::uint64_t count() const noexcept
    {
        detail::native_reading now;
        cells_.read(now);
        return now.count;
    }
    [[nodiscard]] double sum() const noexcept
    {
        detail::native_reading now;
        cells_.read(now);
        return now.sum;
    }
    /// When it began, or began anew: nanoseconds since 1970.
    [[nodiscard]] std::int64_t created() const noexcept
    {
        detail::native_reading now;
        cells_.read(now);
        return now.created;
    }

    void show(labels_view labels, visitor& out) const
    {
        std::vector<detail::exemplar_copy> copies;
        std::vector<bucket_exemplar> exemplars;
        if (!exemplars_.is_empty()) read_exemplars(copies, exemplars);
        detail::native_reading now;
        cells_.read(now);
        native_snapshot const native = now.snapshot();
        std::size_t const classic_buckets = bounds().size() + 1;
        double const created = static_cast<double>(now.created) * 1e-9;
        out.histogram(labels, {bounds(), std::span(now.classic).first(classic_buckets), now.sum, created,
                               exemplars, &native});
        cells_.reset_if_due();
    }

    /// See counter::reserve.
    void reserve() noexcept { cells_.reserve(); }

private:
    [[nodiscard]] std::size_t slots() const noexcept { return bounds().empty() ? 10 : bounds().size() + 1; }

    [[nodiscard]] std::size_t slot_of(double value) const noexcept
    {
        if (!bounds().empty()) return cells_.classic_bucket_of(value);
        std::uint64_t const exponent = std::bit_cast<std::uint64_t>(value) >> 52U;  // and the sign
        return exponent % slots();
    }

    /// The views are of the copies. Where no buckets are declared, all are in +Inf, the newest first: it is what a format
    /// shows that has one for each bucket.
    void read_exemplars(std::vector<detail::exemplar_copy>& copies,
                        std::vector<bucket_exemplar>& exemplars) const
    {
        copies.resize(slots());
        for (std::size_t i = 0; i != slots(); ++i)
            if (exemplars_.read(i, copies[i]))
                exemplars.push_back({bounds().empty() ? 0 : i, copies[i].view()});
        if (!bounds().empty()) return;
        for (bucket_exemplar& one : exemplars)
            if (exemplars.front().exemplar.timestamp < one.exemplar.timestamp)
                std::swap(exemplars.front(), one);
    }

    [[gnu::noinline, gnu::cold]] void refuse() noexcept { refused_.fetch_add(1, std::memory_order_relaxed); }

    mutable detail::native_cells cells_;  // shown, it may begin anew
    detail::exemplar_slots exemplars_;
    std::atomic<std::uint64_t> refused_{0};
};

namespace detail {

template <fixed_string... Labels>
struct family_of_spec<native_histogram_spec<Labels...>> {
    using instrument = native_histogram;
    using type = family<native_histogram, Labels...>;
    static constexpr metric_type exposed_as = metric_type::histogram;
};

}  // namespace detail
}  // namespace iafmetrics::inline v0
