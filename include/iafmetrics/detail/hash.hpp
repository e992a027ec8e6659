// SPDX-License-Identifier: Apache-2.0
// hash: label values to 64 bits.
#pragma once

#include <iafmetrics/detail/short_text.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace iafmetrics::inline v0::detail {

/// Each place has a seed of its own, so that values hash side by side and their order counts.
[[nodiscard]] constexpr std::uint64_t hash_seed(std::size_t place) noexcept
{
    return 0x589965CC75374CC3ULL + place * 0x9E3779B97F4A7C15ULL;
}

/// The hash of several values in their order. It tells ("a","bc") from ("ab","c"). It is not keyed: who
/// controls label values can make collisions, which cost time up to the family's series limit and nothing
/// else, for the values are compared in full.
[[nodiscard]] inline std::uint64_t hash_values(std::span<std::string_view const> values) noexcept
{
    std::uint64_t hash = 0;
    for (std::size_t i = 0; i != values.size(); ++i)
        hash += short_text(values[i], hash_seed(i)).hash();
    return hash;
}

}  // namespace iafmetrics::inline v0::detail
