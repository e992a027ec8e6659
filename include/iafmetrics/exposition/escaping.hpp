// SPDX-License-Identifier: Apache-2.0
// escaping: how metric and label names that are any UTF-8 are shown to a reader of classic names.
#pragma once

#include <iafmetrics/detail/escaped_name.hpp>
#include <iafmetrics/detail/naming.hpp>

#include <string>
#include <string_view>

namespace iafmetrics::inline v0::exposition {

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
