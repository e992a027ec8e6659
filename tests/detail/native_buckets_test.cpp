// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/detail/native_buckets.hpp>

#include <doctest/doctest.h>

#include "slow_native_index.hpp"

#include <bit>
#include <cmath>
#include <cstdint>
#include <limits>
#include <random>

using namespace iafmetrics::detail;

namespace {

constexpr double most = std::numeric_limits<double>::max();
constexpr double infinity = std::numeric_limits<double>::infinity();

}  // namespace

TEST_CASE("native_buckets: the schema of a growth factor is that of the other clients")
{
    struct vector {
        double factor;
        int schema;
    };
    for (auto const [factor, schema] : {vector{65536, -4},
                                        {256, -3},
                                        {16, -2},
                                        {4, -1},
                                        {2, 0},
                                        {1.5, 1},
                                        {1.2, 2},
                                        {1.1, 3},
                                        {1.05, 4},
                                        {1.03, 5},
                                        {1.02, 6},
                                        {1.01, 7},
                                        {1.005, 8}}) {
        CAPTURE(factor);
        CHECK(schema_of_growth(factor) == schema);
    }
    CHECK(schema_of_growth(1e300) == -4);
    CHECK(schema_of_growth(1.0001) == 8);
}

TEST_CASE("native_buckets: a bucket holds its upper bound and not the number above it")
{
    for (int schema = -4; schema <= 8; ++schema)
        for (std::int32_t finest = -1022 * 256; finest <= 1023 * 256; finest += 1 << (8 - schema)) {
            std::int32_t const index = finest >> (8 - schema);
            double const bound = upper_bound(index, schema);
            if (bucket_index(bound, schema) != index ||
                bucket_index(std::nextafter(bound, infinity), schema) != index + 1)
                FAIL_CHECK("schema " << schema << ", index " << index);
        }
    CHECK(bucket_index(1, 3) == 0);
    CHECK(bucket_index(std::nextafter(1, 2), 3) == 1);
    CHECK(bucket_index(2, 3) == 8);
    CHECK(bucket_index(2, -4) == 1);
    CHECK(bucket_index(1, -4) == 0);
}

TEST_CASE("native_buckets: bounds are the doubles nearest to 2^(index / 2^schema)")
{
    for (std::int32_t index = 0; index != 256; ++index)
        CHECK(upper_bound(index, 8) == static_cast<double>(exact_native_bound(index, 8)));
    CHECK(upper_bound(0, 0) == 1);
    CHECK(upper_bound(-3, 0) == 0.125);
    CHECK(upper_bound(1, -4) == 65536);
    CHECK(upper_bound(-1, -4) == 1. / 65536);
    CHECK(upper_bound(4, 3) == std::sqrt(2.));
}

TEST_CASE("native_buckets: any value lies in the bucket that its logarithm says, by every schema")
{
    std::mt19937_64 random(11);  // NOLINT(cert-msc51-cpp): the same values at each run
    for (int round = 0; round != 20'000; ++round) {
        double value = std::bit_cast<double>(random() >> 1U);  // of any magnitude, subnormal ones too
        if (round % 4 == 1) value = std::bit_cast<double>(random() >> 12U);
        if (round % 2 == 0)
            value = upper_bound(static_cast<std::int32_t>(random() % 400'000) - 200'000, 8) *
                    (1 + static_cast<double>(static_cast<int>(random() % 5) - 2) * 0x1p-52);
        if (!(value > 0 && value <= most)) continue;
        for (int schema = -4; schema <= 8; ++schema)
            if (bucket_index(value, schema) != slow_native_index(value, schema))
                FAIL_CHECK("schema " << schema << ", value " << value << ": " << bucket_index(value, schema)
                                     << " and " << slow_native_index(value, schema));
    }
}

TEST_CASE("native_buckets: a coarser schema holds in one bucket what two neighbours of a finer one hold")
{
    CHECK(coarser_index(1, 1) == 1);
    CHECK(coarser_index(2, 1) == 1);
    CHECK(coarser_index(3, 1) == 2);
    CHECK(coarser_index(0, 1) == 0);
    CHECK(coarser_index(-1, 1) == 0);
    CHECK(coarser_index(-2, 1) == -1);
    CHECK(coarser_index(-3, 1) == -1);
    CHECK(coarser_index(5, 0) == 5);
    for (double const value : {1e-300, 0.1, 0.5, 1., 1.5, 123456., 1e300, infinity})
        for (int schema = -4; schema != 8; ++schema)
            for (int finer = schema; finer <= 8; ++finer)
                CHECK(bucket_index(value, schema) ==
                      coarser_index(bucket_index(value, finer), finer - schema));
}

TEST_CASE("native_buckets: the ends of what a double can hold have buckets")
{
    CHECK(bucket_index(std::numeric_limits<double>::denorm_min(), 8) == -1074 * 256);
    CHECK(bucket_index(std::numeric_limits<double>::denorm_min(), -4) == -67);
    CHECK(upper_bound(-1074 * 256, 8) == std::numeric_limits<double>::denorm_min());
    CHECK(upper_bound(-1024, 0) == 0x1p-1024);
    for (int schema = -4; schema <= 8; ++schema) {
        CAPTURE(schema);
        CHECK(bucket_index(infinity, schema) == bucket_index(most, schema) + 1);
        CHECK(upper_bound(bucket_index(most, schema), schema) == most);
        CHECK(upper_bound(bucket_index(infinity, schema), schema) == infinity);
    }
}
