// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/detail/short_time.hpp>

#include <doctest/doctest.h>

#include <time.h>

using namespace iafmetrics::detail;

TEST_CASE("short_time: is rounded down to quarters of a second")
{
    CHECK(short_time::at(1'795'000'000.99).seconds() == 1'795'000'000.75);
    CHECK(short_time::at(1'795'000'000).seconds() == 1'795'000'000);
}

TEST_CASE("short_time: a clock that is wrong by years says nothing")
{
    CHECK(short_time{}.seconds() == 0);
    CHECK(short_time::at(0).seconds() == 0);
    CHECK(short_time::at(1'767'225'599).seconds() == 0);
    CHECK(short_time::at(1'767'225'600 + 4'294'967'296.0 / 4).seconds() == 0);
}

TEST_CASE("short_time: now is at most a quarter of a second and a tick ago")
{
    auto const before = static_cast<double>(::time(nullptr));
    double const now = short_time::now().seconds();
    CHECK(now >= before - 1);
    CHECK(now <= static_cast<double>(::time(nullptr)) + 1);
}
