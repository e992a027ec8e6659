// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/spec.hpp>
#include <iafmetrics/state_set.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <vector>

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
    CHECK(refusal([] { (void)gauge_spec{run_time, "shop_wait_ms", "Waiting."}; }) ==
          "metric \"shop_wait_ms\": a name must write its unit out: seconds, bytes, not s, ms or kb");
    CHECK(refusal([] { (void)counter_spec{run_time, "shop_order_counter_total", "Orders."}; }) ==
          "metric \"shop_order_counter_total\": a name must not say counter, gauge, summary or histogram");
    CHECK(refusal([] { (void)gauge_spec{run_time, "shop:orders", "Orders."}; }) ==
          "metric \"shop:orders\": a name must not contain a colon: those are for recording rules");
    CHECK(refusal([] { (void)gauge_spec{run_time, "shopOrders", "Orders."}; }) ==
          "metric \"shopOrders\": a metric or label name must be snake_case, not camelCase");
    CHECK(refusal([] { (void)gauge_spec<"orderId">{run_time, "shop_orders", "Orders."}; }) ==
          "metric \"shop_orders\": a metric or label name must be snake_case, not camelCase");
    CHECK(refusal([] { (void)gauge_spec{run_time, "shop_created", "Created."}; }) ==
          "metric \"shop_created\": a name must not end in _created: counters and histograms expose that in "
          "OpenMetrics");
    CHECK(refusal([] { (void)gauge_spec{run_time, "shop_info", "Shop."}; }) ==
          "metric \"shop_info\": only an info's name may end in _info");
    CHECK(refusal([] { (void)info_spec{run_time, "shop", "Shop."}; }) ==
          "metric \"shop\": an info's name must end in _info");
    CHECK(refusal([] { (void)state_set_spec{run_time, "shop", "Shop.", states{"a", "a"}}; }) ==
          "metric \"shop\": the names of states must differ and not be empty");
    CHECK(refusal([] { (void)state_set_spec{run_time, "shop", "Shop.", states{"a", ""}}; }) ==
          "metric \"shop\": the names of states must differ and not be empty");
    CHECK(refusal([] { (void)state_set_spec{run_time, "shop", "Shop.", states{"a"}, state_label{"b-c"}}; }) ==
          "metric \"shop\": a label name must match [a-zA-Z_][a-zA-Z0-9_]*");
    CHECK(refusal([] { (void)counter_spec{run_time, "shop_orders_total", "Orders."}; }) == "accepted");
}

TEST_CASE("spec: units in a name are base units, whatever their prefix, and other words are free")
{
    for (char const* bad : {"x_milliseconds", "x_kibibytes", "x_gigabytes", "x_hours", "hours_x", "x_bits",
                            "x_percent", "x_fahrenheit"}) {
        CAPTURE(bad);
        CHECK(refusal([&] { (void)gauge_spec{run_time, bad, "X."}; }).find("base units") !=
              std::string::npos);
    }
    for (char const* good : {"x_seconds", "x_bytes", "x_ratio", "x_parameters", "x_daily", "x_celsius",
                             "seconds", "m_x", "gauge_x", "x_gauges"}) {
        CAPTURE(good);
        CHECK(refusal([&] { (void)gauge_spec{run_time, good, "X."}; }) == "accepted");
    }
}

TEST_CASE("spec: an exemption lifts each convention and nothing else")
{
    exemption const because{"a dashboard knows it"};
    for (char const* name :
         {"x_total", "x_count", "x_created", "x_info", "x_ms", "x_hours", "x_gauge", "x:y", "xY"}) {
        CAPTURE(name);
        CHECK(refusal([&] { (void)gauge_spec{run_time, name, "X."}; }) != "accepted");
        CHECK(refusal([&] { (void)gauge_spec{run_time, name, "X.", because}; }) == "accepted");
    }
    CHECK(refusal([&] { (void)gauge_spec<"orderId">{run_time, "x", "X.", because}; }) == "accepted");
    for (char const* name : {"x y", "__x", "1x", ""})
        CHECK(refusal([&] { (void)gauge_spec{run_time, name, "X.", because}; }) != "accepted");
}

TEST_CASE("spec: bounds known only at run time meet the same rules")
{
    std::vector<double> bounds{.5, 1};
    histogram_spec const spec{run_time, "shop_seconds", "x", std::span<double const>(bounds)};
    CHECK(spec.bound_count == 2);
    CHECK(spec.bounds[1] == 1);
    CHECK(histogram_spec{run_time, "shop_seconds", "x", bounds}.bounds[1] == 1);
    auto const refused = [&] {
        return refusal(
            [&] { (void)histogram_spec{run_time, "shop_seconds", "x", std::span<double const>(bounds)}; });
    };
    bounds = {1, .5};
    CHECK(refused() == "metric \"shop_seconds\": bucket bounds must be finite and strictly ascending");
    bounds = {.5, std::numeric_limits<double>::quiet_NaN()};
    CHECK(refused() == "metric \"shop_seconds\": bucket bounds must be finite and strictly ascending");
    bounds.clear();
    CHECK(refused() == "metric \"shop_seconds\": a histogram has at least one bucket bound below +Inf");
    bounds.resize(65);
    CHECK(refused() == "metric \"shop_seconds\": a histogram has at most 64 bucket bounds");
}

TEST_CASE("buckets: linear and exponential lists are what they say")
{
    constexpr auto linear = linear_buckets<3>(1, 0.5);
    static_assert(linear.bounds[0] == 1 && linear.bounds[1] == 1.5 && linear.bounds[2] == 2);
    constexpr auto exponential = exponential_buckets<3>(1, 10);
    static_assert(exponential.bounds[0] == 1 && exponential.bounds[1] == 10 && exponential.bounds[2] == 100);
    static_assert(detail::is_finite_and_ascending(default_buckets.bounds));
    static_assert(detail::is_finite_and_ascending(opentelemetry_buckets.bounds));
    static_assert(opentelemetry_buckets.bounds.size() == 14);
}

TEST_CASE("buckets: linear and exponential lists computed at run time are those that the compiler computes")
{
    std::size_t count = 5;
    auto const same = [](std::span<double const> one, std::span<double const> other) {
        return std::ranges::equal(one, other);
    };
    CHECK(same(linear_buckets(.1, .1, count), linear_buckets<5>(.1, .1).bounds));
    CHECK(same(exponential_buckets(.001, 2.5, count), exponential_buckets<5>(.001, 2.5).bounds));

    histogram_spec const spec{run_time, "shop_seconds", "x", linear_buckets(1, 2, count)};
    CHECK(same(std::span(spec.bounds).first(spec.bound_count), std::array<double, 5>{1, 3, 5, 7, 9}));

    auto const refused = [](std::vector<double> const& bounds) {
        return refusal([&] { (void)histogram_spec{run_time, "shop_seconds", "x", bounds}; });
    };
    CHECK(refused(linear_buckets(1, 0, 2)) ==
          "metric \"shop_seconds\": bucket bounds must be finite and strictly ascending");
    count = std::numeric_limits<std::size_t>::max();  // of a wrong setting: refused, not allocated
    CHECK(refused(linear_buckets(1, 1, count)) ==
          "metric \"shop_seconds\": a histogram has at most 64 bucket bounds");
    CHECK(refused(exponential_buckets(1, 2, 0)) ==
          "metric \"shop_seconds\": a histogram has at least one bucket bound below +Inf");
}
