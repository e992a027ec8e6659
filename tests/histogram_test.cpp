// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/histogram.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cmath>
#include <cstddef>
#include <limits>
#include <numeric>
#include <thread>
#include <vector>

using iafmetrics::histogram;

namespace {
constexpr std::array<double, 3> bounds{0.1, 1, 10};
}

TEST_CASE("histogram: puts a value that equals a bound into that bound's bucket")
{
    histogram h(bounds);
    h.observe(0.1);
    h.observe(std::nextafter(0.1, 1));
    h.observe(10);
    h.observe(11);
    CHECK(h.count_in_bucket(0) == 1);
    CHECK(h.count_in_bucket(1) == 1);
    CHECK(h.count_in_bucket(2) == 1);
    CHECK(h.count_in_bucket(3) == 1);
    CHECK(h.count() == 4);
    CHECK(h.sum() == doctest::Approx(21.2));
}

TEST_CASE("histogram: puts extremes at the ends")
{
    double const most = std::numeric_limits<double>::max();
    histogram h(bounds);
    h.observe(-most);
    h.observe(-0.0);
    h.observe(std::numeric_limits<double>::denorm_min());
    h.observe(most);
    CHECK(h.count_in_bucket(0) == 3);
    CHECK(h.count_in_bucket(3) == 1);
    CHECK(h.count() == 4);
    CHECK(h.sum() == 0);
    CHECK(h.refused() == 0);
}

TEST_CASE("histogram: refuses NaN and infinities, which would poison the sum, and counts that")
{
    double const infinity = std::numeric_limits<double>::infinity();
    for (std::size_t const count : {std::size_t{3}, std::size_t{40}}) {
        std::vector<double> many(count);
        std::iota(many.begin(), many.end(), 1);
        histogram h(many);
        h.observe(2);
        h.observe(infinity);
        h.observe(-infinity);
        h.observe(std::numeric_limits<double>::quiet_NaN());
        h.observe(-std::numeric_limits<double>::quiet_NaN());
        CHECK(h.count() == 1);
        CHECK(h.sum() == 2);
        CHECK(h.refused() == 4);
    }
}

TEST_CASE("histogram: finds the same bucket with few bounds and with many")
{
    for (std::size_t const count : {std::size_t{1}, std::size_t{32}, std::size_t{33}, std::size_t{64}}) {
        CAPTURE(count);
        std::vector<double> many(count);
        std::iota(many.begin(), many.end(), 1);
        histogram h(many);
        for (double value = 0.5; value < static_cast<double>(count) + 1; value += 0.5)
            h.observe(value);
        CHECK(h.count_in_bucket(0) == 2);  // 0.5 and 1
        for (std::size_t i = 1; i != count; ++i)
            CHECK(h.count_in_bucket(i) == 2);
        CHECK(h.count_in_bucket(count) == 1);
    }
}

TEST_CASE("histogram: loses nothing when many threads observe")
{
    histogram h(bounds);
    {
        std::vector<std::jthread> pool;
        for (int i = 0; i != 4; ++i)
            pool.emplace_back([&] {
                for (int n = 0; n != 20'000; ++n)
                    h.observe(0.5);
            });
    }
    CHECK(h.count_in_bucket(1) == 80'000);
    CHECK(h.sum() == 40'000);
}
