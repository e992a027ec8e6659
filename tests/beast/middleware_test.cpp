// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/middleware.hpp>
#include <iafmetrics/exposition/openmetrics.hpp>
#include <iafmetrics/testing/fake_clock.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>

#include "connected.hpp"

#include <chrono>
#include <initializer_list>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>

using namespace test;
using iafmetrics::beast::request_metrics;
using fixture = connected;

TEST_CASE("middleware: a coroutine's response is recorded before its code resumes")
{
    fixture f;
    std::uint64_t at_resume = 0;
    auto const session = [&]() -> net::awaitable<void> {
        request const q = get();
        response const r = answer(http::status::created);
        auto observed = f.metrics.begin(q);
        observed.route("/api/v1/sessions/{session}");
        CHECK(f.shows("iaf_api_requests_in_flight 1"));
        std::size_t const written = co_await observed.async_write(f.server, r, net::use_awaitable);
        CHECK(written > 0);
        at_resume = f.recorded("GET", "/api/v1/sessions/{session}", "201");
    };
    net::co_spawn(f.io, session(), [](std::exception_ptr e) { CHECK(!e); });
    f.run();
    CHECK(at_resume == 1);
    CHECK(f.total() == 1);
    CHECK(f.shows("iaf_api_requests_in_flight 0"));
}

TEST_CASE("middleware: a callback's response is recorded before the callback")
{
    fixture f;
    auto const r = std::make_shared<response>(answer(http::status::ok));
    auto const observed = std::make_shared<iafmetrics::beast::observed_request>(f.metrics.begin(get()));
    observed->route("/r");
    bool called = false;
    observed->async_write(f.server, *r, [&, r, observed](error_code ec, std::size_t) {
        called = true;
        CHECK(!ec);
        CHECK(f.recorded("GET", "/r", "200") == 1);
    });
    f.run();
    CHECK(called);
}

TEST_CASE("middleware: a synchronous write is recorded with and without an error code")
{
    fixture f;
    response r = answer(http::status::ok);
    error_code ec;
    f.metrics.begin(get()).write(f.server, r, ec);
    CHECK(!ec);
    f.metrics.begin(get()).write(f.server, r);
    CHECK(f.recorded("GET", "unmatched", "200") == 2);

    f.server.close();
    f.metrics.begin(get()).write(f.server, r, ec);
    CHECK(ec);
    CHECK_THROWS_AS(f.metrics.begin(get()).write(f.server, r), boost::system::system_error);
    CHECK(f.recorded("GET", "unmatched", "200") == 4);
    CHECK(f.shows("iaf_api_request_write_errors_total 2"));
}

TEST_CASE("middleware: a generator's status is captured before it is hidden")
{
    fixture f;
    auto const session = [&]() -> net::awaitable<void> {
        auto observed = f.metrics.begin(get());
        auto generator = observed.generator(answer(http::status::accepted));
        co_await observed.async_write(f.server, std::move(generator), net::use_awaitable);
        auto second = f.metrics.begin(get());
        auto other = second.generator(answer(http::status::accepted));
        error_code ec;
        second.write(f.server, std::move(other), ec);
    };
    net::co_spawn(f.io, session(), [](std::exception_ptr e) { CHECK(!e); });
    f.run();
    CHECK(f.recorded("GET", "unmatched", "202") == 2);
}

TEST_CASE("middleware: a response written as an rvalue or const has its status")
{
    fixture f;
    error_code ec;
    f.metrics.begin(get()).write(f.server, answer(http::status::created), ec);
    f.metrics.begin(get()).write(f.server, answer(http::status::created));
    response const constant = answer(http::status::created);
    f.metrics.begin(get()).write(f.server, constant, ec);
    CHECK(f.recorded("GET", "unmatched", "201") == 3);
}

TEST_CASE("middleware: a generator that somebody else made has its status")
{
    fixture f;
    error_code ec;
    f.metrics.begin(get()).write(f.server, http::message_generator(answer(http::status::ok)), ec);
    auto const session = [&]() -> net::awaitable<void> {
        auto observed = f.metrics.begin(get());
        http::message_generator generator(answer(http::status::ok));
        co_await observed.async_write(f.server, std::move(generator), net::use_awaitable);
    };
    net::co_spawn(f.io, session(), [](std::exception_ptr e) { CHECK(!e); });
    f.run();
    CHECK(f.recorded("GET", "unmatched", "200") == 2);
    CHECK(f.total() == 2);
    for (int i = 0; i != 2; ++i) {  // and is written as it is
        response got;
        http::read(f.client, f.buffer, got);
        CHECK(got.result_int() == 200);
        CHECK(got.body() == "xx");
    }
}

TEST_CASE("middleware: an interim response does not end the request")
{
    fixture f;
    error_code ec;
    {
        auto observed = f.metrics.begin(get());
        observed.write(f.server, answer(http::status::continue_), ec);
        CHECK(f.total() == 0);
        observed.write(f.server, answer(http::status::created), ec);
    }
    CHECK(f.recorded("GET", "unmatched", "201") == 1);
    {
        auto observed = f.metrics.begin(get());
        observed.write(f.server, answer(http::status::continue_), ec);
    }
    CHECK(f.recorded("GET", "unmatched", "aborted") == 1);
    CHECK(f.total() == 2);
}

