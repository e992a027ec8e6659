// SPDX-License-Identifier: Apache-2.0
// native_spans: the buckets of a native histogram as the formats write them, in runs and with counts or deltas.
#pragma once

#include <iafmetrics/native_snapshot.hpp>

#include <cstddef>
#include <cstdint>
#include <span>

namespace iafmetrics::inline v0::exposition {

/// A run of buckets: `length` of them, `offset` behind the one before, the first one's from index 0.
struct native_span {
    std::int32_t offset;
    std::uint32_t length;
    friend bool operator==(native_span const&, native_span const&) = default;
};

/// A gap of at most this many empty buckets is written as buckets of 0: a span costs more.
inline constexpr std::int32_t longest_filled_gap = 2;

/// Calls `visit(native_span)` for each run of buckets. Without buckets there is none.
template <class Visit>
constexpr void for_each_span(std::span<native_snapshot::bucket const> buckets, Visit&& visit)
{
    std::int32_t end = 0;  // the index behind the span before
    for (std::size_t i = 0; i != buckets.size();) {
        native_span span{buckets[i].index - end, 1};
        end = buckets[i].index + 1;
        for (++i; i != buckets.size() && buckets[i].index - end <= longest_filled_gap; ++i) {
            span.length += static_cast<std::uint32_t>(buckets[i].index + 1 - end);
            end = buckets[i].index + 1;
        }
        visit(span);
    }
}

/// Calls `visit(std::uint64_t)` with the count of each bucket of the spans, gaps that they fill included.
template <class Visit>
constexpr void for_each_count(std::span<native_snapshot::bucket const> buckets, Visit&& visit)
{
    for (std::size_t i = 0; i != buckets.size(); ++i) {
        if (i != 0) {
            std::int32_t const gap = buckets[i].index - buckets[i - 1].index - 1;
            if (gap <= longest_filled_gap)
                for (std::int32_t filled = 0; filled != gap; ++filled)
                    visit(std::uint64_t{0});
        }
        visit(buckets[i].count);
    }
}

/// Calls `visit(std::int64_t)` with what each of those counts has more than the one before it, the first than 0.
template <class Visit>
constexpr void for_each_delta(std::span<native_snapshot::bucket const> buckets, Visit&& visit)
{
    std::uint64_t before = 0;
    for_each_count(buckets, [&](std::uint64_t count) {
        visit(static_cast<std::int64_t>(count - before));
        before = count;
    });
}

}  // namespace iafmetrics::inline v0::exposition
