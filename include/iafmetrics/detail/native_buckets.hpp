// SPDX-License-Identifier: Apache-2.0
// native_buckets: which exponential bucket a value belongs to, and where that bucket ends.
#pragma once

#include <iafmetrics/detail/native_bounds.hpp>

#include <array>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <limits>

namespace iafmetrics::inline v0::detail {

inline constexpr int coarsest_schema = -4;
inline constexpr int finest_schema = 8;

/// 2^exponent, for what a double can hold; 0 and infinity beyond.
[[nodiscard]] constexpr double power_of_two(std::int64_t exponent) noexcept
{
    if (exponent > 1023) return std::numeric_limits<double>::infinity();
    if (exponent >= -1022) return std::bit_cast<double>(static_cast<std::uint64_t>(exponent + 1023) << 52U);
    if (exponent >= -1074) return std::bit_cast<double>(std::uint64_t{1} << (exponent + 1074));
    return 0;
}

/// The coarsest schema whose buckets grow by no more than a factor above 1, as the other clients choose it; the finest one
/// where none does.
[[nodiscard]] constexpr int schema_of_growth(double factor) noexcept
{
    for (int schema = coarsest_schema; schema <= 0; ++schema)
        if (power_of_two(std::int64_t{1} << -schema) <= factor) return schema;
    for (int schema = 1; schema < finest_schema; ++schema)
        if (native_bounds[std::size_t{1} << (finest_schema - schema)] <= factor) return schema;
    return finest_schema;
}

/// The index that holds a bucket where the schema is coarser by `by`. With each step two neighbours become one: an index
/// is divided by two and rounded up.
[[nodiscard]] constexpr std::int32_t coarser_index(std::int32_t index, int by) noexcept
{
    return (index + (std::int32_t{1} << by) - 1) >> by;
}

namespace native_index {

/// How many bounds are below 1 + i/256, of which the next two are looked at.
inline constexpr std::array<std::uint16_t, 256> first_candidates = [] {
    std::array<std::uint16_t, 256> first{};
    std::uint16_t below = 0;
    for (std::size_t i = 0; i != first.size(); ++i) {
        while (native_bounds[below] < 1 + static_cast<double>(i) / 256)
            ++below;
        first[i] = below;
    }
    return first;
}();

inline constexpr std::uint64_t mantissa = (std::uint64_t{1} << 52U) - 1;

/// Of the bits of a number in [1, 2): how many bounds are below it.
[[nodiscard, gnu::always_inline]] constexpr std::int32_t bounds_below(std::uint64_t bits) noexcept
{
    std::size_t const first = first_candidates[(bits & mantissa) >> 44U];
    return static_cast<std::int32_t>(first) +
           static_cast<std::int32_t>(std::bit_cast<std::uint64_t>(native_bounds[first]) < bits) +
           static_cast<std::int32_t>(std::bit_cast<std::uint64_t>(native_bounds[first + 1]) < bits);
}

}  // namespace native_index

/// The bucket of the finest schema that holds a finite value above 0.
[[nodiscard, gnu::always_inline]] constexpr std::int32_t finest_index(double value) noexcept
{
    using namespace native_index;
    std::uint64_t bits = std::bit_cast<std::uint64_t>(value);
    auto exponent = static_cast<std::int32_t>(bits >> 52U) - 1023;
    if (exponent == -1023)
        [[unlikely]] {  // subnormal: shifted until its first bit is where that of the others is
        int const shift = std::countl_zero(bits) - 11;
        bits <<= static_cast<unsigned>(shift);
        exponent = -1022 - shift;
    }
    return exponent * 256 + bounds_below((bits & mantissa) | std::bit_cast<std::uint64_t>(1.0));
}

/// Behind the bucket of the largest double: that of infinity.
inline constexpr std::int32_t finest_index_of_infinity = 1024 * 256 + 1;

/// The bucket of the absolute value of anything but NaN and 0.
[[nodiscard, gnu::always_inline]] constexpr std::int32_t bucket_index(double absolute, int schema) noexcept
{
    bool const is_infinite = absolute > std::numeric_limits<double>::max();
    return coarser_index(is_infinite ? finest_index_of_infinity : finest_index(absolute),
                         finest_schema - schema);
}

/// The largest value that a bucket holds. That of the bucket of the largest double is the largest double, that of the
/// one behind it infinity.
[[nodiscard]] constexpr double upper_bound(std::int32_t index, int schema) noexcept
{
    int const halvings = finest_schema - schema;
    std::int64_t const finest = std::int64_t{index} << halvings;
    if (finest >= finest_index_of_infinity - 1)
        return index <= coarser_index(finest_index_of_infinity - 1, halvings)
                   ? std::numeric_limits<double>::max()
                   : std::numeric_limits<double>::infinity();
    double const bound = native_bounds[static_cast<std::size_t>(finest & 255)];
    std::int64_t const exponent = finest >> 8;
    if (exponent >= -1022) return bound * power_of_two(exponent);
    return bound * power_of_two(-1022) * power_of_two(exponent + 1022);  // subnormal: rounded once
}

}  // namespace iafmetrics::inline v0::detail
