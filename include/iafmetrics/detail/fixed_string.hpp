// SPDX-License-Identifier: Apache-2.0
// fixed_string: a string literal as a template argument, so that label names are part of a type.
#pragma once

#include <cstddef>
#include <string_view>

namespace iafmetrics::inline v0::detail {

template <std::size_t Size>
struct fixed_string {
    char text[Size]{};

    // NOLINTNEXTLINE(google-explicit-constructor): a literal stands where a fixed_string is asked for
    consteval fixed_string(char const (&literal)[Size])
    {
        for (std::size_t i = 0; i != Size; ++i)
            text[i] = literal[i];
    }

    [[nodiscard]] constexpr std::string_view view() const noexcept { return {text, Size - 1}; }
};

}  // namespace iafmetrics::inline v0::detail