TEST_CASE("middleware: a handler that throws before its response is a 500")
{
    fixture f;
    bool reached = false;
    auto const session = [&]() -> net::awaitable<void> {
        auto observed = f.metrics.begin(get());
        observed.route("/r");
        throw std::runtime_error("handler");
        co_return;
    };
    net::co_spawn(f.io, session(), [&](std::exception_ptr e) { reached = e != nullptr; });
    f.run();
    CHECK(reached);
    CHECK(f.recorded("GET", "/r", "500") == 1);
    CHECK(f.total() == 1);
}

TEST_CASE("middleware: a write to a closed socket keeps its status and counts as a write error")
{
    fixture f;
    f.server.close();
    error_code seen;
    auto const session = [&]() -> net::awaitable<void> {
        response const r = answer(http::status::ok);
        auto observed = f.metrics.begin(get());
        auto const [ec, n] = co_await observed.async_write(f.server, r, net::as_tuple(net::use_awaitable));
        seen = ec;
    };
    net::co_spawn(f.io, session(), [](std::exception_ptr e) { CHECK(!e); });
    f.run();
    CHECK(seen);
    CHECK(f.recorded("GET", "unmatched", "200") == 1);
    CHECK(f.shows("iaf_api_request_write_errors_total 1"));
    CHECK(f.total() == 1);
}

TEST_CASE("middleware: a coroutine destroyed while it writes is recorded once with its status")
{
    iafmetrics::registry registry;
    request_metrics metrics{registry, iafmetrics::platform::api_request_duration};
    {
        net::io_context io;
        tcp::acceptor acceptor(io, {net::ip::make_address("127.0.0.1"), 0});
        tcp::socket client(io);
        tcp::socket server(io);
        client.connect(acceptor.local_endpoint());
        acceptor.accept(server);
        auto const session = [&]() -> net::awaitable<void> {
            response const r = answer(http::status::ok, more_than_a_socket_takes);
            auto observed = metrics.begin(get());
            co_await observed.async_write(server, r, net::use_awaitable);
            FAIL("nobody reads: the write cannot end");
        };
        net::co_spawn(io, session(), [](std::exception_ptr) { FAIL("destroyed: not completed"); });
        io.run_for(std::chrono::milliseconds(50));
    }
    std::string const page = iafmetrics::exposition::text(registry);
    CHECK(
        page.find(
            "iaf_api_request_duration_seconds_count{method=\"GET\",path=\"unmatched\",status=\"200\"} 1\n") !=
        std::string::npos);
    CHECK(page.find("iaf_api_request_write_errors_total 1\n") != std::string::npos);
    CHECK(page.find("iaf_api_requests_in_flight 0\n") != std::string::npos);
    CHECK(page.find("aborted") == std::string::npos);
}

TEST_CASE("middleware: a coroutine destroyed before its response is aborted")
{
    iafmetrics::registry registry;
    request_metrics metrics{registry, iafmetrics::platform::api_request_duration};
    {
        net::io_context io;
        auto const session = [&]() -> net::awaitable<void> {
            auto const observed = metrics.begin(get());
            net::steady_timer never(io, std::chrono::hours(1));
            co_await never.async_wait(net::use_awaitable);
        };
        net::co_spawn(io, session(), [](std::exception_ptr) {});
        io.run_for(std::chrono::milliseconds(20));
    }
    std::string const page = iafmetrics::exposition::text(registry);
    CHECK(page.find("status=\"aborted\"} 1\n") != std::string::npos);
    CHECK(page.find("iaf_api_requests_in_flight 0\n") != std::string::npos);
}

TEST_CASE("middleware: unknown verbs and requests that did not parse share one method")
{
    fixture f;
    request q = get();
    q.method_string("BREW");
    f.metrics.begin(q).finish(405);
    f.metrics.begin().finish(400);
    CHECK(f.recorded("_OTHER", "unmatched", "405") == 1);
    CHECK(f.recorded("_OTHER", "unmatched", "400") == 1);
}

TEST_CASE("middleware: a request's traceparent becomes the exemplar of its duration")
{
    fixture f{iafmetrics::testing::fake_clock{}};
    auto const handled = [&](std::initializer_list<std::string_view> traceparents) {
        iafmetrics::testing::fake_clock::advance(std::chrono::milliseconds(10));
        request asked = get();
        for (std::string_view const one : traceparents)
            asked.insert("TraceParent", boost::beast::string_view(one.data(), one.size()));
        response r = answer(http::status::ok);
        f.metrics.begin(asked).write(f.server, r);
    };
    auto const page = [&] { return iafmetrics::exposition::openmetrics(f.registry); };
    handled({});
    CHECK(page().find(" # {") == std::string::npos);
    CHECK(f.shows("iaf_api_request_invalid_traceparents_total 0"));
    constexpr std::string_view first = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
    handled({first, "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"});
    CHECK(page().find(" # {") == std::string::npos);
    CHECK(f.shows("iaf_api_request_invalid_traceparents_total 1"));
    handled({first});
    CHECK(page().find(R"( # {trace_id="0af7651916cd43dd8448eb211c80319c"} 0 )") != std::string::npos);
    // What begins with the header alone is looked at too.
    iafmetrics::testing::fake_clock::advance(std::chrono::milliseconds(10));
    http::request<http::empty_body> asked{http::verb::get, "/", 11};
    asked.set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    f.metrics.begin(static_cast<http::header<true>&>(asked)).finish(200);
    CHECK(page().find(R"( # {trace_id="4bf92f3577b34da6a3ce929d0e0e4736"} 0 )") != std::string::npos);
}
