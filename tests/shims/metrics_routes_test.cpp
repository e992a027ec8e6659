// SPDX-License-Identifier: Apache-2.0
// The routes of a server of metrics: what they answer, whose turn it is, and what ends while a page is under way.
#include <iafmetrics/beast/scrape_metrics.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>

#include <http_service/metrics_routes.hpp>
#include <http_service/refusals.hpp>

#include <doctest/doctest.h>

#include "../descriptors.hpp"
#include "raw_client.hpp"

#include <atomic>
#include <future>
#include <list>
#include <memory>
#include <stdexcept>
#include <string>
#include <thread>

namespace {

using namespace iafmetrics::http_service;
using namespace std::chrono_literals;
using http::status;
using test::raw_client;

constexpr iafmetrics::counter_spec orders_total{"orders_total", "Orders."};

std::string get(std::string_view target, std::string_view fields = "")
{
    return "GET " + std::string{target} + " HTTP/1.1\r\nHost: x\r\n" + std::string{fields} + "\r\n";
}

void await(auto is_so)
{
    while (!is_so())
        std::this_thread::sleep_for(1ms);
}

struct fixture {
    iafmetrics::registry registry;
    iafmetrics::beast::scrape_metrics self{registry};
    refusals turned_away{registry};
    std::optional<metrics_routes> scrapes;
    std::optional<test::running> server;

    fixture() { registry.add(orders_total).increment(); }

    void serve(metrics_routes_options options = {}, server_options of_server = {})
    {
        options.metrics = &self;
        of_server.refusals = &turned_away;
        scrapes.emplace(registry, std::move(options));
        router routes;
        scrapes->add_to(routes);
        server.emplace(std::move(of_server), std::move(routes));
    }

    auto ask(std::string_view request) { return test::ask(server->port(), request); }

    double refused(char const* reason) { return self.refused.with(reason).value().as_double(); }
};

// A collector that takes until it is let go, each time.
struct slow : fixture {
    std::atomic<int> begun{0};
    std::promise<void> open;
    std::shared_future<void> gate{open.get_future()};

    slow()
    {
        registry.add([this](iafmetrics::collector_output& out) {
            ++begun;
            gate.wait();
            out.gauge("slow_value", "Comes late.", 1.0);
        });
    }
    ~slow() { let_go(); }

    void let_go()
    {
        if (gate.wait_for(0s) != std::future_status::ready) open.set_value();
    }
};

// Its page is more than the sockets' buffers take.
struct large : fixture {
    large()
    {
        registry.add([](iafmetrics::collector_output& out) {
            out.gauge("large_value", std::string(8'000'000, 'x'), 1.0);
        });
    }
};

}  // namespace

