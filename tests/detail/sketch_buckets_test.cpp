// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/detail/sketch_buckets.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <map>
#include <random>

using iafmetrics::detail::sketch_buckets;

TEST_CASE("sketch_buckets: each index has its count while they are few enough")
{
    sketch_buckets buckets;
    CHECK(buckets.is_empty());
    for (std::int32_t const index : {0, -1, 63, 64, -64, -65, 0, 200})
        CHECK(buckets.add(index, 512));
    CHECK(buckets.total() == 8);
    CHECK(buckets.count(0) == 2);
    for (std::int32_t const index : {-1, 63, 64, -64, -65, 200})
        CHECK(buckets.count(index) == 1);
    for (std::int32_t const index : {1, -1000, 1000, 255, -128})
        CHECK(buckets.count(index) == 0);
    CHECK(buckets.first() <= -65);
    CHECK(buckets.end() > 200);
    CHECK(buckets.count_below(0) == 3);
    CHECK(buckets.count_below(-1000) == 0);
    CHECK(buckets.count_below(1000) == 8);
    buckets.clear();
    CHECK(buckets.is_empty());
    CHECK(buckets.count(0) == 0);
    CHECK(buckets.count_below(1000) == 0);
    CHECK(buckets.add(-5000, 512));
    CHECK(buckets.count(-5000) == 1);
}

TEST_CASE("sketch_buckets: where they are too many the lowest takes what lies below it, and nothing is lost")
{
    std::mt19937 random(7);  // NOLINT(cert-msc51-cpp): the same indices at each run
    for (int round = 0; round != 200; ++round) {
        CAPTURE(round);
        std::int32_t const most = 64 * static_cast<std::int32_t>(1 + random() % 8);
        auto const spread = static_cast<std::int32_t>(1 + random() % 4000);
        sketch_buckets buckets;
        std::map<std::int32_t, std::uint64_t> exact;
        std::uint64_t observed = 0;
        for (int i = 0; i != 300; ++i) {
            auto const index = static_cast<std::int32_t>(random() % 8000) % spread - spread / 2;
            REQUIRE(buckets.add(index, most));
            ++exact[index];
            REQUIRE(buckets.total() == ++observed);
            REQUIRE(buckets.end() - buckets.first() <= most);
        }
        std::uint64_t below = 0;
        for (auto const& [index, count] : exact)
            if (index <= buckets.first())
                below += count;
            else
                REQUIRE(buckets.count(index) == count);
        CHECK(buckets.count(buckets.first()) == below);
        CHECK(buckets.end() > exact.rbegin()->first);
    }
}
