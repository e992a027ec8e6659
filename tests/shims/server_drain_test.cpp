// SPDX-License-Identifier: Apache-2.0
// The server over real sockets: streamed answers and the drain.
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <doctest/doctest.h>

#include "raw_client.hpp"

#include <atomic>
#include <condition_variable>
#include <mutex>

namespace {

using namespace iafmetrics::http_service;
using namespace std::chrono_literals;
using http::status;
using http::verb;
using test::raw_client;
using test::running;
using test::text;

// A gate that a test opens.
class flag {
public:
    void set()
    {
        std::lock_guard const lock{mutex_};
        set_ = true;
        changed_.notify_all();
    }
    bool wait()
    {
        std::unique_lock lock{mutex_};
        return changed_.wait_for(lock, 20s, [this] { return set_; });
    }

private:
    std::mutex mutex_;
    std::condition_variable changed_;
    bool set_ = false;
};

}  // namespace

TEST_CASE("server: a streamed answer arrives in chunks and the connection goes on after it")
{
    router routes;
    routes.add(verb::get, "/hello",
               [](request const&) -> net::awaitable<answer> { co_return text("hello"); });
    routes.add(verb::get, "/stream", [](request const&) -> net::awaitable<answer> {
        co_return stream_response{response{status::ok, 11}, [](response_stream& out) -> net::awaitable<void> {
                                      (void)co_await out.write("one");
                                      (void)co_await out.write("");
                                      (void)co_await out.write("two");
                                  }};
    });
    running server{server_options{}, std::move(routes)};
    raw_client client{server.port()};
    client.send("GET /stream HTTP/1.1\r\nHost: x\r\n\r\nHEAD /stream HTTP/1.1\r\nHost: x\r\n\r\n"
                "GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
    auto const got = client.response();
    CHECK(got.body() == "onetwo");
    CHECK(got[http::field::transfer_encoding] == "chunked");
    CHECK(client.response(true)[http::field::transfer_encoding] == "chunked");
    CHECK(client.response().body() == "hello");

    raw_client old{server.port()};
    old.send("GET /stream HTTP/1.0\r\n\r\n");
    auto const raw = old.rest();
    CHECK(raw.ends_with("\r\n\r\nonetwo"));
    CHECK(raw.find("chunked") == std::string::npos);
}

namespace {

// Streams "tick" and then waits for ever; says when it has begun and when it has ended.
router endless(flag& ended)
{
    router routes;
    routes.add(verb::get, "/watch", [&ended](request const&) -> net::awaitable<answer> {
        co_return stream_response{response{status::ok, 11},
                                  [&ended](response_stream& out) -> net::awaitable<void> {
                                      struct guard {
                                          flag& at_end;
                                          ~guard() { at_end.set(); }
                                      } const guard{ended};
                                      (void)co_await out.write("tick");
                                      net::steady_timer never{co_await net::this_coro::executor,
                                                              net::steady_timer::time_point::max()};
                                      co_await never.async_wait(net::use_awaitable);
                                  }};
    });
    return routes;
}

}  // namespace

TEST_CASE("server: a streamer is released when its peer goes away")
{
    flag ended;
    running server{server_options{}, endless(ended)};
    {
        raw_client client{server.port()};
        client.send("GET /watch HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(client.some() != "");
    }
    CHECK(ended.wait());
}

TEST_CASE("server: a drain ends streams with their last chunk and closes idle connections at once")
{
    flag ended;
    running server{server_options{.drain_timeout = 60s}, endless(ended)};
    raw_client watcher{server.port()};
    watcher.send("GET /watch HTTP/1.1\r\nHost: x\r\n\r\n");
    raw_client idle{server.port()};
    idle.send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(idle.response().result() == status::not_found);
    std::string seen = watcher.some();
    while (seen.find("tick") == std::string::npos)
        seen += watcher.some();
    auto const stopped = std::chrono::steady_clock::now();
    server.server.stop();
    CHECK(idle.rest() == "");
    CHECK(std::chrono::steady_clock::now() - stopped < 20s);  // not by its idle timeout
    CHECK(watcher.rest() == "0\r\n\r\n");
    CHECK(ended.wait());
    server.join();
}

TEST_CASE("server: a drain waits for the rest of a header, but not for long")
{
    flag ended;
    running server{server_options{.header_timeout = 60s, .drain_timeout = 60s}, endless(ended)};
    raw_client unfinished{server.port()};
    raw_client finishing{server.port()};
    for (auto* const one : {&unfinished, &finishing}) {
        one->send("GET /nothing HTTP/1.1\r\nHost: x\r\n\r\nGET /nothing HTTP/1.1\r\n");
        CHECK(one->response().keep_alive());
    }
    auto const stopped = std::chrono::steady_clock::now();
    server.server.stop();
    finishing.send("Host: x\r\n\r\n");
    auto const last = finishing.response();
    CHECK(last.result() == status::not_found);
    CHECK(!last.keep_alive());
    CHECK(unfinished.rest() == "");
    server.join();
    CHECK(std::chrono::steady_clock::now() - stopped < 20s);  // not by a timeout
}

namespace {

// Answers when the test says so, or never.
router gated(flag& entered, std::atomic<bool>& open)
{
    router routes;
    routes.add(verb::get, "/slow", [&](request const&) -> net::awaitable<answer> {
        entered.set();
        net::steady_timer wait{co_await net::this_coro::executor};
        while (!open) {
            wait.expires_after(5ms);
            co_await wait.async_wait(net::use_awaitable);
        }
        co_return text("done");
    });
    return routes;
}

}  // namespace

TEST_CASE("server: a drain lets the request in flight finish and refuses new connections")
{
    flag entered;
    std::atomic<bool> open{false};
    running server{server_options{.drain_timeout = 60s}, gated(entered, open)};
    raw_client client{server.port()};
    client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE(entered.wait());
    server.server.stop();
    bool refused = false;
    for (int i = 0; i < 1000 && !refused; ++i) {
        try {
            raw_client const late{server.port()};
        } catch (boost::system::system_error const&) {
            refused = true;
        }
    }
    CHECK(refused);
    open = true;
    auto const got = client.response();
    CHECK(got.body() == "done");
    CHECK(!got.keep_alive());
    server.join();
}

TEST_CASE("server: a drain ends what never finishes at its deadline")
{
    flag entered;
    std::atomic<bool> open{false};
    std::atomic<int> lines{0};
    server_options options{.drain_timeout = 100ms};
    options.log = [&](std::string_view) { ++lines; };
    running server{options, gated(entered, open)};
    raw_client client{server.port()};
    client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    REQUIRE(entered.wait());
    server.server.stop();
    CHECK(client.rest() == "");
    server.join();
    CHECK(lines >= 1);
}

TEST_CASE("server: a peer that does not read is cut at the write deadline")
{
    router routes;
    flag ended;
    routes.add(verb::get, "/flood", [&ended](request const&) -> net::awaitable<answer> {
        co_return stream_response{response{status::ok, 11},
                                  [&ended](response_stream& out) -> net::awaitable<void> {
                                      std::string const chunk(1 << 20, 'x');
                                      while (co_await out.write(chunk)) {}
                                      ended.set();
                                  }};
    });
    iafmetrics::registry registry;
    refusals turned_away{registry};
    {
        running server{server_options{.write_timeout = 200ms, .refusals = &turned_away}, std::move(routes)};
        raw_client client{server.port()};
        client.send("GET /flood HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(ended.wait());
    }
    CHECK(iafmetrics::exposition::text(registry).find(
              "iafmetrics_http_refused_total{reason=\"write_timeout\"} 1\n") != std::string::npos);
}
