// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/in_progress.hpp>

#include <doctest/doctest.h>

#include <type_traits>
#include <utility>

using iafmetrics::in_progress;
using iafmetrics::up_down_counter;

TEST_CASE("in_progress: one more as long as it lives")
{
    up_down_counter count;
    {
        in_progress const outer{count};
        in_progress const inner{count};
        CHECK(count.value().as_signed() == 2);
    }
    CHECK(count.value().as_signed() == 0);
}

TEST_CASE("in_progress: moves take the one along")
{
    static_assert(!std::is_copy_constructible_v<in_progress> && !std::is_copy_assignable_v<in_progress>);
    up_down_counter reads;
    up_down_counter writes;
    {
        in_progress read{reads};
        in_progress kept{std::move(read)};
        CHECK(reads.value().as_signed() == 1);
        in_progress write{writes};
        kept = std::move(write);  // ends the read
        CHECK(reads.value().as_signed() == 0);
        CHECK(writes.value().as_signed() == 1);
        auto& same = kept;
        kept = std::move(same);
        CHECK(writes.value().as_signed() == 1);
    }
    CHECK(writes.value().as_signed() == 0);
}
