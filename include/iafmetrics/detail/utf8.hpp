// SPDX-License-Identifier: Apache-2.0
// UTF-8, checked and repaired: one broken byte in a label value or a help text makes a whole page unreadable.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::detail {

/// Bytes of the well-formed UTF-8 sequence at the start of `text`, which is not empty; 0 where it is
/// ill-formed (Unicode 15, table 3-7: no overlong form, no surrogate, nothing above U+10FFFF).
constexpr std::size_t utf8_sequence_length(std::string_view text) noexcept
{
    auto const byte = [&](std::size_t i) {
        return i < text.size() ? static_cast<unsigned char>(text[i]) : static_cast<unsigned char>(0);
    };
    auto const is_tail = [&](std::size_t i) { return (byte(i) & 0xC0U) == 0x80U; };
    unsigned char const first = byte(0);
    if (first < 0x80) return 1;
    if (first < 0xC2) return 0;
    if (first < 0xE0) return is_tail(1) ? 2 : 0;
    if (first < 0xF0) {
        if (first == 0xE0 && byte(1) < 0xA0) return 0;
        if (first == 0xED && byte(1) > 0x9F) return 0;
        return is_tail(1) && is_tail(2) ? 3 : 0;
    }
    if (first > 0xF4) return 0;
    if (first == 0xF0 && byte(1) < 0x90) return 0;
    if (first == 0xF4 && byte(1) > 0x8F) return 0;
    return is_tail(1) && is_tail(2) && is_tail(3) ? 4 : 0;
}

constexpr bool is_valid_utf8(std::string_view text) noexcept
{
    while (!text.empty()) {
        std::size_t const length = utf8_sequence_length(text);
        if (length == 0) return false;
        text.remove_prefix(length);
    }
    return true;
}

/// `text` with every ill-formed byte replaced by U+FFFD.
inline std::string repaired_utf8(std::string_view text)
{
    std::string out;
    out.reserve(text.size() + 2);
    while (!text.empty()) {
        std::size_t const length = utf8_sequence_length(text);
        if (length == 0)
            out += "\xEF\xBF\xBD";
        else
            out += text.substr(0, length);
        text.remove_prefix(length == 0 ? 1 : length);
    }
    return out;
}

}  // namespace iafmetrics::inline v0::detail
