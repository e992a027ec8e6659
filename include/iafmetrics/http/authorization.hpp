// SPDX-License-Identifier: Apache-2.0
// authorization: what a request's Authorization field says.
#pragma once

#include <iafmetrics/detail/field_text.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::http {

/// A longer Authorization field is taken for malformed.
inline constexpr std::size_t longest_authorization = 4096;

namespace detail {

/// What follows the scheme's name, in any case, and its blanks; none for another scheme.
inline std::optional<std::string_view> after_scheme(std::string_view field, std::string_view scheme) noexcept
{
    if (field.size() > longest_authorization) return std::nullopt;
    field = iafmetrics::detail::trimmed(field);
    if (field.size() <= scheme.size() || field[scheme.size()] != ' ' ||
        !iafmetrics::detail::is_same(field.substr(0, scheme.size()), scheme))
        return std::nullopt;
    field.remove_prefix(scheme.size());
    while (field.starts_with(' '))
        field.remove_prefix(1);
    return field;
}

inline constexpr std::uint8_t no_digit = 64;

inline constexpr auto base64_digits = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    std::uint8_t next = 0;
    for (char const digit :
         std::string_view("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"))
        values[static_cast<unsigned char>(digit)] = next++;
    return values;
}();

/// RFC 4648, section 4: padded, and the bits that are left over are zero, so that each text has one spelling.
inline std::optional<std::string> decoded_base64(std::string_view text)
{
    if (text.size() % 4 != 0) return std::nullopt;
    std::size_t const padding = text.ends_with("==") ? 2 : text.ends_with("=") ? 1 : 0;
    std::string decoded;
    decoded.reserve(text.size() / 4 * 3);
    std::uint32_t bits = 0;
    unsigned held = 0;
    for (char const c : text.substr(0, text.size() - padding)) {
        std::uint8_t const digit = base64_digits[static_cast<unsigned char>(c)];
        if (digit == no_digit) return std::nullopt;
        bits = bits << 6U | digit;
        held += 6;
        if (held < 8) continue;
        held -= 8;
        decoded += static_cast<char>(bits >> held & 0xFFU);
        bits &= (1U << held) - 1;
    }
    if (bits != 0) return std::nullopt;
    return decoded;
}

}  // namespace detail

/// A user and a password, as RFC 7617 sends them.
///
///     auto const given = basic_credentials::parse("Basic cHJvbWV0aGV1czpzM2NyZXQ=");   // prometheus, s3cret
///
/// Cost: one allocation of at most 3 KiB, for a field that has the scheme and base64 behind it alone.
struct basic_credentials {
    std::string user;  ///< up to the first colon
    std::string password;

    /// None where the field has another scheme or is malformed: base64 that is not strict, no colon, a control
    /// character (RFC 7617, section 2).
    [[nodiscard]] static std::optional<basic_credentials> parse(std::string_view field)
    {
        auto const encoded = detail::after_scheme(field, "Basic");
        if (!encoded) return std::nullopt;
        auto const text = detail::decoded_base64(*encoded);
        if (!text) return std::nullopt;
        for (char const c : *text)
            if (static_cast<unsigned char>(c) < 0x20 || c == '\x7F') return std::nullopt;
        std::size_t const colon = text->find(':');
        if (colon == std::string::npos) return std::nullopt;
        return basic_credentials{text->substr(0, colon), text->substr(colon + 1)};
    }
};

/// The token of a field as RFC 6750, section 2.1, has it: `Bearer mF_9.B5f-4.1JqM`. None where the field has another
/// scheme or what follows is no b64token. Views the field.
[[nodiscard]] inline std::optional<std::string_view> parse_bearer(std::string_view field) noexcept
{
    auto const token = detail::after_scheme(field, "Bearer");
    if (!token) return std::nullopt;
    std::string_view text = *token;
    while (text.ends_with('='))
        text.remove_suffix(1);
    if (text.empty()) return std::nullopt;
    for (char const c : text) {
        bool const is_base64 = detail::base64_digits[static_cast<unsigned char>(c)] != detail::no_digit;
        if (!is_base64 && c != '-' && c != '.' && c != '_' && c != '~') return std::nullopt;
    }
    return token;
}

}  // namespace iafmetrics::inline v0::http
