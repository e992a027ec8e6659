// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/spec.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace iafmetrics;

namespace {

inline constexpr counter_spec plain{"shop_orders_total", "Orders."};
inline constexpr histogram_spec<"method", "path"> labelled{"shop_request_duration_seconds", "Durations.",
                                                           series_limit{10}, buckets{.5, 1}};
inline constexpr histogram_spec with_defaults{"shop_wait_seconds", "Waiting."};
inline constexpr gauge_spec exempt{"shop_bytes_total", "Bytes.", exemption{"a dashboard asks for it"}};

/// The words of the rule that `make` breaks.
template <class Make>
std::string refusal(Make make)
{
    try {
        make();
    } catch (registration_error const& e) {
        return e.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("spec: a declaration is a constant with everything in it")
{
    static_assert(plain.name == "shop_orders_total" && plain.help == "Orders." && plain.label_count == 0);
    static_assert(labelled.label_names[0] == "method" && labelled.label_names[1] == "path");
    static_assert(labelled.limit == 10 && labelled.bound_count == 2 && labelled.bounds[1] == 1);
    static_assert(with_defaults.bound_count == default_buckets.bounds.size() && with_defaults.limit == 1000);
    static_assert(exempt.exempt_because == "a dashboard asks for it");
}

TEST_CASE("spec: a name known only at run time meets the same rules as exceptions")
{
    std::string const name = "shop orders";
    CHECK(refusal([&] { (void)counter_spec{run_time, name, "Orders."}; }) ==
          "metric \"shop orders\": a metric name must match [a-zA-Z_:][a-zA-Z0-9_:]*");
    CHECK(refusal([] { (void)counter_spec{run_time, "shop_orders", "Orders."}; }) ==
          "metric \"shop_orders\": a counter's name must end in _total");
    CHECK(refusal([] { (void)gauge_spec{run_time, "shop_orders_total", "Orders."}; }) ==
          "metric \"shop_orders_total\": only a counter's name may end in _total");
    CHECK(refusal([] { (void)gauge_spec{run_time, "shop_orders_total", "Orders.", exemption{""}}; }) ==
          "metric \"shop_orders_total\": an exemption from a naming rule must say why");
    CHECK(refusal([] { (void)gauge_spec{run_time, "shop_orders_count", "Orders."}; }) ==
          "metric \"shop_orders_count\": a name must not end in _bucket, _sum or _count: histograms expose "
          "those");
    CHECK(refusal([] { (void)gauge_spec{run_time, "shop_wait_milliseconds", "Waiting."}; }) ==
          "metric \"shop_wait_milliseconds\": a name must use base units: seconds, bytes, ratio, not "
          "milliseconds or "
          "kilobytes");
    CHECK(refusal([] { (void)gauge_spec{run_time, "shop", ""}; }) ==
          "metric \"shop\": a metric needs a help text");
    CHECK(refusal([] { (void)gauge_spec{run_time, "__shop", "x"}; }) ==
          "metric \"__shop\": a metric name must not begin with __ (Prometheus keeps it for itself)");
    CHECK(refusal([] { (void)gauge_spec<"a", "a">{run_time, "shop", "x"}; }) ==
          "metric \"shop\": a label name may appear only once");
    CHECK(refusal([] { (void)gauge_spec<"quantile">{run_time, "shop", "x"}; }) ==
          "metric \"shop\": a label must not be named le or quantile or begin with __");
    CHECK(refusal([] { (void)gauge_spec<"a-b">{run_time, "shop", "x"}; }) ==
          "metric \"shop\": a label name must match [a-zA-Z_][a-zA-Z0-9_]*");
    CHECK(refusal([] { (void)histogram_spec{run_time, "shop_seconds", "x", buckets{1, 1}}; }) ==
          "metric \"shop_seconds\": bucket bounds must be finite and strictly ascending");
    CHECK(refusal([] { (void)gauge_spec{run_time, "shop", "x", series_limit{0}}; }) ==
          "metric \"shop\": a series limit must be at least 1");
    CHECK(refusal([] { (void)counter_spec{run_time, "shop_orders_total", "Orders."}; }) == "accepted");
}

TEST_CASE("buckets: linear and exponential lists are what they say")
{
    constexpr auto linear = linear_buckets<3>(1, 0.5);
    static_assert(linear.bounds[0] == 1 && linear.bounds[1] == 1.5 && linear.bounds[2] == 2);
    constexpr auto exponential = exponential_buckets<3>(1, 10);
    static_assert(exponential.bounds[0] == 1 && exponential.bounds[1] == 10 && exponential.bounds[2] == 100);
}
