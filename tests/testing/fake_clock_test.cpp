// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/testing/fake_clock.hpp>

#include <doctest/doctest.h>

#include <chrono>

using namespace std::chrono_literals;

TEST_CASE("testing: the fake clock moves when told to")
{
    using clock = iafmetrics::testing::fake_clock;
    static_assert(std::chrono::is_clock_v<clock>);
    auto const start = clock::now();
    CHECK(clock::now() == start);
    clock::advance(250ms);
    CHECK(clock::now() - start == 250ms);
}
