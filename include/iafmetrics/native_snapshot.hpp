// SPDX-License-Identifier: Apache-2.0
// native_snapshot: the exponential buckets of a native histogram at one moment.
#pragma once

#include <cstdint>
#include <span>

namespace iafmetrics::inline v0 {

/// Bucket i holds values in (base^(i-1), base^i] where base is 2^(2^-schema), and among the negative ones those whose
/// absolute value lies there. Values whose absolute value is at most the zero threshold are in the zero bucket.
///
/// The count is that of all buckets and of what is in none of them: NaN, which makes the sum NaN too.
///
/// Lifetime: of the snapshot that refers to it; the spans are valid during the call that it is passed to.
struct native_snapshot {
    struct bucket {
        std::int32_t index;
        std::uint64_t count;  // not 0
        friend bool operator==(bucket const&, bucket const&) = default;
    };

    int schema;  // -4 to 8
    double zero_threshold;
    std::uint64_t zero_count;
    std::uint64_t count;
    double sum;
    std::span<bucket const> negative;  // by ascending index, as those below
    std::span<bucket const> positive;
};

}  // namespace iafmetrics::inline v0
