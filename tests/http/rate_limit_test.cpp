// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/http/rate_limit.hpp>
#include <iafmetrics/testing/fake_clock.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using iafmetrics::http::rate_limit;
using iafmetrics::testing::fake_clock;

namespace {

int taken(rate_limit& limit, int tries)
{
    int count = 0;
    for (int i = 0; i != tries; ++i)
        count += limit.take() ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("rate_limit: lets a burst pass, and then one each interval, never more than the burst")
{
    rate_limit limit({.interval = 100ms, .burst = 5}, fake_clock());
    CHECK(taken(limit, 20) == 5);
    fake_clock::advance(99ms);
    CHECK(taken(limit, 20) == 0);
    fake_clock::advance(1ms);
    CHECK(taken(limit, 20) == 1);
    fake_clock::advance(250ms);
    CHECK(taken(limit, 20) == 2);
    fake_clock::advance(50ms);
    CHECK(taken(limit, 20) == 1);
    fake_clock::advance(1h);
    CHECK(taken(limit, 20) == 5);
}

TEST_CASE("rate_limit: without an interval everything passes; without a burst nothing would")
{
    rate_limit open({.interval = 0ns, .burst = 0}, fake_clock());
    CHECK(taken(open, 100) == 100);
    CHECK_THROWS_AS(rate_limit({.interval = 1s, .burst = 0}), std::invalid_argument);
    CHECK_THROWS_AS(rate_limit({.interval = -1s, .burst = 1}), std::invalid_argument);
    rate_limit wide({.interval = 24h, .burst = INT64_MAX}, fake_clock());
    CHECK(taken(wide, 100) == 100);
}

TEST_CASE("rate_limit: threads that take at once share one burst")
{
    rate_limit limit({.interval = 1h, .burst = 1000}, fake_clock());
    std::atomic<int> all{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i != 4; ++i)
        threads.emplace_back([&] { all += taken(limit, 1000); });
    threads.clear();
    CHECK(all == 1000);
}
