// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/number.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>

using iafmetrics::number;

TEST_CASE("number: takes every integer and floating-point type as what it is")
{
    CHECK(number(-3).type() == number::kind::signed_integer);
    CHECK(number(-3).as_signed() == -3);
    CHECK(number(std::size_t{7}).as_unsigned() == 7);
    CHECK(number(static_cast<short>(-1)).as_double() == -1);
    CHECK(number(2.5F).as_double() == 2.5);
    CHECK(number(UINT64_MAX).as_unsigned() == UINT64_MAX);
}
