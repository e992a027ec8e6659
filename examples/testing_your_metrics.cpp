// SPDX-License-Identifier: Apache-2.0
// testing_your_metrics: a test of what a program counts, in any test framework; here in none.
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/testing.hpp>

#include <cassert>
#include <cstdio>

namespace testing = iafmetrics::testing;

inline constexpr iafmetrics::counter_spec<"kind"> orders_total{"shop_orders_total", "Orders by kind."};
inline constexpr iafmetrics::histogram_spec wait_seconds{"shop_wait_seconds", "Waits.",
                                                         iafmetrics::buckets{.5, 1}};

struct shop {  // what is tested: it takes its registry, so that a test gives it one of its own
    explicit shop(iafmetrics::registry& r) : orders(r.add(orders_total)), waits(r.add(wait_seconds)) {}
    void order(std::string_view kind, double waited)
    {
        orders.with(kind).increment();
        waits.observe(waited);
    }
    iafmetrics::family_of<orders_total>& orders;
    iafmetrics::histogram& waits;
};

int main()
{
    iafmetrics::registry registry;
    shop s{registry};
    s.order("book", .25);
    s.order("book", .75);

    // A value; where the series does not exist, the exception lists those that do.
    assert(testing::value(registry, "shop_orders_total", {{"kind", "book"}}) == 2);
    assert(testing::histogram(registry, "shop_wait_seconds").bucket(.5) == 1);
    try {
        (void)testing::value(registry, "shop_orders_total", {{"kind", "books"}});
    } catch (testing::no_such_series const& error) {
        std::printf("%s\n\n", error.what());
    }

    // Whole metrics as text; what is returned is empty, or says what differs.
    auto const expected = R"(
        # TYPE shop_orders_total counter
        shop_orders_total{kind="book"} 1
    )";
    std::printf("the difference:%s\n\n",
                testing::difference(registry, expected, {"shop_orders_total"}).c_str());

    // Nothing that `promtool check metrics` would remark.
    assert(testing::lint(registry) == "");
    std::printf("of another page: %s",
                testing::lint("# HELP wait_ms Waits.\n# TYPE wait_ms gauge\nwait_ms 3\n").c_str());
}

// Output:
// no series shop_orders_total{kind="books"}; of that metric there are
//   shop_orders_total{kind="book"} 2
//
// the difference:
//   # TYPE shop_orders_total counter
// - shop_orders_total{kind="book"} 1
// + shop_orders_total{kind="book"} 2
// (- expected, + on the page)
//
// of another page: wait_ms metric names should not contain abbreviated units
