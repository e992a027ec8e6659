// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/http/bearer_token.hpp>
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/serve.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <doctest/doctest.h>

#include "../descriptors.hpp"
#include <poll.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <list>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using iafmetrics::serve;
using iafmetrics::serve_options;
using net::ip::tcp;

namespace {

/// A connection that sends any bytes. CTest bounds the waits.
class client {
public:
    explicit client(std::uint16_t port) : client() { connect(port); }
    client() { socket_.open(tcp::v4()); }
    /// From another address of this machine, such as 127.0.0.2.
    client(std::uint16_t port, char const* from) : client()
    {
        socket_.bind({net::ip::make_address(from), 0});
        connect(port);
    }

    void connect(std::uint16_t port) { socket_.connect({net::ip::address_v4::loopback(), port}); }
    void keep_small() { socket_.set_option(net::socket_base::receive_buffer_size(4096)); }

    /// The same request again and again, until the server has long not read any.
    void fill(std::string_view request)
    {
        std::string many;
        while (many.size() < 100'000)
            many += request;
        socket_.non_blocking(true);
        pollfd free{socket_.native_handle(), POLLOUT, 0};
        for (error_code error; !error && ::poll(&free, 1, 300) > 0;) {
            std::size_t const sent = socket_.write_some(net::buffer(many), error);
            std::rotate(many.begin(), many.begin() + static_cast<std::ptrdiff_t>(sent), many.end());
            if (error == net::error::would_block) error = {};
        }
    }

    void send(std::string_view bytes) { net::write(socket_, net::buffer(bytes.data(), bytes.size())); }

    http::response<http::string_body> receive(bool to_head = false)
    {
        http::response_parser<http::string_body> parser;
        parser.skip(to_head);
        parser.body_limit(boost::none);
        http::read(socket_, buffer_, parser);
        return parser.release();
    }

    /// Everything until the server closes.
    std::string rest()
    {
        std::string text;
        error_code error;
        net::read(socket_, net::dynamic_buffer(text), error);
        return text;
    }

private:
    net::io_context io_;
    tcp::socket socket_{io_};
    boost::beast::flat_buffer buffer_;
};

http::response<http::string_body>
ask(std::uint16_t port, std::string const& line, std::string const& more = {})
{
    client one(port);
    one.send(line + " HTTP/1.1\r\nHost: x\r\n" + more + "\r\n");
    return one.receive(line.starts_with("HEAD"));
}

struct fixture {
    fixture()
    {
        registry.add(iafmetrics::counter_spec{iafmetrics::run_time, "orders_total", "Orders."}).increment(2);
    }

    /// On loopback and any port.
    [[nodiscard]] static serve_options local()
    {
        serve_options options;
        options.address = "127.0.0.1";
        return options;
    }

    /// A page that no socket's buffer holds.
    void make_large()
    {
        auto& many = registry.add(long_lines);
        for (int i = 0; i != 1000; ++i)
            many.with(std::to_string(i) + std::string(1000, 'x')).observe(1);
    }

