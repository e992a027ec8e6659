// SPDX-License-Identifier: Apache-2.0
// The bucket of a value by its logarithm, to compare the library's tables and shifts with.
#pragma once

#include <cmath>
#include <cstdint>

/// 2^(index / 2^schema) in long double: 64 bits of mantissa, so that its error is far below a double's last digit.
inline long double exact_native_bound(std::int32_t index, int schema)
{
    return std::exp2(std::ldexp(static_cast<long double>(index), -schema));
}

/// Of a finite value above 0. The logarithm may err beside a bound, which is looked at from both sides: a bound is the double
/// nearest to the exact number.
inline std::int32_t slow_native_index(double value, int schema)
{
    auto index =
        static_cast<std::int32_t>(std::ceil(std::ldexp(std::log2(static_cast<long double>(value)), schema)));
    auto const bound = [&](std::int32_t i) {
        int exponent = 0;
        long double const fraction = std::frexp(exact_native_bound(i, schema), &exponent);
        return std::ldexp(static_cast<long double>(static_cast<double>(fraction)), exponent);
    };
    while (static_cast<long double>(value) > bound(index))
        ++index;
    while (static_cast<long double>(value) <= bound(index - 1))
        --index;
    return index;
}
