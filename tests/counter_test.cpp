// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/counter.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <thread>
#include <type_traits>
#include <vector>

using iafmetrics::counter;

TEST_CASE("counter: starts at zero with no constructor to run")
{
    static constinit counter const c;
    CHECK(c.value().as_double() == 0);
    CHECK(c.value().type() == iafmetrics::number::kind::unsigned_integer);
}

TEST_CASE("counter: adds one by default and any amount on request")
{
    counter c;
    c.increment();
    c.increment(41);
    CHECK(c.value().as_unsigned() == 42);
    c.increment(0.5);
    CHECK(c.value().as_double() == 42.5);
}

TEST_CASE("counter: keeps the last digit beyond 2^53")
{
    counter c;
    c.increment((std::uint64_t{1} << 60U) + 1);
    c.increment();
    CHECK(c.value().as_unsigned() == (std::uint64_t{1} << 60U) + 2);
}

TEST_CASE("counter: refuses what would make it go back or poison it, and counts that")
{
    double const infinity = std::numeric_limits<double>::infinity();
    counter c;
    c.increment(3);
    CHECK(c.refused() == 0);
    c.increment(-1);
    c.increment(std::numeric_limits<std::int64_t>::min());
    c.increment(-0.5);
    c.increment(std::numeric_limits<double>::quiet_NaN());
    c.increment(-infinity);
    c.increment(infinity);
    c.increment(std::numeric_limits<long double>::max());  // infinite as a double
    CHECK(c.value().as_unsigned() == 3);
    CHECK(c.refused() == 7);
}

TEST_CASE("counter: takes every amount that is finite and not negative")
{
    counter c;
    c.increment(0);
    c.increment(0.0);
    c.increment(-0.0);
    CHECK(c.value().type() == iafmetrics::number::kind::unsigned_integer);
    CHECK(c.value().as_unsigned() == 0);
    double const denormal = std::numeric_limits<double>::denorm_min();
    c.increment(denormal);
    CHECK(c.value().as_double() == denormal);
    c.increment(std::numeric_limits<double>::max());
    CHECK(c.value().as_double() == std::numeric_limits<double>::max());
    CHECK(c.refused() == 0);
}

TEST_CASE("counter: begins again at zero beyond 2^64, which reads as a restart")
{
    counter c;
    c.increment(std::numeric_limits<std::uint64_t>::max());
    CHECK(c.value().as_unsigned() == std::numeric_limits<std::uint64_t>::max());
    c.increment(3);
    CHECK(c.value().as_unsigned() == 2);
}

TEST_CASE("counter: counts refusals of all threads")
{
    counter c;
    {
        std::vector<std::jthread> pool;
        for (int i = 0; i != 4; ++i)
            pool.emplace_back([&] {
                for (int n = 0; n != 1'000; ++n) {
                    c.increment(-1);
                    c.increment(0.5);
                }
            });
    }
    CHECK(c.refused() == 4'000);
    CHECK(c.value().as_double() == 2'000);
}

TEST_CASE("counter: loses nothing when many threads add")
{
    constexpr int threads = 8;
    constexpr int each = 20'000;
    counter c;
    {
        std::vector<std::jthread> pool;
        for (int i = 0; i != threads; ++i)
            pool.emplace_back([&] {
                for (int n = 0; n != each; ++n) {
                    c.increment();
                    c.increment(0.25);
                }
            });
    }
    CHECK(c.value().as_double() == threads * each * 1.25);
}

TEST_CASE("counter: is an identity and never throws")
{
    static_assert(!std::is_copy_constructible_v<counter> && !std::is_copy_assignable_v<counter>);
    static_assert(noexcept(std::declval<counter&>().increment(1)) &&
                  noexcept(std::declval<counter&>().increment(0.5)));
}