TEST_CASE_FIXTURE(fixture,
                  "metrics_routes: answer a page, one that points there, and whether the server is healthy")
{
    std::atomic<bool> is_ready{false};
    serve({.title = "a <shop>", .ready = [&] { return is_ready.load(); }});

    auto const page = ask(get("/metrics"));
    CHECK(page.result() == status::ok);
    CHECK(page[http::field::content_type] == "text/plain; version=0.0.4; charset=utf-8");
    CHECK(page.body().find("\norders_total 1\n") != std::string::npos);
    auto const head = ask("HEAD /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(head.result() == status::ok);
    CHECK(head.body().empty());
    CHECK(std::stoi(std::string{head[http::field::content_length]}) > 0);

    auto const landing = ask(get("/"));
    CHECK(landing.result() == status::ok);
    CHECK(landing[http::field::content_type] == "text/html; charset=utf-8");
    CHECK(landing.body().find("<h1>a &lt;shop&gt;</h1>") != std::string::npos);
    for (auto const* const path : {"/metrics", "/-/healthy", "/-/ready"})
        CHECK(landing.body().find("href=\"" + std::string{path} + "\"") != std::string::npos);

    CHECK(ask(get("/-/healthy")).body() == "healthy\n");
    CHECK(ask(get("/-/ready")).result() == status::service_unavailable);
    is_ready = true;
    CHECK(ask(get("/-/ready")).body() == "ready\n");
    CHECK(ask("POST /metrics HTTP/1.1\r\nHost: x\r\nContent-Length: 0\r\n\r\n").result() ==
          status::method_not_allowed);
}

TEST_CASE_FIXTURE(fixture,
                  "metrics_routes: a query asks for some metrics, in brackets as they are or escaped")
{
    serve();
    for (auto const* const name : {"name[]", "name%5B%5D"}) {
        auto const page = ask(get("/metrics?" + std::string{name} + "=orders_total"));
        CHECK(page.result() == status::ok);
        CHECK(page.body() == "# HELP orders_total Orders.\n# TYPE orders_total counter\norders_total 1\n");
    }
}

TEST_CASE_FIXTURE(fixture, "metrics_routes: all lines of Accept are one")
{
    serve();
    auto const page = ask(
        get("/metrics", "Accept: text/html;q=0.1\r\nAccept: application/openmetrics-text;version=1.0.0\r\n"));
    CHECK(page[http::field::content_type].starts_with("application/openmetrics-text; version=1.0.0"));
}

TEST_CASE_FIXTURE(slow, "metrics_routes: a collector that takes long keeps no other answer back")
{
    serve();
    raw_client scraper{server->port()};
    scraper.send(get("/metrics"));
    await([&] { return begun == 1; });
    CHECK(ask(get("/-/healthy")).body() == "healthy\n");
    CHECK(ask(get("/")).result() == status::ok);
    let_go();
    CHECK(scraper.response().body().find("\nslow_value 1\n") != std::string::npos);
}

TEST_CASE_FIXTURE(slow,
                  "metrics_routes: as many pages are made at a time as may be, and the next gets its turn")
{
    serve({.scrape_limit = 2, .scrape_wait = 60s});
    std::list<raw_client> scrapers;
    for (int i = 0; i != 3; ++i) {
        scrapers.emplace_back(server->port());
        scrapers.back().send(get("/metrics"));
    }
    await([&] { return begun == 2; });
    CHECK(self.in_flight.value().as_double() == 2);
    let_go();
    for (auto& one : scrapers)
        CHECK(one.response().result() == status::ok);
    CHECK(begun == 3);
    await([&] { return self.in_flight.value().as_double() == 0; });
    CHECK(refused("scrape_limit") == 0);
}

TEST_CASE_FIXTURE(slow, "metrics_routes: a scrape whose turn does not come in time is told so, and counted")
{
    serve({.scrape_limit = 1, .scrape_wait = 60s});
    raw_client first{server->port()};
    first.send(get("/metrics"));
    await([&] { return begun == 1; });
    auto const late = ask(get("/metrics", "X-Prometheus-Scrape-Timeout-Seconds: 0.1\r\n"));
    CHECK(late.result() == status::service_unavailable);
    CHECK(late[http::field::retry_after] == "1");
    CHECK(refused("scrape_limit") == 1);
    CHECK(self.by_code.with(503).value().as_double() == 1);
    let_go();
    CHECK(first.response().result() == status::ok);
}

TEST_CASE_FIXTURE(slow, "metrics_routes: a scraper's timeout is one also where nothing is left of it")
{
    serve();
    auto const page = ask(get("/metrics", "X-Prometheus-Scrape-Timeout-Seconds: 0.0000001\r\n"));
    CHECK(page.result() == status::ok);
    CHECK(page.body().find("slow_value") == std::string::npos);
    CHECK(page.body().find("\niafmetrics_collectors_left_out_total 1\n") != std::string::npos);
}

#if !defined(__SANITIZE_ADDRESS__)  // beside it UBSan asks by a pipe whether memory may be read
TEST_CASE_FIXTURE(fixture,
                  "metrics_routes: a scrape needs no descriptor but its connection's, the first neither")
{
    serve();
    raw_client scraper{server->port()};
    scraper.send(get("/-/healthy"));
    REQUIRE(scraper.response().result() == status::ok);
    test::descriptors const no_more{test::next_descriptor()};
    scraper.send(get("/metrics"));
    CHECK(scraper.response().result() == status::ok);
}
#endif

TEST_CASE_FIXTURE(slow, "metrics_routes: where too many wait, the next is told so at once")
{
    serve({.scrape_limit = 1, .scrapes_waiting = 0, .scrape_wait = 60s});
    raw_client first{server->port()};
    first.send(get("/metrics"));
    await([&] { return begun == 1; });
    CHECK(ask(get("/metrics")).result() == status::service_unavailable);
    let_go();
    CHECK(first.response().result() == status::ok);
}

TEST_CASE_FIXTURE(slow,
                  "metrics_routes: in a full line the network that has most makes way for one that has fewer")
{
    serve({.scrape_limit = 1, .scrapes_waiting = 2, .scrape_wait = 60s});
    net::io_context io;
    auto const scrape_from = [&](char const* address) {
        net::ip::tcp::socket made{io, net::ip::tcp::endpoint{net::ip::make_address(address), 0}};
        made.connect({net::ip::address_v4::loopback(), server->port()});
        net::write(made, net::buffer(get("/metrics", "Connection: close\r\n")));
        return made;
    };
    auto const answer_to = [](net::ip::tcp::socket& socket) {
        std::string text;
        boost::system::error_code error;
        net::read(socket, net::dynamic_buffer(text), error);
        return text.substr(0, 12);
    };
    auto first = scrape_from("127.0.0.2");
    await([&] { return begun == 1; });
    auto second = scrape_from("127.0.0.2");
    auto third = scrape_from("127.0.0.2");
    auto fourth = scrape_from("127.0.0.2");  // beyond the line, whichever of the three it is
    await([&] { return refused("scrape_limit") == 1; });
    auto other = scrape_from("127.0.0.3");
    await([&] { return refused("scrape_limit") == 2; });
    let_go();
    CHECK(answer_to(other) == "HTTP/1.1 200");
    int answered = 0;
    for (auto* const one : {&first, &second, &third, &fourth})
        answered += answer_to(*one) == "HTTP/1.1 200" ? 1 : 0;
    CHECK(answered == 2);
}

TEST_CASE_FIXTURE(large,
                  "metrics_routes: a peer that does not read its page makes way for a scrape that waits")
{
    serve({.scrape_limit = 1, .scrape_wait = 60s, .scrape_send_time = 100ms});
    std::list<raw_client> stuck;
    for (int i = 0; i != 3; ++i) {
        stuck.emplace_back(server->port());
        stuck.back().socket().set_option(net::socket_base::receive_buffer_size{4096});
        for (int pipelined = 0; pipelined != 10; ++pipelined)
            stuck.back().send(get("/metrics"));
    }
    await([&] { return self.in_flight.value().as_double() == 1; });
    CHECK(ask(get("/metrics")).result() == status::ok);
    CHECK(refused("write_timeout") > 0);
}

TEST_CASE_FIXTURE(slow, "metrics_routes: a peer that is gone gives up its place in line and its page")
{
    serve({.scrape_limit = 1, .scrape_wait = 60s});
    {
        raw_client gone{server->port()};
        gone.send(get("/metrics"));
        await([&] { return begun == 1; });
    }
    let_go();
    CHECK(ask(get("/metrics")).result() == status::ok);
}

TEST_CASE_FIXTURE(slow, "metrics_routes: a drain waits for the page under way")
{
    serve({.scrape_limit = 1});
    raw_client scraper{server->port()};
    scraper.send(get("/metrics"));
    await([&] { return begun == 1; });
    server->server.stop();
    let_go();
    CHECK(scraper.response().result() == status::ok);
    server->join();
}

TEST_CASE_FIXTURE(
    slow, "metrics_routes: a server may end with pages under way and scrapes in line, before the routes")
{
    serve({.scrape_limit = 1, .scrapes_waiting = 1, .scrape_wait = 60s}, {.drain_timeout = 10ms});
    raw_client scraper{server->port()};
    scraper.send(get("/metrics"));
    await([&] { return begun == 1; });
    raw_client in_line{server->port()};
    raw_client beyond{server->port()};  // or the other way about
    in_line.send(get("/metrics"));
    beyond.send(get("/metrics"));
    await([&] { return refused("scrape_limit") == 1; });
    server.reset();
    CHECK(begun == 1);
    let_go();
    scrapes.reset();
    CHECK(begun == 1);
}

TEST_CASE_FIXTURE(slow,
                  "metrics_routes: the routes may end before their server, and wait for the page under way")
{
    serve({.scrape_limit = 1}, {.drain_timeout = 10ms});
    raw_client scraper{server->port()};
    scraper.send(get("/metrics"));
    await([&] { return begun == 1; });
    server->server.stop();
    server->join();
    auto ended = std::async(std::launch::async, [&] { scrapes.reset(); });
    let_go();
    ended.get();
    CHECK(begun == 1);
    server.reset();
}

TEST_CASE_FIXTURE(fixture, "metrics_routes: nobody could scrape with a scrape_limit of 0")
{
    CHECK_THROWS_AS((metrics_routes{registry, {.scrape_limit = 0}}), std::invalid_argument);
}
