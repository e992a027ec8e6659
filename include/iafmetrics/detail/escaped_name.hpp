// SPDX-License-Identifier: Apache-2.0
// escaped_name: how a name that is any UTF-8 is shown to a reader of classic names.
#pragma once

#include <iafmetrics/detail/naming.hpp>
#include <iafmetrics/detail/utf8.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::exposition {

/// Prometheus' four schemes; a client chooses one by `escaping=` in Accept. Of `http.rps é`:
///
///     underscores    http_rps__              not reversible, the default
///     dots           http_dot_rps____        dots come back
///     values         U__http_2e_rps_20__e9_  everything comes back
///     allow_utf8     http.rps é              as it is; whoever writes it quotes it
enum class escaping_scheme : std::uint8_t { underscores, dots, values, allow_utf8 };

}  // namespace iafmetrics::inline v0::exposition

namespace iafmetrics::inline v0::detail {

/// Takes the first character from `name`, and returns what underscores make of it.
constexpr char take_underscored(std::string_view& name, bool is_first, bool may_have_colons) noexcept
{
    char const c = name.front();
    std::size_t const length = utf8_sequence_length(name);
    name.remove_prefix(length == 0 ? 1 : length);
    return is_letter(c) || (is_digit(c) && !is_first) || (c == ':' && may_have_colons) ? c : '_';
}

/// True where underscores make the same label of both.
constexpr bool is_same_underscored(std::string_view label, std::string_view other) noexcept
{
    for (bool is_first = true; !label.empty() && !other.empty(); is_first = false)
        if (take_underscored(label, is_first, false) != take_underscored(other, is_first, false))
            return false;
    return label.empty() && other.empty();
}

/// True where it begins with __ then, which Prometheus keeps for itself.
constexpr bool is_reserved_underscored(std::string_view name) noexcept
{
    if (name.empty() || take_underscored(name, true, true) != '_') return false;
    return !name.empty() && take_underscored(name, false, true) == '_';
}

/// Bytes of a name in which underscores stand for what no classic name has.
struct underscored_size {
    std::size_t bytes = 0;

    constexpr explicit underscored_size(std::string_view name) noexcept
    {
        for (; !name.empty(); ++bytes)
            (void)take_underscored(name, false, false);
    }
    [[nodiscard]] constexpr std::size_t size() const noexcept { return bytes; }
};

/// The code point of one well-formed UTF-8 sequence.
constexpr std::uint32_t code_point(std::string_view sequence) noexcept
{
    auto const byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(sequence[i])}; };
    if (sequence.size() == 1) return byte(0);
    std::uint32_t code = byte(0) & (0x7FU >> sequence.size());
    for (std::size_t i = 1; i != sequence.size(); ++i)
        code = code << 6U | (byte(i) & 0x3FU);
    return code;
}

/// `_e9_` of é.
inline void append_value(std::string& out, std::uint32_t code)
{
    unsigned shift = 20;
    while (shift != 0 && code >> shift == 0)
        shift -= 4;
    out += '_';
    for (;; shift -= 4) {
        out += "0123456789abcdef"[code >> shift & 0xFU];
        if (shift == 0) break;
    }
    out += '_';
}

/// Of a name that is not a legacy one: each character is kept, or becomes what the scheme makes of it.
inline void append_escaped(std::string& out,
                           std::string_view name,
                           exposition::escaping_scheme scheme,
                           bool may_have_colons)
{
    using exposition::escaping_scheme;
    if (scheme == escaping_scheme::values && !name.empty()) out += "U__";
    for (bool is_first = true; !name.empty(); is_first = false) {
        std::size_t const length = utf8_sequence_length(name);
        std::string_view const character = name.substr(0, length == 0 ? 1 : length);
        name.remove_prefix(character.size());
        char const c = character.front();
        bool const is_kept = is_letter(c) || (is_digit(c) && !is_first) || (c == ':' && may_have_colons);
        if (is_kept && (c != '_' || scheme == escaping_scheme::underscores))
            out += c;
        else if (scheme == escaping_scheme::underscores)
            out += '_';
        else if (scheme == escaping_scheme::dots)
            out += c == '.' ? "_dot_" : "__";
        else if (c == '_')
            out += "__";
        else if (length == 0)
            out += "_FFFD_";
        else
            append_value(out, code_point(character));
    }
}

}  // namespace iafmetrics::inline v0::detail
