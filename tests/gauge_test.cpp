// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/gauge.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cmath>
#include <limits>
#include <thread>
#include <vector>

using iafmetrics::gauge;

TEST_CASE("gauge: shows what was set last and what was added since")
{
    gauge g;
    CHECK(g.value().as_double() == 0);
    g.set(21.5);
    g.add(2);
    g.sub(0.5);
    g.increment();
    g.decrement();
    CHECK(g.value().as_double() == 23);
    g.set(-1e300);
    CHECK(g.value().as_double() == -1e300);
}

TEST_CASE("gauge: NaN and infinities are values, and the next one set takes their place")
{
    double const infinity = std::numeric_limits<double>::infinity();
    gauge g;
    g.set(std::numeric_limits<double>::quiet_NaN());
    g.add(1);
    CHECK(std::isnan(g.value().as_double()));
    g.set(-infinity);
    g.add(1);
    CHECK(g.value().as_double() == -infinity);
    g.set(-0.0);
    CHECK(std::signbit(g.value().as_double()));
    g.set(1);
    CHECK(g.value().as_double() == 1);
}

TEST_CASE("gauge: loses nothing when many threads add")
{
    gauge g;
    {
        std::vector<std::jthread> pool;
        for (int i = 0; i != 4; ++i)
            pool.emplace_back([&] {
                for (int n = 0; n != 20'000; ++n) {
                    g.add(2);
                    g.sub(1);
                }
            });
    }
    CHECK(g.value().as_double() == 80'000);
}

TEST_CASE("gauge: can be set to the current time in seconds")
{
    gauge g;
    g.set_to_current_time();
    auto const now =
        std::chrono::duration<double>(std::chrono::system_clock::now().time_since_epoch()).count();
    CHECK(g.value().as_double() <= now);
    CHECK(g.value().as_double() > now - 60);
}
