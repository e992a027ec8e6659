// SPDX-License-Identifier: Apache-2.0
#include <http_service/detail/credential_checks.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_future.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <chrono>
#include <future>
#include <stdexcept>
#include <string_view>
#include <thread>

namespace {

namespace net = boost::asio;
using namespace iafmetrics::http_service;
using namespace std::chrono_literals;
using iafmetrics::http::access;

// One that answers when it may.
struct held_back {
    std::atomic<bool>* may_answer;
    std::atomic<int>* begun;

    access operator()(std::string_view field) const
    {
        ++*begun;
        while (!*may_answer)
            std::this_thread::yield();
        if (field == "throw") throw std::runtime_error{"no data"};
        return access::allowed;
    }
};

}  // namespace

TEST_CASE("credential checks: as many as there is room for, and nobody passes by an exception")
{
    std::atomic<bool> may_answer{false};
    std::atomic<int> begun{0};
    detail::credential_checks checks{1, 1};
    net::io_context context;
    auto const start = [&](char const* field, char const* from = "10.0.0.1") {
        return net::co_spawn(context,
                             checks.run(held_back{&may_answer, &begun}, field, net::ip::make_address(from)),
                             net::use_future);
    };
    auto first = start("x");
    auto second = start("throw");
    auto third = start("x");
    while (third.wait_for(0s) != std::future_status::ready)
        context.run_one();
    CHECK(third.get() == access::busy);  // the loop runs while the others are being checked
    may_answer = true;
    context.run();
    CHECK(first.get() == access::allowed);
    CHECK(second.get() == access::unauthorized);
}

TEST_CASE("credential checks: an event loop may end before the check that it waits for")
{
    std::atomic<bool> may_answer{false};
    std::atomic<int> begun{0};
    detail::credential_checks checks{1, 1};
    {
        net::io_context context;
        auto const ended =
            net::co_spawn(context, checks.run(held_back{&may_answer, &begun}, "x", {}), net::use_future);
        context.poll();
        while (begun == 0)
            std::this_thread::yield();
    }
    may_answer = true;
}

TEST_CASE("credential checks: a network that has many in line loses its newest to one that has none")
{
    std::atomic<bool> may_answer{false};
    std::atomic<int> begun{0};
    detail::credential_checks checks{1, 2};
    net::io_context context;
    auto const start = [&](char const* from) {
        return net::co_spawn(context,
                             checks.run(held_back{&may_answer, &begun}, "x", net::ip::make_address(from)),
                             net::use_future);
    };
    auto first = start("10.0.0.1");
    context.poll();
    while (begun == 0)
        std::this_thread::yield();
    auto second = start("10.0.0.1");
    auto third = start("10.0.0.1");
    auto other = start("10.0.0.2");
    while (third.wait_for(0s) != std::future_status::ready)
        context.run_one();
    CHECK(third.get() == access::busy);
    may_answer = true;
    context.run();
    CHECK(first.get() == access::allowed);
    CHECK(second.get() == access::allowed);
    CHECK(other.get() == access::allowed);
}

TEST_CASE("credential checks: what nobody waits for any more is not checked")
{
    std::atomic<bool> may_answer{false};
    std::atomic<int> begun{0};
    {
        detail::credential_checks checks{1, 2};
        {
            net::io_context context;
            for (int i = 0; i != 3; ++i)
                (void)net::co_spawn(context, checks.run(held_back{&may_answer, &begun}, "x", {}),
                                    net::use_future);
            context.poll();
            while (begun == 0)
                std::this_thread::yield();
        }
        may_answer = true;
    }
    CHECK(begun == 1);
}
