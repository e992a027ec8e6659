// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/detail/network_rate_limit.hpp>
#include <iafmetrics/testing/fake_clock.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <thread>
#include <vector>

using namespace std::chrono_literals;
using boost::asio::ip::make_address;
using iafmetrics::beast::detail::network_rate_limit;
using iafmetrics::testing::fake_clock;

namespace {

int taken(network_rate_limit& limit, char const* network, int tries)
{
    int count = 0;
    for (int i = 0; i != tries; ++i)
        count += limit.take(make_address(network)) ? 1 : 0;
    return count;
}

}  // namespace

TEST_CASE("network_rate_limit: who asks without end uses up their own tokens and nobody else's")
{
    network_rate_limit limit({.interval = 100ms, .burst = 5}, fake_clock());
    CHECK(taken(limit, "127.0.0.2", 1000) == 5);
    CHECK(taken(limit, "127.0.0.1", 10) == 5);
    fake_clock::advance(200ms);
    CHECK(taken(limit, "127.0.0.2", 1000) == 2);
    CHECK(taken(limit, "127.0.0.1", 10) == 2);
}

TEST_CASE("network_rate_limit: beyond so many networks the one that was silent for longest is forgotten")
{
    network_rate_limit limit({.interval = 1h, .burst = 1}, fake_clock(), 2);
    CHECK(taken(limit, "10.0.0.1", 2) == 1);
    CHECK(taken(limit, "10.0.0.2", 2) == 1);
    CHECK(taken(limit, "10.0.0.1", 1) == 0);  // the last that asked
    CHECK(taken(limit, "10.0.0.3", 2) == 1);
    CHECK(taken(limit, "10.0.0.1", 1) == 0);
    CHECK(taken(limit, "10.0.0.2", 2) == 1);  // was forgotten
}

TEST_CASE("network_rate_limit: without an interval everything passes; without a burst nothing would")
{
    network_rate_limit open({});
    CHECK(taken(open, "10.0.0.1", 100) == 100);
    CHECK_THROWS_AS(network_rate_limit({.interval = 1s, .burst = 0}), std::invalid_argument);
}

TEST_CASE("network_rate_limit: threads that take at once share each network's burst")
{
    network_rate_limit limit({.interval = 1h, .burst = 500}, fake_clock());
    std::atomic<int> all{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i != 4; ++i)
        threads.emplace_back([&] {
            for (char const* network : {"10.0.0.1", "10.0.0.2"})
                all += taken(limit, network, 500);
        });
    threads.clear();
    CHECK(all == 1000);
}
