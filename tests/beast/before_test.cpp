// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/detail/before.hpp>

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/bind_executor.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_future.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <memory>
#include <string>

namespace net = boost::asio;
using boost::system::error_code;
using iafmetrics::beast::detail::before;

TEST_CASE("before: acts first and passes the results on to a callback that can only be moved")
{
    net::io_context io;
    net::steady_timer timer(io, std::chrono::milliseconds(1));
    std::string order;
    timer.async_wait(before([&, held = std::make_unique<int>(7)](error_code) { order += " handler"; },
                            [&](error_code) { order += "action"; }));
    io.run();
    CHECK(order == "action handler");
}

TEST_CASE("before: the handler runs where it is bound to")
{
    net::io_context io;
    net::io_context elsewhere;
    net::steady_timer timer(io, std::chrono::milliseconds(1));
    bool called = false;
    timer.async_wait(
        before(net::bind_executor(elsewhere, [&](error_code) { called = true; }), [](error_code) {}));
    io.run();
    CHECK(!called);
    elsewhere.run();
    CHECK(called);
}

TEST_CASE("before: the handler's cancellation reaches the operation")
{
    net::io_context io;
    net::steady_timer timer(io, std::chrono::hours(1));
    net::cancellation_signal stop;
    error_code acted;
    error_code seen;
    timer.async_wait(before(net::bind_cancellation_slot(stop.slot(), [&](error_code error) { seen = error; }),
                            [&](error_code error) { acted = error; }));
    stop.emit(net::cancellation_type::terminal);
    io.run_for(std::chrono::seconds(10));
    CHECK(seen == net::error::operation_aborted);
    CHECK(acted == net::error::operation_aborted);
}

TEST_CASE("before: is a token like others, for a future and for an operation that is started later")
{
    net::io_context io;
    net::steady_timer timer(io, std::chrono::milliseconds(1));
    int acted = 0;
    auto future = timer.async_wait(before(net::use_future, [&](error_code) { ++acted; }));
    auto later = timer.async_wait(before(net::deferred, [&](error_code) { ++acted; }));
    io.run();
    future.get();
    CHECK(acted == 1);
    bool called = false;
    std::move(later)([&](error_code) { called = true; });
    io.restart();
    io.run();
    CHECK(acted == 2);
    CHECK(called);
}
