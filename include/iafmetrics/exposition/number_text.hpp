// SPDX-License-Identifier: Apache-2.0
// number_text: numbers as every Prometheus format writes them.
#pragma once

#include <iafmetrics/number.hpp>

#include <bit>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>
#include <system_error>

namespace iafmetrics::inline v0::exposition {

/// Bytes that a number may take: the longest double takes 24.
inline constexpr std::size_t longest_number = 32;

/// Writes a number and returns the end: integers in full, others with as few digits as read back to the same double,
/// laid out as Go's strconv 'g' does it (100000 and 1e+06, 0.0001 and 1e-05), NaN, +Inf, -Inf. std::to_chars with
/// chars_format::general gives exactly that layout; without the format argument it does not.
[[nodiscard]] inline char* write_number(char* at, number value) noexcept
{
    char* const end = at + longest_number;
    if (value.type() == number::kind::unsigned_integer)
        return std::to_chars(at, end, value.as_unsigned()).ptr;
    if (value.type() == number::kind::signed_integer) return std::to_chars(at, end, value.as_signed()).ptr;
    double const real = value.as_double();
    // By the bits: a unit built with -ffast-math takes comparisons with NaN and infinities for constants.
    constexpr auto infinity = std::bit_cast<std::uint64_t>(std::numeric_limits<double>::infinity());
    auto const bits = std::bit_cast<std::uint64_t>(real);
    auto const magnitude = bits & ~(std::uint64_t{1} << 63U);
    if (magnitude >= infinity) [[unlikely]] {
        std::string_view const word = magnitude != infinity ? "NaN" : bits == infinity ? "+Inf" : "-Inf";
        return at + word.copy(at, word.size());
    }
    return std::to_chars(at, end, real, std::chars_format::general).ptr;
}

/// Writes a time in seconds, by digits alone (1795000000.5): with an exponent it would look as if it were rounded. A time
/// that takes too many digits has one.
[[nodiscard]] inline char* write_seconds(char* at, double seconds) noexcept
{
    auto const [end, error] = std::to_chars(at, at + longest_number, seconds, std::chars_format::fixed);
    return error == std::errc() ? end : write_number(at, seconds);
}

/// A number as text.
class number_text {
public:
    explicit number_text(number value) noexcept
        : size_(static_cast<std::size_t>(write_number(text_, value) - text_))
    {}

    [[nodiscard]] std::string_view view() const noexcept { return {text_, size_}; }

private:
    char text_[longest_number];
    std::size_t size_;
};

}  // namespace iafmetrics::inline v0::exposition
