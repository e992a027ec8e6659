// SPDX-License-Identifier: Apache-2.0
// field_text: what the values of HTTP header fields are made of (RFC 9110, sections 5.6 and 12.4.2).
#pragma once

#include <cstddef>
#include <string_view>

namespace iafmetrics::inline v0::detail {

/// Takes what stands before the first `separator` outside of a quoted string, and the separator, off `rest`.
///
///     while (!field.empty()) member(take_until(field, ','));
constexpr std::string_view take_until(std::string_view& rest, char separator) noexcept
{
    bool is_quoted = false;
    std::size_t end = 0;
    for (; end != rest.size() && (is_quoted || rest[end] != separator); ++end) {
        if (rest[end] == '"')
            is_quoted = !is_quoted;
        else if (is_quoted && rest[end] == '\\' && end + 1 != rest.size())
            ++end;
    }
    std::string_view const part = rest.substr(0, end);
    rest.remove_prefix(end == rest.size() ? end : end + 1);
    return part;
}

constexpr std::string_view trimmed(std::string_view text) noexcept
{
    while (!text.empty() && (text.front() == ' ' || text.front() == '\t'))
        text.remove_prefix(1);
    while (!text.empty() && (text.back() == ' ' || text.back() == '\t'))
        text.remove_suffix(1);
    return text;
}

constexpr char lower(char c) noexcept { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

/// Whether two tokens are the same but for the case of ASCII letters.
constexpr bool is_same(std::string_view a, std::string_view b) noexcept
{
    if (a.size() != b.size()) return false;
    for (std::size_t i = 0; i != a.size(); ++i)
        if (lower(a[i]) != lower(b[i])) return false;
    return true;
}

/// Of the weight `q=0.5`: 500. Of anything that is no weight: malformed_weight.
inline constexpr int malformed_weight = -1;
constexpr int weight_of(std::string_view text) noexcept
{
    if (text.size() < 3 || lower(text[0]) != 'q' || text[1] != '=') return malformed_weight;
    text.remove_prefix(2);
    if (text.size() > 5 || (text[0] != '0' && text[0] != '1') || (text.size() > 1 && text[1] != '.'))
        return malformed_weight;
    int found = text[0] == '1' ? 1000 : 0;
    int place = 100;
    for (char const digit : text.substr(text.size() < 2 ? text.size() : 2)) {
        if (digit < '0' || digit > '9') return malformed_weight;
        found += (digit - '0') * place;
        place /= 10;
    }
    return found <= 1000 ? found : malformed_weight;
}

/// The same with 0 for what is malformed, so that it is not acceptable.
constexpr int thousandths(std::string_view text) noexcept
{
    int const weight = weight_of(text);
    return weight == malformed_weight ? 0 : weight;
}

}  // namespace iafmetrics::inline v0::detail
