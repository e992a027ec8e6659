// SPDX-License-Identifier: Apache-2.0
// number_text: numbers as every Prometheus format writes them.
#pragma once

#include <iafmetrics/number.hpp>

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <string_view>

namespace iafmetrics::inline v0::exposition {

/// A number as text: integers in full, others with as few digits as read back to the same double, laid out as
/// Go's strconv 'g' does it (100000 and 1e+06, 0.0001 and 1e-05), NaN, +Inf, -Inf. std::to_chars with
/// chars_format::general gives exactly that layout; without the format argument it does not.
class number_text {
public:
    explicit number_text(number value) noexcept
    {
        switch (value.type()) {
        case number::kind::unsigned_integer: integer(value.as_unsigned()); break;
        case number::kind::signed_integer: integer(value.as_signed()); break;
        case number::kind::real: real(value.as_double()); break;
        }
    }

    [[nodiscard]] std::string_view view() const noexcept { return {text_, size_}; }

private:
    template <class Integer>
    void integer(Integer value) noexcept
    {
        size_ = static_cast<std::size_t>(std::to_chars(text_, text_ + sizeof text_, value).ptr - text_);
    }

    void real(double value) noexcept
    {
        constexpr double most = std::numeric_limits<double>::max();
        if (!(value == value))
            literal("NaN");
        else if (value > most || value < -most)
            literal(value < 0 ? "-Inf" : "+Inf");
        else
            size_ = static_cast<std::size_t>(
                std::to_chars(text_, text_ + sizeof text_, value, std::chars_format::general).ptr - text_);
    }

    void literal(std::string_view word) noexcept { size_ = word.copy(text_, sizeof text_); }

    char text_[32];  // the longest double takes 24
    std::size_t size_ = 0;
};

}  // namespace iafmetrics::inline v0::exposition
