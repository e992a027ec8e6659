// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/testing/difference.hpp>

#include <doctest/doctest.h>

#include <limits>

using namespace iafmetrics;

namespace {

struct shop {
    shop()
    {
        r.add(counter_spec{run_time, "orders_total", "Orders."}).increment(3);
        auto& heat = r.add(gauge_spec<"room", "floor">{run_time, "heat_celsius", "Heat."});
        heat.with("attic", 3).set(1e6);
        heat.with("cellar", -1).set(std::numeric_limits<double>::quiet_NaN());
    }
    registry r;
};

}  // namespace

TEST_CASE("testing difference: a page is as expected, in whatever order, indentation and spelling of numbers")
{
    shop const s;
    CHECK(testing::difference(s.r, R"(
              # HELP heat_celsius Heat.
              # TYPE heat_celsius gauge
              heat_celsius{room="cellar",floor="-1"} NaN
              heat_celsius{floor="3",room="attic"} 1000000

              # HELP orders_total Orders.
              # TYPE orders_total counter
              orders_total 3.0
          )") == "");
}

TEST_CASE("testing difference: HELP and TYPE count where they are expected")
{
    shop const s;
    CHECK(testing::difference(s.r, "orders_total 3", {"orders_total"}) == "");
    CHECK(testing::difference(s.r, "# HELP orders_total Others.\norders_total 3", {"orders_total"}) ==
          "\n- # HELP orders_total Others.\n+ # HELP orders_total Orders.\n  orders_total 3\n"
          "(- expected, + on the page)");
    CHECK(testing::difference(s.r, "# TYPE orders_total gauge\norders_total 3", {"orders_total"}) ==
          "\n- # TYPE orders_total gauge\n+ # TYPE orders_total counter\n  orders_total 3\n"
          "(- expected, + on the page)");
}

TEST_CASE("testing difference: another value, a series too many and one too few are shown with their metric")
{
    shop const s;
    CHECK(testing::difference(s.r, R"(
              # TYPE orders_total counter
              orders_total 2
              # TYPE heat_celsius gauge
              heat_celsius{room="attic",floor="3"} 1e6
              heat_celsius{room="roof",floor="4"} 5
              # TYPE gone gauge
              gone 0
          )") == "\n"
                 "  # TYPE orders_total counter\n"
                 "- orders_total 2\n"
                 "+ orders_total 3\n"
                 "  # TYPE heat_celsius gauge\n"
                 "  heat_celsius{floor=\"3\",room=\"attic\"} 1e+06\n"
                 "- heat_celsius{floor=\"4\",room=\"roof\"} 5\n"
                 "+ heat_celsius{floor=\"-1\",room=\"cellar\"} NaN\n"
                 "- # TYPE gone gauge\n"
                 "- gone 0\n"
                 "(- expected, + on the page)");
}

TEST_CASE("testing difference: a metric that is not expected is shown, unless others are asked for")
{
    shop const s;
    CHECK(testing::difference(s.r, "orders_total 3")
              .find("+ heat_celsius{floor=\"3\",room=\"attic\"} 1e+06\n") != std::string::npos);
    CHECK(testing::difference(s.r, "orders_total 3", {"orders_total"}) == "");
    CHECK(testing::difference(s.r, "orders_total 4", {"heat_celsius"}) ==
          "\n+ heat_celsius{floor=\"3\",room=\"attic\"} 1e+06\n+ heat_celsius{floor=\"-1\",room=\"cellar\"} "
          "NaN\n"
          "(- expected, + on the page)");
}
