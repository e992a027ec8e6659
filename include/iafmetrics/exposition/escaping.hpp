// SPDX-License-Identifier: Apache-2.0
// escaping: how metric and label names that are any UTF-8 are shown to a reader of classic names.
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

/// What Accept and Content-Type call them, in the order of the enumerators.
inline constexpr std::string_view escaping_scheme_names[] = {"underscores", "dots", "values", "allow-utf-8"};

/// Whether each reader since text 0.0.4 takes the name without quotes.
[[nodiscard]] constexpr bool is_legacy_metric_name(std::string_view name) noexcept
{
    return detail::is_metric_name(name);
}
/// The same of a label's name, which has no colon.
[[nodiscard]] constexpr bool is_legacy_label_name(std::string_view name) noexcept
{
    return detail::is_label_name(name);
}

}  // namespace iafmetrics::inline v0::exposition

namespace iafmetrics::inline v0::detail {

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

namespace iafmetrics::inline v0::exposition {

/// Appends a metric's name as `scheme` shows it. A legacy name is left alone by every scheme; every other becomes one,
/// unless the scheme is allow_utf8. The name has at least one character.
///
///     append_metric_name(page, "http.rps", escaping_scheme::values);      // U__http_2e_rps
///
/// Cost:   at most 6 bytes for each byte of the name; allocates only where `out` has no room.
/// Errors: a byte that is no UTF-8 counts as one character, U+FFFD; allow_utf8 shows it as it is.
inline void append_metric_name(std::string& out, std::string_view name, escaping_scheme scheme)
{
    if (scheme == escaping_scheme::allow_utf8 || is_legacy_metric_name(name))
        out += name;
    else
        detail::append_escaped(out, name, scheme, true);
}

/// The same of a label's name, in which a colon is escaped too.
inline void append_label_name(std::string& out, std::string_view name, escaping_scheme scheme)
{
    if (scheme == escaping_scheme::allow_utf8 || is_legacy_label_name(name))
        out += name;
    else
        detail::append_escaped(out, name, scheme, false);
}

}  // namespace iafmetrics::inline v0::exposition