    static constexpr iafmetrics::histogram_spec<"text"> long_lines{"large_seconds", "Long lines."};
    iafmetrics::registry registry;
};

std::string refusal(iafmetrics::registry const& registry, std::uint16_t port, serve_options const& options)
{
    try {
        auto const server = serve(registry, port, options);
    } catch (std::runtime_error const& e) {
        return e.what();
    }
    return "served";
}

}  // namespace

TEST_CASE_FIXTURE(fixture, "serve: answers a scrape with the page and its type, with and without a query")
{
    auto const server = serve(registry, 0, local());
    REQUIRE(server.port() != 0);
    auto const page = ask(server.port(), "GET /metrics?name[]=orders_total");
    CHECK(page.result_int() == 200);
    CHECK(page[http::field::content_type] == iafmetrics::exposition::text_content_type);
    CHECK(page.body() == "# HELP orders_total Orders.\n# TYPE orders_total counter\norders_total 2\n");
}

TEST_CASE_FIXTURE(fixture, "serve: answers HEAD with the head of GET")
{
    auto const server = serve(registry, 0, local());
    for (std::string const path : {"/metrics", "/", "/nothing"}) {
        auto const head = ask(server.port(), "HEAD " + path);
        auto const whole = ask(server.port(), "GET " + path);
        CHECK(head.result() == whole.result());
        CHECK(head[http::field::content_length] == std::to_string(whole.body().size()));
        CHECK(head.body().empty());
    }
}

TEST_CASE_FIXTURE(fixture, "serve: points to the metrics from the root and knows no other page")
{
    auto const server = serve(registry, 0, local());
    auto const landing = ask(server.port(), "GET /");
    CHECK(landing[http::field::content_type] == "text/html; charset=utf-8");
    CHECK(landing.body().find("<a href=\"/metrics\">Metrics</a>") != std::string::npos);
    auto options = local();
    options.title = "<script>";
    auto const named = serve(registry, 0, options);
    CHECK(ask(named.port(), "GET /").body().find("<script>") == std::string::npos);
    CHECK(ask(server.port(), "GET /-/healthy").body() == "healthy\n");
    CHECK(ask(server.port(), "GET /-/ready").body() == "ready\n");
    CHECK(ask(server.port(), "POST /-/ready").result_int() == 405);
    CHECK(ask(server.port(), "GET /metricsx").result_int() == 404);
    CHECK(ask(server.port(), "POST /x").result_int() == 404);
}

TEST_CASE_FIXTURE(fixture, "serve: refuses other methods and says which are allowed, a body unread")
{
    auto const server = serve(registry, 0, local());
    for (std::string const path : {"/metrics", "/"}) {
        auto const refused = ask(server.port(), "POST " + path, "Content-Length: 100000\r\n");
        CHECK(refused.result_int() == 405);
        CHECK(refused[http::field::allow] == "GET, HEAD");
        CHECK(!refused.keep_alive());
    }
}

TEST_CASE_FIXTURE(fixture, "serve: one connection carries many scrapes, unless the client or a body ends it")
{
    auto const server = serve(registry, 0, local());
    client one(server.port());
    for (int i = 0; i != 3; ++i) {
        one.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(one.receive().keep_alive());
    }
    one.send("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    CHECK(!one.receive().keep_alive());
    CHECK(one.rest().empty());

    // What follows a body that is not understood is no request.
    client smuggler(server.port());
    smuggler.send("GET / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: gzip\r\n\r\nGET /metrics "
                  "HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(smuggler.rest().find("orders_total") == std::string::npos);
}

TEST_CASE_FIXTURE(fixture,
                  "serve: a malformed request is 400, a head too large 431, and both end the connection")
{
    auto const server = serve(registry, 0, local());
    client malformed(server.port());
    malformed.send("not http at all\r\n\r\n");
    CHECK(malformed.rest().starts_with("HTTP/1.1 400 "));
    client large(server.port());
    large.send("GET /metrics HTTP/1.1\r\nX: " + std::string(20'000, 'x'));
    CHECK(large.rest().starts_with("HTTP/1.1 431 "));
    client many(server.port());
    std::string fields;
    while (fields.size() < 9000)
        fields += "A: b\r\n";
    many.send("GET /metrics HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n");
    CHECK(many.rest().starts_with("HTTP/1.1 431 "));
    client empty(server.port());
    for (int i = 0; i != 5000; ++i)
        fields += "\r\n";
    empty.send(fields.substr(fields.size() - 10'000));
    CHECK(empty.rest().starts_with("HTTP/1.1 431 "));
}

TEST_CASE_FIXTURE(
    fixture, "serve: what two parsers would read differently is refused, counted, and ends the connection")
{
    iafmetrics::beast::scrape_metrics metrics(registry);
    auto options = local();
    options.metrics = &metrics;
    auto const server = serve(registry, 0, options);
    auto const with = [](std::string const& fields, std::string const& version = "1.1") {
        return "GET /metrics HTTP/" + version + "\r\n" + fields + "\r\n";
    };
    std::string const host = "Host: x\r\n";
    struct row {
        std::string head;
        int status = 400;
    };
    std::vector<row> const rows{
        {with(host + "Transfer-Encoding: chunked\r\n", "1.0")},
        {with(host + "Transfer-Encoding: gzip\r\n")},
        {with(host + "Transfer-Encoding: gzip\r\nContent-Length: 5\r\n")},
        {with(host + "Transfer-Encoding: chunked, identity\r\n")},
        {with(host + "Transfer-Encoding: gzip, chunked\r\n")},
        {with(host + "Content-Length: 5, 5\r\n")},
        {with(host + "Content-Length: 5\r\nContent-Length: 5\r\n")},
        {with("")},
        {with(host + host)},
        {with("Host: x@y\r\n")},
        {with("Host: x, y\r\n")},
        {with(host + "A: b\r\n c\r\n")},
        {with(host + "A : b\r\n")},
        {with(host + "Expect: x\r\n"), 417},
    };
    double refused = 0;
    for (row const& one : rows) {
        CAPTURE(one.head);
        client smuggler(server.port());
        smuggler.send(one.head + "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        auto const answer = smuggler.receive();
        CHECK(answer.result_int() == one.status);
        CHECK(!answer.keep_alive());
        CHECK(smuggler.rest().empty());
        CHECK(metrics.refused.with("malformed").value().as_double() == ++refused);
    }
    CHECK(ask(server.port(), "HEAD /metrics", "Host: y\r\n").result_int() == 400);
    CHECK(ask(server.port(), "GET /metrics", "Content-Length: 0\r\n").keep_alive());
    client old(server.port());
    old.send("GET /metrics HTTP/1.0\r\n\r\n");
    CHECK(old.rest().starts_with("HTTP/1.0 200 "));
}

TEST_CASE_FIXTURE(fixture, "serve: empty lines before a request are skipped, in one piece and byte by byte")
{
    auto const server = serve(registry, 0, local());
    client one(server.port());
    for (std::string const before : {"\r\n", "\r\n\r\n\r\n", ""}) {
        one.send(before + "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n\r\n");
        CHECK(one.receive().result_int() == 200);
    }
    for (char const c : std::string_view("\r\nGET /-/ready HTTP/1.1\r\nHost: x\r\n\r\n"))
        one.send({&c, 1});
    CHECK(one.receive().body() == "ready\n");
    one.send("\rGET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(one.receive().result_int() == 400);
}

TEST_CASE_FIXTURE(fixture, "serve: knows its pages in the form that a proxy sends")
{
    auto options = local();
    options.authorize = iafmetrics::http::bearer_token{"s3cret"};
    auto const server = serve(registry, 0, options);
    std::string const with_token = "Authorization: Bearer s3cret\r\n";
    CHECK(ask(server.port(), "GET http://shop:9100/metrics", with_token).body().find("orders_total 2\n") !=
          std::string::npos);
    for (std::string const root : {"http://shop:9100/", "http://shop:9100", "HTTP://shop/?x=1"})
        CHECK(ask(server.port(), "GET " + root, with_token).body().find("/metrics") != std::string::npos);
    CHECK(ask(server.port(), "GET http://shop:9100/-/healthy").body() == "healthy\n");
    CHECK(ask(server.port(), "GET http://shop:9100/-/ready?x=1").body() == "ready\n");
    CHECK(ask(server.port(), "GET http://shop:9100/-/healthy/x").result_int() == 401);
    CHECK(ask(server.port(), "GET http://shop:9100/x", with_token).result_int() == 404);
}

TEST_CASE_FIXTURE(fixture, "serve: a port in use is named, and so is an address that is none")
{
    auto const server = serve(registry, 0, local());
    CHECK(refusal(registry, server.port(), local()) == "cannot serve metrics on address 127.0.0.1, port " +
                                                           std::to_string(server.port()) +
                                                           ": Address already in use");
    serve_options all;
    CHECK(refusal(registry, server.port(), all) ==
          "cannot serve metrics on port " + std::to_string(server.port()) + ": Address already in use");
    all.address = "localhost";
    CHECK(refusal(registry, 9100, all) ==
          "cannot serve metrics on address localhost, port 9100: not an IP address");
}

TEST_CASE_FIXTURE(fixture, "serve: a silent connection ends with its deadline")
{
    auto options = local();
    options.read_timeout = std::chrono::milliseconds(50);
    auto const server = serve(registry, 0, options);
    client silent(server.port());
    CHECK(silent.rest().empty());
    client slow(server.port());
    slow.send("GET /metrics HT");
    CHECK(slow.rest().empty());
    CHECK(ask(server.port(), "GET /metrics").result_int() == 200);
}

TEST_CASE_FIXTURE(fixture, "serve: silent connections up to the limit do not keep a scrape out")
{
    auto options = local();
    options.connection_limit = 2;
    auto const server = serve(registry, 0, options);
    client first(server.port());
    first.send("GET /metrics HT");
    client second(server.port());
    second.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(second.receive().result_int() == 200);
    CHECK(ask(server.port(), "GET /metrics").result_int() == 200);
    CHECK(first.rest().empty());  // the one that was silent for longest
    CHECK(ask(server.port(), "GET /metrics").result_int() == 200);
    CHECK(ask(server.port(), "GET /metrics").result_int() == 200);
}

TEST_CASE_FIXTURE(fixture, "serve: a peer that does not read its page holds up neither others nor the end")
{
    make_large();
    auto const server = serve(registry, 0, local());
    std::list<client> stuck(3);
    for (client& one : stuck) {
        one.keep_small();
        one.connect(server.port());
        one.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    CHECK(ask(server.port(), "GET /").result_int() == 200);
}

TEST_CASE_FIXTURE(fixture, "serve: a peer that does not read its page is given up at the deadline")
{
    make_large();
    auto options = local();
    options.connection_limit = 1;
    options.write_timeout = std::chrono::milliseconds(50);
    auto const server = serve(registry, 0, options);
    client stuck;
    stuck.keep_small();
    stuck.connect(server.port());
    stuck.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    auto const is_answered = [&] {
        try {
            return ask(server.port(), "GET /").result_int() == 200;
        } catch (boost::system::system_error const&) {
            return false;  // the place is still taken
        }
    };
    while (!is_answered())
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

TEST_CASE_FIXTURE(fixture, "serve: stops while connections are silent")
{
    client silent;
    client slow;
    {
        auto const server = serve(registry, 0, local());
        silent.connect(server.port());
        slow.connect(server.port());
        slow.send("GET /metrics HT");
        CHECK(ask(server.port(), "GET /").result_int() == 200);
    }
    CHECK(silent.rest().empty());
}

#if !defined(__SANITIZE_ADDRESS__)  // beside it UBSan asks by a pipe whether memory may be read
TEST_CASE_FIXTURE(fixture, "serve: goes on when descriptors are free again")
{
    auto const server = serve(registry, 0, local());
    client silent(server.port());
    client other(
        server.port());  // open to the end: a descriptor that is given back meanwhile would be enough
    other.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(other.receive().result_int() == 200);  // silent has been accepted
    client waiting;
    test::descriptors const no_more{test::next_descriptor()};
    waiting.connect(server.port());
    waiting.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(silent.rest().empty());  // closed to make room
    CHECK(waiting.receive().result_int() == 200);
}

TEST_CASE_FIXTURE(fixture,
                  "serve: out of descriptors a scrape behind 150 heads that never end has its page in time")
{
    auto const server = serve(registry, 0, local());
    std::list<client> slow(150);
    client honest;
    client accepted(server.port());
    accepted.send("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(accepted.receive().result_int() == 200);
    test::descriptors const no_more{test::next_descriptor()};
    for (client& one : slow) {
        one.connect(server.port());
        one.send("GET /m");
    }
    auto const begun = std::chrono::steady_clock::now();
    honest.connect(server.port());
    honest.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(honest.receive().result_int() == 200);
    CHECK(std::chrono::steady_clock::now() - begun < std::chrono::seconds(10));
}
#endif

TEST_CASE_FIXTURE(fixture, "serve: a collector that throws does not end the server")
{
    registry.add([](iafmetrics::collector_output&) { throw std::runtime_error("no data"); });
    auto const server = serve(registry, 0, local());
    CHECK(ask(server.port(), "GET /metrics").body().find("orders_total 2\n") != std::string::npos);
    CHECK(ask(server.port(), "GET /metrics").result_int() == 200);
}

/// Its page waits for release() in a collector, of the first scrape alone.
struct slow_fixture : fixture {
    slow_fixture()
    {
        registry.add([this](iafmetrics::collector_output&) {
            if (has_begun.exchange(true)) return;
            is_released.wait(false);
            is_over = true;
        });
    }

    /// On the way, with its collector called.
    void begin_scrape(client& one)
    {
        one.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
        while (!has_begun)
            std::this_thread::yield();
    }
    void release()
    {
        is_released = true;
        is_released.notify_all();
    }

    std::atomic<bool> has_begun{false};
    std::atomic<bool> is_released{false};
    std::atomic<bool> is_over{false};
};

TEST_CASE_FIXTURE(slow_fixture, "serve: a collector that takes long keeps nothing else waiting")
{
    auto options = local();
    options.scrape_limit = 2;
    auto const server = serve(registry, 0, options);
    client first(server.port());
    begin_scrape(first);
    CHECK(ask(server.port(), "GET /-/healthy").body() == "healthy\n");
    CHECK(ask(server.port(), "GET /").result_int() == 200);
    CHECK(ask(server.port(), "GET /nothing").result_int() == 404);
    CHECK(ask(server.port(), "POST /metrics").result_int() == 405);
    CHECK(ask(server.port(), "GET /metrics").body().find("orders_total 2\n") != std::string::npos);
    CHECK(!is_over);
    release();
    CHECK(first.receive().body().find("orders_total 2\n") != std::string::npos);
    first.send("GET /-/ready HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(first.receive().body() == "ready\n");
}

/// What a collector is told of the scraper's deadline, and how long a request is made to wait before that.
struct waiting_fixture : slow_fixture {
    waiting_fixture()
    {
        registry.add([this](iafmetrics::collector_output& out) { left = out.deadline().nanoseconds_left(); });
    }

    /// Of the 1000 s of its timeout.
    void send_scrape(client& one)
    {
        one.send("GET /metrics HTTP/1.1\r\nHost: x\r\nX-Prometheus-Scrape-Timeout-Seconds: 1000\r\n\r\n");
    }
    static void let_time_pass()
    {
        auto const until = clock::now() + waits;
        while (clock::now() < until)
            std::this_thread::yield();
    }

    using clock = std::chrono::steady_clock;
    static constexpr std::chrono::milliseconds waits{500};
    std::chrono::nanoseconds const most_left =
        std::chrono::seconds(1000) - iafmetrics::beast::endpoint_options{}.timeout_margin - waits;
    std::atomic<std::int64_t> left{0};
};

TEST_CASE_FIXTURE(waiting_fixture, "serve: what a scrape has waited in line is over of its own timeout")
{
    auto options = local();
    options.scrape_limit = 1;
    options.scrape_wait = std::chrono::minutes(1);
    auto const server = serve(registry, 0, options);
    client first(server.port());
    begin_scrape(first);
    client second(server.port());
    send_scrape(second);
    CHECK(ask(server.port(), "GET /-/healthy").result_int() == 200);  // second is in line by now
    let_time_pass();
    release();
    CHECK(second.receive().result_int() == 200);
    CHECK(left > 0);
    CHECK(std::chrono::nanoseconds(left) < most_left);
}

TEST_CASE_FIXTURE(waiting_fixture,
                  "serve: what a scrape has waited for its password is over of its own timeout")
{
    release();
    auto options = local();
    options.authorize = [](std::string_view) {
        let_time_pass();
        return iafmetrics::http::access::allowed;
    };
    auto const server = serve(registry, 0, options);
    client one(server.port());
    send_scrape(one);
    CHECK(one.receive().result_int() == 200);
    CHECK(left > 0);
    CHECK(std::chrono::nanoseconds(left) < most_left);
}

TEST_CASE_FIXTURE(slow_fixture,
                  "serve: with all pages under way the next is 503, other methods and pages are not")
{
    auto options = local();
    options.scrape_limit = 1;
    options.scrape_wait = std::chrono::milliseconds(50);
    auto const server = serve(registry, 0, options);
    client first(server.port());
    begin_scrape(first);
    CHECK(ask(server.port(), "GET /metrics").result_int() == 503);
    CHECK(ask(server.port(), "POST /metrics").result_int() == 405);
    CHECK(ask(server.port(), "GET /").result_int() == 200);
    release();
    CHECK(first.receive().result_int() == 200);
    CHECK(ask(server.port(), "GET /metrics").result_int() == 200);
}

TEST_CASE_FIXTURE(slow_fixture, "serve: a peer that leaves while its page is made costs nothing but the page")
{
    iafmetrics::beast::scrape_metrics metrics(registry);
    auto options = local();
    options.metrics = &metrics;
    options.scrape_limit = 1;
    options.scrape_wait = std::chrono::minutes(1);
    auto const server = serve(registry, 0, options);
    {
        client gone(server.port());
        begin_scrape(gone);
    }
    client next(server.port());
    next.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(ask(server.port(), "GET /-/healthy").result_int() == 200);
    release();
    CHECK(next.receive().body().find("promhttp_metric_handler_requests_in_flight 1\n") != std::string::npos);
}

TEST_CASE_FIXTURE(slow_fixture, "serve: a connection whose page is made makes room for nobody")
{
    auto options = local();
    options.connection_limit = 1;
    auto const server = serve(registry, 0, options);
    client first(server.port());
    begin_scrape(first);
    client second(server.port());
    CHECK(second.rest().empty());
    release();
    CHECK(first.receive().result_int() == 200);
}

TEST_CASE_FIXTURE(slow_fixture,
                  "serve: its end waits for a page that is being made, for collectors are the program's")
{
    std::jthread later;
    {
        auto const server = serve(registry, 0, local());
        client first(server.port());
        begin_scrape(first);
        later = std::jthread([this] {
            for (int i = 0; i != 1000; ++i)
                std::this_thread::yield();
            release();
        });
    }
    CHECK(is_over);
}

TEST_CASE_FIXTURE(fixture, "serve: the program's signals are not delivered to the server's threads")
{
    std::atomic<int> calls{0};
    std::atomic<int> blocked{0};
    registry.add([&](iafmetrics::collector_output&) {
        sigset_t mask;
        pthread_sigmask(SIG_SETMASK, nullptr, &mask);
        blocked += sigismember(&mask, SIGTERM);
        ++calls;
        while (calls < 2)  // so that there are two threads
            std::this_thread::yield();
    });
    auto const server = serve(registry, 0, local());
    std::jthread const other([&] { ask(server.port(), "GET /metrics"); });
    ask(server.port(), "GET /metrics");
    CHECK(blocked == 2);
    sigset_t mine;
    pthread_sigmask(SIG_SETMASK, nullptr, &mine);
    CHECK(sigismember(&mine, SIGTERM) == 0);
}

TEST_CASE_FIXTURE(fixture,
                  "serve: what is not allowed is 401 with a challenge, on every page but the health checks")
{
    iafmetrics::beast::scrape_metrics metrics(registry);
    auto options = local();
    options.metrics = &metrics;
    options.authorize = iafmetrics::http::bearer_token{"s3cret"};
    auto const server = serve(registry, 0, options);
    for (std::string const path : {"/metrics", "/", "/nothing"}) {
        auto const refused = ask(server.port(), "GET " + path);
        CHECK(refused.result_int() == 401);
        CHECK(refused[http::field::www_authenticate] == R"(Bearer realm="metrics")");
        CHECK(refused.body() == "valid credentials are required\n");
    }
    CHECK(ask(server.port(), "GET /-/healthy").result_int() == 200);
    CHECK(ask(server.port(), "GET /metrics", "Authorization: Bearer wrong\r\n").result_int() == 401);
    std::string const right = "Authorization: Bearer s3cret\r\n";
    CHECK(ask(server.port(), "GET /metrics", right + right).result_int() == 401);
    auto const page = ask(server.port(), "GET /metrics", right);
    CHECK(page.result_int() == 200);
    CHECK(page.body().find("iafmetrics_http_refused_total{reason=\"unauthorized\"} 5\n") !=
          std::string::npos);
}

TEST_CASE_FIXTURE(fixture,
                  "serve: a check that takes long, or throws, keeps nobody else waiting and lets nobody in")
{
    std::atomic<bool> is_held{true};
    std::atomic<bool> has_begun{false};
    iafmetrics::beast::scrape_metrics scrapes{registry};
    auto options = local();
    options.scrape_wait = std::chrono::milliseconds(50);
    options.metrics = &scrapes;
    options.authorize = [&](std::string_view field) {
        if (field == "Basic throw") throw std::runtime_error("no data");
        has_begun = true;
        while (is_held)
            std::this_thread::yield();
        return iafmetrics::http::access::allowed;
    };
    auto const server = serve(registry, 0, options);
    CHECK(ask(server.port(), "GET /metrics", "Authorization: Basic throw\r\n").result_int() == 401);
    client first(server.port());
    first.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    while (!has_begun)
        std::this_thread::yield();
    CHECK(ask(server.port(), "GET /-/healthy").result_int() == 200);
    auto const busy = ask(server.port(), "GET /metrics");  // its turn has not come in time
    CHECK(busy.result_int() == 503);
    CHECK(busy[http::field::retry_after] == "1");
    CHECK(scrapes.refused.with("check_limit").value().as_double() == 1);
    CHECK(scrapes.refused.with("rate_limit").value().as_double() == 0);
    is_held = false;
    CHECK(first.receive().result_int() == 200);
}

TEST_CASE_FIXTURE(fixture,
                  "serve: more requests of an address than the rate allows are 429, health checks aside")
{
    auto options = local();
    options.rate_limit = {.interval = std::chrono::hours(1), .burst = 2};
    auto const server = serve(registry, 0, options);
    CHECK(ask(server.port(), "GET /metrics").result_int() == 200);
    CHECK(ask(server.port(), "GET /").result_int() == 200);
    auto const refused = ask(server.port(), "GET /metrics");
    CHECK(refused.result_int() == 429);
    CHECK(refused[http::field::retry_after] == "1");
    CHECK(ask(server.port(), "GET /-/ready").result_int() == 200);
    client other(server.port(), "127.0.0.2");
    other.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(other.receive().result_int() == 200);
}

TEST_CASE_FIXTURE(fixture,
                  "serve: a scrape beyond the limit waits for its turn, and is 503 when that does not come")
{
    make_large();
    auto options = local();
    options.scrape_limit = 1;
    options.scrape_wait = std::chrono::milliseconds(50);
    auto const server = serve(registry, 0, options);
    client stuck;
    stuck.keep_small();
    stuck.connect(server.port());
    stuck.send("GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    while (ask(server.port(), "GET /metrics").result_int() != 503) {}  // until the other has begun
    auto const refused = ask(server.port(), "GET /metrics");
    CHECK(refused.result_int() == 503);
    CHECK(refused[http::field::retry_after] == "1");
    CHECK(ask(server.port(), "GET /").result_int() == 200);
    CHECK(stuck.receive().result_int() == 200);  // whole: it has scrape_send_time, also where others wait
    CHECK(ask(server.port(), "GET /metrics").result_int() == 200);
}

TEST_CASE_FIXTURE(fixture, "serve: scrapes that wait for their turn all get their page")
{
    make_large();
    auto options = local();
    options.scrape_limit = 1;
    options.scrape_wait = std::chrono::minutes(1);
    auto const server = serve(registry, 0, options);
    std::vector<std::jthread> threads;
    std::atomic<int> whole{0};
    for (int i = 0; i != 8; ++i)
        threads.emplace_back(
            [&] { whole += ask(server.port(), "GET /metrics").body().size() > 1'000'000 ? 1 : 0; });
    threads.clear();
    CHECK(whole == 8);
}

TEST_CASE_FIXTURE(fixture, "serve: a peer that does not read its page makes way for a scrape that waits")
{
    make_large();
    iafmetrics::beast::scrape_metrics metrics(registry);
    auto options = local();
    options.metrics = &metrics;
    options.scrape_limit = 1;
    options.scrape_send_time = std::chrono::milliseconds(100);
    options.scrape_wait = std::chrono::seconds(20);
    auto const server = serve(registry, 0, options);
    std::list<client> stuck(3);
    for (client& one : stuck) {
        one.keep_small();
        one.connect(server.port());
        one.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    CHECK(ask(server.port(), "GET /metrics").result_int() == 200);
    CHECK(metrics.refused.with("write_timeout").value().as_double() > 0);
}

TEST_CASE_FIXTURE(fixture,
                  "serve: a peer that reads none of many short answers makes room for another address")
{
    auto options = local();
    options.connection_limit = 1;
    options.write_timeout = std::chrono::minutes(10);
    auto const server = serve(registry, 0, options);
    client stuck(server.port(), "127.0.0.2");
    stuck.keep_small();
    stuck.fill("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
    CHECK(ask(server.port(), "GET /metrics").result_int() == 200);
}

TEST_CASE_FIXTURE(fixture,
                  "serve: peers that do not read their page make room for an address that has no connection")
{
    make_large();
    iafmetrics::beast::scrape_metrics metrics(registry);
    auto options = local();
    options.metrics = &metrics;
    options.connection_limit = 2;
    options.scrape_send_time = std::chrono::milliseconds(100);
    options.write_timeout = std::chrono::minutes(10);
    auto const server = serve(registry, 0, options);
    std::list<client> stuck;
    for (int i = 0; i != 2; ++i) {
        auto& one = stuck.emplace_back(server.port(), "127.0.0.2");
        one.keep_small();
        one.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    while (metrics.in_flight.value().as_double() < 2)
        std::this_thread::yield();
    auto const is_answered = [&] {
        try {
            return ask(server.port(), "GET /metrics").result_int() == 200;
        } catch (boost::system::system_error const&) {
            return false;  // they still have time
        }
    };
    while (!is_answered())
        std::this_thread::sleep_for(std::chrono::milliseconds(10));
}

TEST_CASE_FIXTURE(fixture,
                  "serve: an address with many scrapes keeps another neither from a place nor from its turn")
{
    make_large();
    auto options = local();
    options.connection_limit = 10;
    options.scrape_limit = 1;
    options.scrape_send_time = std::chrono::seconds(1);
    options.scrape_wait = std::chrono::seconds(5);
    auto const server = serve(registry, 0, options);
    std::list<client> greedy;
    for (std::size_t i = 0; i != options.connection_limit; ++i) {
        auto& one = greedy.emplace_back(server.port(), "127.0.0.2");
        one.keep_small();
        one.send("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n");
    }
    // Nine seconds in line, were it behind them.
    CHECK(ask(server.port(), "GET /metrics").result_int() == 200);
}

TEST_CASE_FIXTURE(fixture,
                  "serve: an address that tries out passwords does not keep another from its first login")
{
    std::mutex mutex;
    std::vector<std::string> checked;
    std::atomic<bool> may_check{false};
    auto options = local();
    options.authorize = [&](std::string_view field) {
        may_check.wait(false);
        std::lock_guard const lock(mutex);
        checked.emplace_back(field);
        return field == "right" ? iafmetrics::http::access::allowed : iafmetrics::http::access::unauthorized;
    };
    auto const server = serve(registry, 0, options);
    std::list<client> guessing;
    for (std::size_t i = 0; i != options.connection_limit; ++i) {
        guessing.emplace_back(server.port(), "127.0.0.2");
        guessing.back().send("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: wrong\r\n\r\n");
    }
    client honest(server.port());
    honest.send("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: right\r\n\r\n");
    CHECK(ask(server.port(), "GET /-/healthy").result_int() == 200);  // honest is in line by now
    may_check = true;
    may_check.notify_all();
    CHECK(honest.receive().result_int() == 200);
    std::lock_guard const lock(mutex);
    REQUIRE(checked.size() >= 2);
    CHECK(checked[1] == "right");
}

TEST_CASE_FIXTURE(fixture, "serve: 200 peers that send a byte at a time do not keep scrapes out")
{
    auto const server = serve(registry, 0, local());
    std::list<client> slow;
    for (int i = 0; i != 200; ++i) {
        slow.emplace_back(server.port()).send("G");
        if (i % 20 == 0) CHECK(ask(server.port(), "GET /metrics").result_int() == 200);
    }
    for (int i = 0; i != 20; ++i)
        CHECK(ask(server.port(), "GET /metrics").result_int() == 200);
}

TEST_CASE_FIXTURE(fixture, "serve: what is turned away is counted by reason, scrapes by code")
{
    iafmetrics::beast::scrape_metrics metrics(registry);
    auto options = local();
    options.metrics = &metrics;
    auto const server = serve(registry, 0, options);
    client malformed(server.port());
    malformed.send("not http at all\r\n\r\n");
    CHECK(malformed.rest().starts_with("HTTP/1.1 400 "));
    ask(server.port(), "GET /metrics");
    ask(server.port(), "POST /metrics");
    ask(server.port(), "DELETE /");
    ask(server.port(), "GET /nothing");
    ask(server.port(), "POST /nothing");
    auto const page = ask(server.port(), "GET /metrics").body();
    CHECK(page.find("iafmetrics_http_refused_total{reason=\"malformed\"} 1\n") != std::string::npos);
    CHECK(page.find("iafmetrics_http_refused_total{reason=\"method_not_allowed\"} 2\n") != std::string::npos);
    CHECK(page.find("iafmetrics_http_refused_total{reason=\"not_found\"} 2\n") != std::string::npos);
    CHECK(page.find("promhttp_metric_handler_requests_total{code=\"200\"} 1\n") != std::string::npos);
    CHECK(page.find("promhttp_metric_handler_requests_total{code=\"405\"} 1\n") != std::string::npos);
    CHECK(page.find("promhttp_metric_handler_requests_in_flight 1\n") != std::string::npos);
    CHECK(page.find("iafmetrics_scrape_duration_seconds_count 1\n") != std::string::npos);
}
