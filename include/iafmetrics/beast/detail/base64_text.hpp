// SPDX-License-Identifier: Apache-2.0
// base64_text: bytes as letters, for credentials and for the values of a grouping key.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::beast::detail {

enum class base64_alphabet {
    standard,  ///< RFC 4648, section 4, padded: what Authorization has
    url_safe,  ///< section 5, without padding: what fits into a path
};

[[nodiscard]] inline std::string base64_text(std::string_view bytes, base64_alphabet alphabet)
{
    bool const is_standard = alphabet == base64_alphabet::standard;
    char const* const digits = is_standard
                                   ? "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
                                   : "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string text;
    text.reserve((bytes.size() + 2) / 3 * 4);
    std::uint32_t held = 0;
    unsigned bits = 0;
    for (char const c : bytes) {
        held = held << 8U | static_cast<unsigned char>(c);
        for (bits += 8; bits >= 6; bits -= 6)
            text += digits[held >> (bits - 6) & 63U];
    }
    if (bits != 0) text += digits[held << (6 - bits) & 63U];
    while (is_standard && text.size() % 4 != 0)
        text += '=';
    return text;
}

}  // namespace iafmetrics::inline v0::beast::detail
