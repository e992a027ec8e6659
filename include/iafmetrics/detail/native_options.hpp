// SPDX-License-Identifier: Apache-2.0
// native_options: what a native histogram is declared with.
#pragma once

#include <cstdint>
#include <limits>

namespace iafmetrics::inline v0::detail {

struct native_options {
    int schema = 3;  // of a growth of 1.1
    std::uint32_t bucket_limit = 160;
    double zero_threshold = 0x1p-128;
    double max_zero_threshold = 0;                           // no wider than zero_threshold
    std::int64_t min_reset_nanoseconds = 3'600'000'000'000;  // an hour
    friend bool operator==(native_options const&, native_options const&) = default;

    static constexpr std::int64_t never = std::numeric_limits<std::int64_t>::max();
};

}  // namespace iafmetrics::inline v0::detail
