// SPDX-License-Identifier: Apache-2.0
// docs/tutorial.md: the shop's test.
#include <iafmetrics/testing.hpp>

#include <doctest/doctest.h>

#include "tutorial_shop.hpp"

namespace testing = iafmetrics::testing;

TEST_CASE("an order that is too large is counted as sold out")
{
    iafmetrics::registry registry;
    shop s{registry};
    s.order("book", 11);

    CHECK(testing::value(registry, "shop_orders_total", {{"kind", "book"}, {"result", "sold_out"}}) == 1);
    CHECK(testing::histogram(registry, "shop_order_duration_seconds", {{"kind", "book"}}).count == 1);
    CHECK(testing::value(registry, "shop_orders_in_progress") == 0);
    CHECK(testing::lint(registry) == "");
}
