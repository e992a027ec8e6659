// SPDX-License-Identifier: Apache-2.0
// method: a request's method as a label, one of ten values whatever a client sends.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace iafmetrics::inline v0::http {

/// The methods that are shown by name (RFC 9110, RFC 5789, and OpenTelemetry's known list), in the order of
/// the dense tables. All others are `_OTHER`: a client can invent any number of them.
inline constexpr std::array<std::string_view, 11> known_methods{
    "GET", "POST", "PUT", "DELETE", "PATCH", "HEAD", "OPTIONS", "CONNECT", "TRACE", "QUERY", "_OTHER"};

inline constexpr std::size_t other_method = known_methods.size() - 1;

/// The place of a method in known_methods; methods are case-sensitive.
[[nodiscard]] constexpr std::size_t method_index(std::string_view method) noexcept
{
    for (std::size_t i = 0; i != other_method; ++i)
        if (known_methods[i] == method) return i;
    return other_method;
}

}  // namespace iafmetrics::inline v0::http
