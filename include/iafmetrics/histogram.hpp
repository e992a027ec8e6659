// SPDX-License-Identifier: Apache-2.0
// histogram: how often a value fell into which bucket, and their sum.
#pragma once

#include <iafmetrics/detail/bucket_search.hpp>
#include <iafmetrics/detail/chunk_reader.hpp>
#include <iafmetrics/detail/exemplar_slots.hpp>
#include <iafmetrics/detail/histogram_cells.hpp>
#include <iafmetrics/exemplar.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <new>
#include <span>

namespace iafmetrics::inline v0 {

/// A distribution of observed values over fixed buckets.
///
///     request_duration.observe(0.012);
///
/// A value belongs to the first bucket whose upper bound is not below it; above all of them, to +Inf.
///
/// Unit:     what the metric's name says; seconds for durations.
/// Threads:  every member may be called from any thread at any time; not from a signal handler.
/// Cost:     3 to 4 ns with ten bounds and random values, the same for any number of threads: each writes
///           cells of its own. The search is linear and branch-free up to 32 bounds, binary above. A thread's
///           first observation takes a lock and may allocate.
/// Ordering: none between observations. The count is derived from the buckets, so that it always equals the
///           +Inf bucket. The sum is that of the same observations, unless a thread observes so busily that a
///           bounded number of attempts meets it in the middle of one each time, or has no cells, as at its very
///           end: then it may differ by those under way.
/// Errors:   none is thrown. NaN and infinities are refused and counted, see refused(): one of them would leave the
///           sum, and every mean taken of it, NaN or infinite until the program ends. (Go's client lets it; the
///           specification of OpenTelemetry ignores them.) A negative value is observed; the sum then goes down,
///           and Prometheus' rate() of it reads that as a restart.
class histogram {
public:
    /// The bounds are ascending and finite, at most max_bucket_bounds, and outlive the histogram: its family
    /// owns them.
    explicit histogram(std::span<double const> bounds) : search_(bounds), cells_(bounds.size() + 1) {}
    histogram(histogram const&) = delete;
    histogram& operator=(histogram const&) = delete;

    void observe(double value) noexcept
    {
        if (!is_observable(value)) [[unlikely]]
            return refuse();
        cells_.add(search_.bucket_of(value), value);
    }

    /// With an exemplar, which a page in OpenMetrics or protobuf shows: the newest one of each bucket. One that no page
    /// can show (more than 128 characters or 208 bytes, see exemplar_labels) is refused and counted; the value is observed all the
    /// same. Costs some 100 ns and the coarse clock.
    void observe(double value, exemplar_labels labels) noexcept
    {
        observe(value);
        detail::exemplar_text const text(labels);
        if (!text.is_right()) return refuse();
        if (is_observable(value))
            exemplars_.write(search_.bucket_of(value), bounds().size() + 1, text.view(), value);
    }

    /// False where the bucket has none. Read it before the counts: then what it belongs to has been counted.
    [[nodiscard]] bool read_exemplar(std::size_t bucket, detail::exemplar_copy& into) const noexcept
    {
        return exemplars_.read(bucket, into);
    }
    [[nodiscard]] bool has_exemplars() const noexcept { return !exemplars_.is_empty(); }

    [[nodiscard]] std::span<double const> bounds() const noexcept { return search_.bounds(); }

    /// Fills `counts`, one for each bound and one for +Inf, not cumulative; the sum is returned.
    double read(std::span<std::uint64_t> counts) const noexcept
    {
        detail::chunk_reader alone;
        return read(alone, counts);
    }
    /// For whoever reads one instrument after the other.
    double read(detail::chunk_reader& reader, std::span<std::uint64_t> counts) const noexcept
    {
        return cells_.read(reader, counts);
    }

    [[nodiscard]] std::uint64_t count_in_bucket(std::size_t bucket) const noexcept
    {
        std::array<std::uint64_t, detail::most_buckets> counts;
        read(std::span(counts).first(bounds().size() + 1));
        return counts[bucket];
    }
    [[nodiscard]] std::uint64_t count() const noexcept
    {
        std::array<std::uint64_t, detail::most_buckets> counts;
        read(std::span(counts).first(bounds().size() + 1));
        std::uint64_t total = 0;
        for (std::size_t i = 0; i <= bounds().size(); ++i)
            total += counts[i];
        return total;
    }
    [[nodiscard]] double sum() const noexcept
    {
        std::array<std::uint64_t, detail::most_buckets> counts;
        return read(std::span(counts).first(bounds().size() + 1));
    }

    /// Values refused so far; a page shows them by metric in iafmetrics_refused_amounts_total.
    [[nodiscard]] std::uint64_t refused() const noexcept { return refused_.load(std::memory_order_relaxed); }

    /// See counter::reserve.
    void reserve() noexcept { cells_.reserve(); }

private:
    [[gnu::noinline, gnu::cold]] void refuse() noexcept { refused_.fetch_add(1, std::memory_order_relaxed); }

    [[nodiscard, gnu::always_inline]] static bool is_observable(double value) noexcept
    {
        constexpr double most = std::numeric_limits<double>::max();
        return value >= -most && value <= most;  // false for NaN
    }

    detail::bucket_search search_;
    detail::histogram_cells cells_;
    std::atomic<std::uint64_t> refused_{0};
    detail::exemplar_slots exemplars_;  // one for each bucket
};

}  // namespace iafmetrics::inline v0
