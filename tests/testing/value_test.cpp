// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/testing/value.hpp>

#include <doctest/doctest.h>

#include <limits>
#include <string>

using namespace iafmetrics;

namespace {

struct shop {
    shop()
    {
        r.add(counter_spec{run_time, "orders_total", "Orders."}).increment(3);
        auto& requests = r.add(counter_spec<"method", "status">{run_time, "requests_total", "Requests."});
        requests.with("GET", 200).increment(2);
        requests.with("a\"b\n", 500).increment();
        auto& wait = r.add(histogram_spec<"queue">{run_time, "wait_seconds", "Waits.", buckets{.5, 1}});
        wait.with("mail").observe(.5);
        wait.with("mail").observe(7);
        wait.with("print").observe(.7);
    }
    registry r;
};

std::string message_of(auto const& call)
{
    try {
        call();
    } catch (testing::no_such_series const& error) {
        return error.what();
    }
    return "nothing was thrown";
}

}  // namespace

TEST_CASE("testing: a value is read by name and labels in any order")
{
    shop const s;
    CHECK(testing::value(s.r, "orders_total") == 3);
    CHECK(testing::value(s.r, "requests_total", {{"method", "GET"}, {"status", 200}}) == 2);
    CHECK(testing::value(s.r, "requests_total", {{"status", "200"}, {"method", "GET"}}) == 2);
    CHECK(testing::value(s.r, "requests_total", {{"method", "a\"b\n"}, {"status", 500}}) == 1);
    CHECK(testing::value(s.r, "wait_seconds_bucket", {{"queue", "mail"}, {"le", "+Inf"}}) == 2);
}

TEST_CASE("testing: a value is read from a page that a server answered")
{
    CHECK(testing::value("# TYPE a gauge\na{b=\"c\"} -1.5 1700000000000\n", "a", {{"b", "c"}}) == -1.5);
    CHECK(testing::value(std::string("a +Inf\n"), "a") == std::numeric_limits<double>::infinity());
}

TEST_CASE("testing: find tells a series that is not there from one at 0")
{
    registry r;
    r.add(counter_spec{run_time, "orders_total", "Orders."});
    CHECK(testing::find(r, "orders_total") == 0);
    CHECK(testing::find(r, "orders_total", {{"kind", "book"}}) == std::nullopt);
    CHECK(testing::find(r, "others_total") == std::nullopt);
}

TEST_CASE("testing: a missing series is told with those of its metric")
{
    shop const s;
    CHECK(message_of([&] { (void)testing::value(s.r, "requests_total", {{"method", "PUT"}}); }) ==
          "no series requests_total{method=\"PUT\"}; of that metric there are\n"
          "  requests_total{method=\"GET\",status=\"200\"} 2\n"
          "  requests_total{method=\"a\\\"b\\n\",status=\"500\"} 1");
}

TEST_CASE("testing: a missing metric is told with those that there are, the nearest name first")
{
    shop const s;
    CHECK(message_of([&] { (void)testing::value(s.r, "request_total"); }) ==
          "no metric request_total; there are\n  requests_total\n  orders_total\n  wait_seconds");
    CHECK(message_of([] { (void)testing::value(registry(), "a"); }) == "no metric a; the page is empty");
}

TEST_CASE("testing: a long list is cut")
{
    registry r;
    auto& family = r.add(gauge_spec<"i">{run_time, "many", "Many."});
    for (int i = 0; i != 15; ++i)
        family.with(i).set(i);
    std::string const message = message_of([&] { (void)testing::value(r, "many"); });
    CHECK(message.ends_with("\n  many{i=\"9\"} 9\n  and 5 more"));
}

TEST_CASE("testing: a histogram has no single value")
{
    shop const s;
    CHECK(message_of([&] { (void)testing::value(s.r, "wait_seconds"); }) ==
          "wait_seconds is a histogram: ask for its _count, _sum or _bucket, or with testing::histogram");
}

TEST_CASE("testing: a histogram is read with count, sum and buckets of its own series")
{
    shop const s;
    auto const wait = testing::histogram(s.r, "wait_seconds", {{"queue", "mail"}});
    CHECK(wait.count == 2);
    CHECK(wait.sum == 7.5);
    CHECK(wait.buckets.size() == 3);
    CHECK(wait.bucket(.5) == 1);
    CHECK(wait.bucket(1) == 1);
    CHECK(wait.bucket(std::numeric_limits<double>::infinity()) == 2);
    CHECK(message_of([&] { (void)wait.bucket(.75); }) == "no bucket of 0.75; the bounds are 0.5 1 +Inf");
    CHECK(message_of([&] {
              (void)testing::histogram(s.r, "wait_seconds");
          }).starts_with("no series wait_seconds_count;"));
}
