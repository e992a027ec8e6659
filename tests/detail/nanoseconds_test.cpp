// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/detail/nanoseconds.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>

using iafmetrics::detail::nanoseconds_in;

TEST_CASE("nanoseconds: a duration of any length is exact")
{
    using namespace std::chrono_literals;
    for (std::int64_t const count :
         {1LL, 606'388'013'000'000LL, 9'007'199'254'740'993LL, 9'223'372'036'854'775'806LL})
        CHECK(nanoseconds_in(std::chrono::nanoseconds(count)) == count);
    CHECK(nanoseconds_in(606'388'013ms) == 606'388'013'000'000);
    CHECK(nanoseconds_in(200'000h) == 720'000'000'000'000'000);
    CHECK(nanoseconds_in(std::chrono::duration<double>(.25)) == 250'000'000);
    CHECK(nanoseconds_in(std::chrono::duration<std::int64_t, std::pico>(5'000'000'000'001'999)) ==
          5'000'000'000'001);
}

TEST_CASE("nanoseconds: one that is none is 0, one beyond 292 years is that long")
{
    using seconds = std::chrono::duration<double>;
    CHECK(nanoseconds_in(seconds(-1)) == 0);
    CHECK(nanoseconds_in(seconds(std::numeric_limits<double>::quiet_NaN())) == 0);
    CHECK(nanoseconds_in(seconds(1e300)) == std::numeric_limits<std::int64_t>::max());
    CHECK(nanoseconds_in(std::chrono::years(293)) == std::numeric_limits<std::int64_t>::max());
}
