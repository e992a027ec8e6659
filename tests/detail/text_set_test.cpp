// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/detail/text_set.hpp>

#include <doctest/doctest.h>

#include <string>

using iafmetrics::detail::text_set;

TEST_CASE("text_set: has what was inserted, once, however many there are")
{
    text_set set{"first", ""};
    CHECK(set.contains(""));
    CHECK_FALSE(set.contains("0"));
    for (int i = 0; i != 5'000; ++i)
        REQUIRE(set.insert(std::to_string(i)));
    for (int i = 0; i != 5'000; ++i) {
        REQUIRE_FALSE(set.insert(std::to_string(i)));
        REQUIRE(set.contains(std::to_string(i)));
        REQUIRE_FALSE(set.contains(std::to_string(i) + "x"));
    }
    CHECK(set.contains("first"));
}

TEST_CASE("text_set: a copy is its own, and a cleared one is empty")
{
    text_set set{"a"};
    text_set copy = set;
    CHECK(copy.insert("b"));
    CHECK_FALSE(set.contains("b"));
    set.clear();
    CHECK_FALSE(set.contains("a"));
    CHECK(set.insert("a"));
    CHECK(copy.contains("a"));
}
