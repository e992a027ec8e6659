// SPDX-License-Identifier: Apache-2.0
// sketch_window: quantiles of the values of the last while.
#pragma once

#include <iafmetrics/detail/native_buckets.hpp>
#include <iafmetrics/detail/sketch_buckets.hpp>
#include <iafmetrics/detail/sketch_locks.hpp>
#include <iafmetrics/detail/summary_options.hpp>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <span>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// A DDSketch (Masson, Rim, Lee: "DDSketch", VLDB 2019) for each part of the window, of which the oldest is emptied when the
/// time of the next one comes. A value is counted in the youngest; a reading adds all up, which sketches do exactly.
///
/// Bucket i holds the values in (g^(i-1), g^i] and stands for 2 g^i / (g + 1), which is no further from any of them than
/// the relative error (g - 1) / (g + 1). g is 2^(2^-schema), so that an index is that of a native histogram: no logarithm,
/// and no rounding at a bound.
///
/// Memory: 8 bytes for each bucket between the smallest and the largest value of a sign in a part, at most
///         64 * (2^schema + 1) of them: a factor of 2^64 between the two. Smaller ones are counted in the lowest bucket.
/// Threads: any.
class sketch_window {
public:
    using clock = std::int64_t (*)();

    sketch_window(summary_options const& options, clock now)
        : schema_(options.schema), now_(now),
          part_nanoseconds_(part_of(options.max_age_nanoseconds, options.age_buckets)), began_(now()),
          parts_(options.age_buckets)
    {}
    sketch_window(sketch_window const&) = delete;
    sketch_window& operator=(sketch_window const&) = delete;

    /// Of a finite value. Where memory is out it is not counted.
    void add(double value) noexcept
    {
        double const absolute = value < 0 ? -value : value;
        std::int64_t const now = now_();
        std::lock_guard const lock(mutex_);
        turn_to(now);
        part& into = parts_[static_cast<std::size_t>(turn_) % parts_.size()];
        if (absolute < std::numeric_limits<double>::min())
            ++into.zeros;
        else
            (value < 0 ? into.negative : into.positive).add(bucket_index(absolute, schema_), most_buckets());
    }

    /// The values at these places, which ascend; NaN where the window is empty.
    void read(std::span<double const> places, std::span<double> into) noexcept
    {
        std::int64_t const now = now_();
        std::lock_guard const lock(mutex_);
        turn_to(now);
        std::uint64_t zeros = 0;
        std::uint64_t total = 0;
        for (part const& one : parts_) {
            zeros += one.zeros;
            total += one.zeros + one.negative.total() + one.positive.total();
        }
        std::size_t found = 0;
        std::uint64_t seen = 0;
        auto const see = [&](std::uint64_t count, double value) {
            seen += count;
            while (found != places.size() && rank_of(places[found], total) < seen)
                into[found++] = value;
        };
        side const negative(parts_, &part::negative, most_buckets());
        for (std::int32_t index = negative.end; index-- != negative.first;)
            see(negative.count(index), -value_of(index));
        see(zeros, 0);
        side const positive(parts_, &part::positive, most_buckets());
        for (std::int32_t index = positive.first; index != positive.end; ++index)
            see(positive.count(index), value_of(index));
        while (found != places.size())
            into[found++] = std::numeric_limits<double>::quiet_NaN();
    }

    /// Of bucket indices of this schema: the largest distance between a value and what it is read as, in parts of it.
    [[nodiscard]] static constexpr double error_of(int schema) noexcept
    {
        double const growth = growth_of(schema);
        return (growth - 1) / (growth + 1);
    }

private:
    struct part {
        sketch_buckets negative;  // by absolute value
        sketch_buckets positive;
        std::uint64_t zeros = 0;
    };

    /// The buckets of one sign in all parts, with the lowest ones as one where they are too many.
    struct side {
        std::vector<part> const& parts;
        sketch_buckets part::* sign;
        std::int32_t first = 0;
        std::int32_t end = 0;

        side(std::vector<part> const& all, sketch_buckets part::* which, std::int32_t most) noexcept
            : parts(all), sign(which)
        {
            bool is_empty = true;
            for (part const& one : parts) {
                sketch_buckets const& buckets = one.*sign;
                if (buckets.is_empty()) continue;
                if (is_empty || buckets.first() < first) first = buckets.first();
                if (is_empty || buckets.end() > end) end = buckets.end();
                is_empty = false;
            }
            if (end - first > most) first = end - most;
        }
        [[nodiscard]] std::uint64_t count(std::int32_t index) const noexcept
        {
            std::uint64_t count = 0;
            for (part const& one : parts)
                count += (one.*sign).count(index) + (index == first ? (one.*sign).count_below(index) : 0);
            return count;
        }
    };

    static constexpr double growth_of(int schema) noexcept
    {
        return schema > 0 ? native_bounds[std::size_t{1} << (finest_schema - schema)] : 2;
    }
    static constexpr std::int64_t part_of(std::int64_t age, std::uint32_t parts) noexcept
    {
        std::int64_t const one = age / parts;
        return one > 0 ? one : 1;
    }
    /// How many values lie below the one at this place.
    static std::uint64_t rank_of(double place, std::uint64_t total) noexcept
    {
        return total == 0 ? 0 : static_cast<std::uint64_t>(place * static_cast<double>(total - 1));
    }

    /// Runs begin and end at multiples of their step, hence one more than the factor takes.
    [[nodiscard]] std::int32_t most_buckets() const noexcept
    {
        return (std::int32_t{64} << schema_) + sketch_buckets::step;
    }
    [[nodiscard]] double value_of(std::int32_t index) const noexcept
    {
        return upper_bound(index, schema_) * (1 - error_of(schema_));
    }

    /// Empties the parts whose time has come. Time that lies behind changes nothing.
    void turn_to(std::int64_t now) noexcept
    {
        std::int64_t const turn = (now - began_) / part_nanoseconds_;
        if (turn <= turn_) [[likely]]
            return;
        auto const parts = static_cast<std::int64_t>(parts_.size());
        for (std::int64_t at = turn - turn_ < parts ? turn_ + 1 : turn - parts + 1; at <= turn; ++at) {
            part& emptied = parts_[static_cast<std::size_t>(at % parts)];
            emptied.negative.clear();
            emptied.positive.clear();
            emptied.zeros = 0;
        }
        turn_ = turn;
    }

    int const schema_;
    clock const now_;
    std::int64_t const part_nanoseconds_;
    std::int64_t const began_;
    std::int64_t turn_ = 0;  // parts that have begun since then
    std::vector<part> parts_;
    std::mutex& mutex_ = local_sketch_locks.take();
};

}  // namespace iafmetrics::inline v0::detail
