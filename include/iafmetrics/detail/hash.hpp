// SPDX-License-Identifier: Apache-2.0
// hash: label values to 64 bits, quick for the short strings that label values are.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string_view>

namespace iafmetrics::inline v0::detail {

/// Both halves of a 128-bit product, folded: every input bit reaches every output bit.
inline std::uint64_t fold_multiply(std::uint64_t a, std::uint64_t b) noexcept
{
    __extension__ using wide = unsigned __int128;
    wide const product = static_cast<wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

inline std::uint64_t load_8(char const* at) noexcept
{
    std::uint64_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

inline std::uint64_t load_4(char const* at) noexcept
{
    std::uint32_t value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

/// One value's hash. Reads overlapping words, so that no length needs a loop over single bytes.
inline std::uint64_t hash_text(std::string_view text, std::uint64_t seed) noexcept
{
    constexpr std::uint64_t k0 = 0x9FB21C651E98DF25ULL;  // odd, about half of the bits set
    constexpr std::uint64_t k1 = 0xD6E8FEB86659FD93ULL;
    char const* at = text.data();
    std::size_t const size = text.size();
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    if (size > 16) {
        std::size_t left = size;
        for (; left > 16; left -= 16, at += 16)
            seed = fold_multiply(load_8(at) ^ k0, load_8(at + 8) ^ seed);
        low = load_8(at + left - 16);
        high = load_8(at + left - 8);
    } else if (size >= 8) {
        low = load_8(at);
        high = load_8(at + size - 8);
    } else if (size >= 4) {
        low = load_4(at);
        high = load_4(at + size - 4);
    } else if (size != 0) {
        low = static_cast<unsigned char>(at[0]) |
              static_cast<std::uint64_t>(static_cast<unsigned char>(at[size / 2])) << 8U |
              static_cast<std::uint64_t>(static_cast<unsigned char>(at[size - 1])) << 16U;
    }
    return fold_multiply(low ^ k1 ^ size, high ^ seed);
}

/// The hash of several values in their order. It tells ("a","bc") from ("ab","c"). It is not keyed: who
/// controls label values can make collisions, which cost time up to the family's series limit and nothing
/// else, for the values are compared in full.
inline std::uint64_t hash_values(std::span<std::string_view const> values) noexcept
{
    std::uint64_t hash = 0x8EBC6AF09C88C6E3ULL;
    std::uint64_t seed = 0x589965CC75374CC3ULL;
    for (std::string_view const value : values) {
        hash = fold_multiply(hash_text(value, seed) ^ hash, 0x1D8E4E27C47D124FULL);
        seed += 0x9E3779B97F4A7C15ULL;
    }
    return hash;
}

}  // namespace iafmetrics::inline v0::detail
