// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/up_down_counter.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdint>
#include <limits>
#include <thread>
#include <vector>

using iafmetrics::up_down_counter;

TEST_CASE("up_down_counter: is what came less what went")
{
    up_down_counter c;
    c.add(5);
    c.sub(2);
    c.increment();
    c.decrement();
    CHECK(c.value().as_signed() == 3);
}

TEST_CASE("up_down_counter: takes integers of any size and sign")
{
    up_down_counter c;
    c.add(std::int8_t{-1});
    c.add(std::uint8_t{255});
    CHECK(c.value().as_signed() == 254);
    c.sub(std::int64_t{-1});
    c.sub(std::size_t{55});
    CHECK(c.value().as_signed() == 200);
    c.sub(std::numeric_limits<std::int64_t>::min());
    c.add(std::numeric_limits<std::int64_t>::min());
    CHECK(c.value().as_signed() == 200);
}

TEST_CASE("up_down_counter: shows nothing below zero and comes back exact")
{
    up_down_counter c;
    c.decrement();
    CHECK(c.value().as_signed() == 0);
    c.add(3);
    CHECK(c.value().as_signed() == 2);
}

TEST_CASE("up_down_counter: is exact when quiet however many threads took part")
{
    up_down_counter c;
    {
        std::vector<std::jthread> pool;
        for (int i = 0; i != 4; ++i)
            pool.emplace_back([&] {
                for (int n = 0; n != 20'000; ++n) {
                    c.increment();
                    c.decrement();
                }
            });
    }
    CHECK(c.value().as_signed() == 0);
}
