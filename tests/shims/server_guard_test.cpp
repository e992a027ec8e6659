// SPDX-License-Identifier: Apache-2.0
// Who is let in, and the count of what is not.
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>

#include <http_service/refusals.hpp>

#include <boost/asio/post.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <doctest/doctest.h>

#include "raw_client.hpp"

#include <stdexcept>

namespace {

using namespace iafmetrics::http_service;
using namespace std::chrono_literals;
using http::status;
using http::verb;
using test::ask;
using test::raw_client;
using test::running;
using test::text;

router echo()
{
    router routes;
    routes.add(verb::get, "/hello",
               [](request const&) -> net::awaitable<answer> { co_return text("hello"); });
    routes.add(verb::post, "/echo",
               [](request const& r) -> net::awaitable<answer> { co_return text(std::string{r.body}); },
               {.body_limit = 10});
    return routes;
}

net::awaitable<std::optional<turned_away>> knows(http::request_header<> const& head,
                                                 net::ip::address const& peer)
{
    co_await net::post(co_await net::this_coro::executor, net::use_awaitable);
    if (head[http::field::authorization] == "yes") co_return std::nullopt;
    if (head[http::field::authorization] == "from here" && peer.is_loopback()) co_return std::nullopt;
    if (head[http::field::authorization] == "throw") throw std::runtime_error{"the secret reason"};
    co_return turned_away{error_response(status::unauthorized, "who are you?"), refused::unauthorized};
}

std::string counted(std::string const& reason, int n)
{
    return "iafmetrics_http_refused_total{reason=\"" + reason + "\"} " + std::to_string(n) + "\n";
}

}  // namespace

TEST_CASE("server: a guard is asked for every request, routed or not")
{
    iafmetrics::registry metrics;
    refusals turned_away{metrics};
    running server{server_options{.guard = knows, .refusals = &turned_away}, echo()};
    raw_client client{server.port()};
    client.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"
                "GET /hello HTTP/1.1\r\nHost: x\r\nAuthorization: yes\r\n\r\n"
                "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
                "PUT /hello HTTP/1.1\r\nHost: x\r\n\r\n"
                "GET /nowhere HTTP/1.1\r\nHost: x\r\nAuthorization: yes\r\n\r\n");
    CHECK(client.response().result() == status::unauthorized);
    CHECK(client.response().body() == "hello");
    CHECK(client.response().result() == status::unauthorized);
    CHECK(client.response().result() == status::unauthorized);
    CHECK(client.response().result() == status::not_found);
    auto const page = iafmetrics::exposition::text(metrics);
    CHECK(page.find(counted("unauthorized", 3)) != std::string::npos);
    CHECK(page.find(counted("not_found", 1)) != std::string::npos);
}

TEST_CASE("server: a guard and a handler are told whose connection it is")
{
    router routes;
    routes.add(verb::get, "/peer",
               [](request const& r) -> net::awaitable<answer> { co_return text(r.peer.to_string()); });
    running server{server_options{.guard = knows}, std::move(routes)};
    raw_client client{server.port()};
    client.send("GET /peer HTTP/1.1\r\nHost: x\r\nAuthorization: from here\r\n\r\n");
    CHECK(client.response().body() == "127.0.0.1");
}

TEST_CASE("server: who is turned away before the body is in loses the connection with it")
{
    running server{server_options{.guard = knows}, echo()};
    raw_client whole{server.port()};
    whole.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n"
               "GET /hello HTTP/1.1\r\nHost: x\r\nAuthorization: yes\r\n\r\n");
    CHECK(whole.response().keep_alive());
    CHECK(whole.response().body() == "hello");
    raw_client unread{server.port()};
    unread.send("POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\n");
    auto const refused = unread.response();
    CHECK(refused.result() == status::unauthorized);
    CHECK(!refused.keep_alive());
}

TEST_CASE("server: a guard that throws lets nobody in and says nothing of why")
{
    std::string logged;
    server_options options{.guard = knows};
    options.log = [&](std::string_view message) { logged = message; };
    running server{options, echo()};
    auto const got = ask(server.port(), "GET /hello HTTP/1.1\r\nHost: x\r\nAuthorization: throw\r\n\r\n");
    CHECK(got.result() == status::internal_server_error);
    CHECK(got.body().find("secret") == std::string::npos);
    server.server.stop();
    server.join();
    CHECK(logged == "the guard failed: the secret reason");
}

TEST_CASE("server: what is refused is counted by its reason")
{
    iafmetrics::registry metrics;
    refusals turned_away{metrics};
    running server{
        server_options{
            .header_limit = 1000, .header_timeout = 100ms, .body_timeout = 100ms, .refusals = &turned_away},
        echo()};
    std::string const host = " HTTP/1.1\r\nHost: x\r\n";
    CHECK(ask(server.port(), "NONSENSE\r\n\r\n").result() == status::bad_request);
    CHECK(ask(server.port(), "GET /hello HTTP/1.1\r\n\r\n").result() == status::bad_request);
    CHECK(ask(server.port(), "GET http://x/" + host + "\r\n").result() == status::bad_request);
    CHECK(ask(server.port(), "GET /hello" + host + "Expect: tea\r\n\r\n").result() ==
          status::expectation_failed);
    CHECK(ask(server.port(), "GET /hello" + host + "A: " + std::string(1000, 'x')).result() ==
          status::request_header_fields_too_large);
    CHECK(ask(server.port(), "GET /hello").result() == status::request_timeout);
    CHECK(ask(server.port(), "GET /hello" + host + "Origin: http://evil.example\r\n\r\n").result() ==
          status::forbidden);
    CHECK(ask(server.port(), "POST /echo" + host + "Content-Length: 11\r\n\r\n").result() ==
          status::payload_too_large);
    CHECK(ask(server.port(), "POST /echo" + host + "Content-Length: 9\r\n\r\n").result() ==
          status::request_timeout);
    CHECK(ask(server.port(), "DELETE /hello" + host + "\r\n").result() == status::method_not_allowed);
    CHECK(ask(server.port(), "DELETE /nowhere" + host + "\r\n").result() == status::not_found);
    CHECK(ask(server.port(), "GET /hello" + host + "\r\n").result() == status::ok);

    auto const page = iafmetrics::exposition::text(metrics);
    for (auto const& [reason, n] : {std::pair{"malformed", 4},
                                    {"header_too_large", 1},
                                    {"header_timeout", 1},
                                    {"foreign_caller", 1},
                                    {"body_too_large", 1},
                                    {"body_timeout", 1},
                                    {"method_not_allowed", 1},
                                    {"not_found", 1},
                                    {"connection_limit", 0},
                                    {"unauthorized", 0}}) {
        CAPTURE(reason);
        CAPTURE(page);
        CHECK(page.find(counted(reason, n)) != std::string::npos);
    }
}
