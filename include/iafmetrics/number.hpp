// SPDX-License-Identifier: Apache-2.0
// number: one sample's value, an integer as long as it is one.
#pragma once

#include <concepts>
#include <cstdint>

namespace iafmetrics::inline v0 {

/// What an instrument shows in a scrape. Integers stay integers, so that a count beyond 2^53 keeps its last
/// digit.
class number {
public:
    enum class kind : std::uint8_t { unsigned_integer, signed_integer, real };

    // NOLINTBEGIN(google-explicit-constructor): a number is what the three are
    constexpr number(std::unsigned_integral auto value) noexcept
        : unsigned_(value), kind_(kind::unsigned_integer)
    {}
    constexpr number(std::signed_integral auto value) noexcept : signed_(value), kind_(kind::signed_integer)
    {}
    constexpr number(std::floating_point auto value) noexcept
        : real_(static_cast<double>(value)), kind_(kind::real)
    {}
    // NOLINTEND(google-explicit-constructor)

    [[nodiscard]] constexpr kind type() const noexcept { return kind_; }
    [[nodiscard]] constexpr std::uint64_t as_unsigned() const noexcept { return unsigned_; }
    [[nodiscard]] constexpr std::int64_t as_signed() const noexcept { return signed_; }

    /// The value as a double, rounded where it does not fit.
    [[nodiscard]] constexpr double as_double() const noexcept
    {
        switch (kind_) {
        case kind::unsigned_integer: return static_cast<double>(unsigned_);
        case kind::signed_integer: return static_cast<double>(signed_);
        case kind::real: break;
        }
        return real_;
    }

private:
    union {
        std::uint64_t unsigned_;
        std::int64_t signed_;
        double real_;
    };
    kind kind_;
};

}  // namespace iafmetrics::inline v0
