// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/observed_request.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/beast/websocket.hpp>

#include "connected.hpp"

#include <memory>
#include <thread>

using namespace test;
namespace websocket = boost::beast::websocket;

namespace {

constexpr auto no_throw = net::as_tuple(net::use_awaitable);
using parser = http::request_parser<http::string_body>;

std::string const post_head = "POST /r HTTP/1.1\r\nHost: x\r\n";
std::string const upgrade_head =
    "GET /live HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
    "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n";

/// Reads a request's head, then its body through the observation, and answers as handlers do.
net::awaitable<void> serve_one(connected& f, parser& head)
{
    co_await http::async_read_header(f.server, f.buffer, head, net::use_awaitable);
    auto observed = f.metrics.begin(head.get());
    observed.route("/r");
    co_await observed.async_read(f.server, f.buffer, head, net::use_awaitable);
    response const r = answer(http::status::ok);
    co_await observed.async_write(f.server, r, net::use_awaitable);
}

}  // namespace

TEST_CASE(
    "observed_request: a client too slow for the stream's deadline is a timeout and no error of the server")
{
    connected f;
    f.send(post_head + "Content-Length: 10\r\n\r\nhalf");
    parser head;
    f.server.expires_after(std::chrono::milliseconds(50));
    CHECK(f.run(serve_one(f, head)) != nullptr);
    CHECK(f.recorded("POST", "/r", "timeout") == 1);
    CHECK(f.total() == 1);
    CHECK(f.shows("iaf_api_requests_in_flight 0"));
}

TEST_CASE("observed_request: a reset in the middle of the body is aborted also where it is thrown")
{
    connected f;
    f.send(post_head + "Content-Length: 10\r\n\r\nhalf");
    parser head;
    std::jthread const gone([&] {
        std::this_thread::sleep_for(std::chrono::milliseconds(20));
        f.reset();
    });
    CHECK(f.run(serve_one(f, head)) != nullptr);
    CHECK(f.recorded("POST", "/r", "aborted") == 1);
    CHECK(f.total() == 1);
}

TEST_CASE("observed_request: a body cut short is aborted")
{
    connected f;
    f.send(post_head + "Content-Length: 10\r\n\r\nhalf");
    f.client.shutdown(tcp::socket::shutdown_send);
    parser head;
    CHECK(f.run(serve_one(f, head)) != nullptr);
    CHECK(f.recorded("POST", "/r", "aborted") == 1);
}

TEST_CASE("observed_request: a malformed body is 400 and one too large 413 without an answer")
{
    connected malformed;
    malformed.send(post_head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n");
    parser head;
    CHECK(malformed.run(serve_one(malformed, head)) != nullptr);
    CHECK(malformed.recorded("POST", "/r", "400") == 1);
    CHECK(malformed.total() == 1);

    connected too_large;
    too_large.send(post_head + "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n0\r\n\r\n");
    parser limited;
    limited.body_limit(3);
    CHECK(too_large.run(serve_one(too_large, limited)) != nullptr);
    CHECK(too_large.recorded("POST", "/r", "413") == 1);
    CHECK(too_large.total() == 1);
}

TEST_CASE("observed_request: a body that failed is recorded as what is answered to it")
{
    connected f;
    f.send(post_head + "Transfer-Encoding: chunked\r\n\r\nzz\r\n");
    auto const session = [&]() -> net::awaitable<void> {
        parser head;
        co_await http::async_read_header(f.server, f.buffer, head, net::use_awaitable);
        auto observed = f.metrics.begin(head.get());
        auto const [error, got] = co_await observed.async_read(f.server, f.buffer, head, no_throw);
        CHECK(error == http::error::bad_chunk);
        response const r = answer(http::status::unprocessable_entity);
        co_await observed.async_write(f.server, r, net::use_awaitable);
    };
    CHECK(f.run(session()) == nullptr);
    CHECK(f.recorded("POST", "unmatched", "422") == 1);
    CHECK(f.total() == 1);
}

TEST_CASE("observed_request: a head that is no HTTP is a request without a method")
{
    connected f;
    f.send("not http at all\r\n\r\n");
    request q;
    error_code error;
    http::read(f.server, f.buffer, q, error);
    CHECK(error);
    f.metrics.begin().write(f.server, answer(http::status::bad_request));
    CHECK(f.recorded("_OTHER", "unmatched", "400") == 1);
    CHECK(f.total() == 1);
}

TEST_CASE("observed_request: a synchronous read says why it failed")
{
    connected f;
    f.send(post_head + "Content-Length: 10\r\n\r\nhalf");
    f.client.shutdown(tcp::socket::shutdown_send);
    {
        parser head;
        http::read_header(f.server, f.buffer, head);
        auto observed = f.metrics.begin(head.get());
        error_code error;
        observed.read(f.server, f.buffer, head, error);
        CHECK(error == http::error::partial_message);
    }
    CHECK(f.recorded("POST", "unmatched", "aborted") == 1);
}

TEST_CASE(
    "observed_request: the stream's deadline in the middle of a response leaves its status and a write error")
{
    connected f;
    auto const session = [&]() -> net::awaitable<void> {
        response const r = answer(http::status::ok, more_than_a_socket_takes);
        auto observed = f.metrics.begin(get());
        f.server.expires_after(std::chrono::milliseconds(50));
        auto const [error, written] = co_await observed.async_write(f.server, r, no_throw);
        CHECK(error == boost::beast::error::timeout);
    };
    CHECK(f.run(session()) == nullptr);
    CHECK(f.recorded("GET", "unmatched", "200") == 1);
    CHECK(f.total() == 1);
    CHECK(f.shows("iaf_api_request_write_errors_total 1"));
}

TEST_CASE("observed_request: a reset in the middle of a response leaves its status and a write error")
{
    connected f;
    std::jthread const gone([&] {
        std::string some(1000, '\0');
        net::read(f.client, net::buffer(some));
        f.reset();
    });
    auto const session = [&]() -> net::awaitable<void> {
        response const r = answer(http::status::ok, more_than_a_socket_takes);
        auto observed = f.metrics.begin(get());
        co_await observed.async_write(f.server, r, net::use_awaitable);
    };
    CHECK(f.run(session()) != nullptr);
    CHECK(f.recorded("GET", "unmatched", "200") == 1);
    CHECK(f.total() == 1);
    CHECK(f.shows("iaf_api_request_write_errors_total 1"));
}

TEST_CASE("observed_request: each request of a kept connection is recorded")
{
    connected f;
    for (int i = 0; i != 3; ++i)
        f.send("GET /r HTTP/1.1\r\nHost: x\r\n\r\n");
    f.client.shutdown(tcp::socket::shutdown_send);
    auto const session = [&]() -> net::awaitable<void> {
        for (;;) {
            request q;
            auto const [error, got] = co_await http::async_read(f.server, f.buffer, q, no_throw);
            if (error) co_return;
            auto observed = f.metrics.begin(q);
            response const r = answer(http::status::ok);
            co_await observed.async_write(f.server, r, net::use_awaitable);
            CHECK(f.shows("iaf_api_requests_in_flight 0"));
        }
    };
    CHECK(f.run(session()) == nullptr);
    CHECK(f.recorded("GET", "unmatched", "200") == 3);
    CHECK(f.total() == 3);
}

TEST_CASE("observed_request: a WebSocket's request ends with its 101 while the socket lives on")
{
    connected f;
    f.send(upgrade_head);
    auto const session = [&]() -> net::awaitable<void> {
        request q;
        co_await http::async_read(f.server, f.buffer, q, net::use_awaitable);
        auto observed = f.metrics.begin(q);
        observed.route("/live");
        websocket::stream<boost::beast::tcp_stream&> socket(f.server);
        co_await observed.async_accept(socket, q, net::use_awaitable);
        CHECK(f.recorded("GET", "/live", "101") == 1);
        CHECK(f.shows("iaf_api_requests_in_flight 0"));
        co_await socket.async_write(net::buffer(std::string_view("hello")), net::use_awaitable);
    };
    CHECK(f.run(session()) == nullptr);
    CHECK(f.total() == 1);
    CHECK(f.shows("iaf_api_request_write_errors_total 0"));
}

TEST_CASE("observed_request: a WebSocket handshake that Beast refuses is 400")
{
    connected f;
    f.send("GET /live HTTP/1.1\r\nHost: x\r\n\r\n");
    request q;
    http::read(f.server, f.buffer, q);
    auto observed = f.metrics.begin(q);
    websocket::stream<boost::beast::tcp_stream&> socket(f.server);
    error_code error;
    observed.accept(socket, q, error);
    CHECK(error);
    CHECK(f.recorded("GET", "unmatched", "400") == 1);
    CHECK(f.total() == 1);
}

TEST_CASE("observed_request: a WebSocket of another version is 426")
{
    connected f;
    std::string head = upgrade_head;
    f.send(head.replace(head.find("Version: 13"), 11, "Version: 12"));
    request q;
    http::read(f.server, f.buffer, q);
    auto observed = f.metrics.begin(q);
    websocket::stream<boost::beast::tcp_stream&> socket(f.server);
    CHECK_THROWS_AS(observed.accept(socket, q), boost::system::system_error);
    response refused;
    boost::beast::flat_buffer buffer;
    http::read(f.client, buffer, refused);
    CHECK(refused.result_int() == 426);
    CHECK(f.recorded("GET", "unmatched", "426") == 1);
}

namespace {

/// Three events, as a server without an end to its answer sends them.
net::awaitable<void> stream_events(connected& f, error_code& failed, std::size_t size)
{
    auto observed = f.metrics.begin(get());
    observed.route("/events");
    http::response<http::empty_body> head{http::status::ok, 11};
    head.set(http::field::content_type, "text/event-stream");
    head.chunked(true);
    http::response_serializer<http::empty_body> serializer{head};
    observed.begin_response(head.result_int());
    co_await http::async_write_header(f.server, serializer, net::use_awaitable);
    std::string const event = "data: " + std::string(size, 'x') + "\n\n";
    for (int i = 0; i != 3 && !failed; ++i) {
        CHECK(f.total() == 0);
        auto const chunk = http::make_chunk(net::buffer(event));
        auto const [error, written] = co_await net::async_write(f.server, chunk, no_throw);
        failed = error;
    }
    observed.finish(head.result_int(), failed);
}

}  // namespace

TEST_CASE("observed_request: a stream is one request that ends with its last chunk")
{
    connected f;
    error_code failed;
    CHECK(f.run(stream_events(f, failed, 10)) == nullptr);
    CHECK(!failed);
    CHECK(f.recorded("GET", "/events", "200") == 1);
    CHECK(f.total() == 1);
    CHECK(f.shows("iaf_api_request_write_errors_total 0"));
}

TEST_CASE("observed_request: a stream whose reader stalls has its status and a write error")
{
    connected f;
    error_code failed;
    f.server.expires_after(std::chrono::milliseconds(50));
    CHECK(f.run(stream_events(f, failed, more_than_a_socket_takes)) == nullptr);
    CHECK(failed == boost::beast::error::timeout);
    CHECK(f.recorded("GET", "/events", "200") == 1);
    CHECK(f.shows("iaf_api_request_write_errors_total 1"));
}

TEST_CASE("observed_request: a callback reads the body and writes, each recorded before it is called")
{
    connected f;
    f.send(post_head + "Content-Length: 4\r\n\r\nbody");
    parser head;
    http::read_header(f.server, f.buffer, head);
    auto observed = f.metrics.begin(head.get());
    response const r = answer(http::status::created);
    bool called = false;
    observed.async_read(f.server, f.buffer, head, [&](error_code error, std::size_t) {
        CHECK(!error);
        CHECK(head.get().body() == "body");
        observed.async_write(f.server, r, [&](error_code failed, std::size_t) {
            CHECK(!failed);
            CHECK(f.recorded("POST", "unmatched", "201") == 1);
            called = true;
        });
    });
    f.io.run_for(std::chrono::seconds(10));
    CHECK(called);
}

TEST_CASE("observed_request: sizes are those of the bodies, without head and framing")
{
    connected f{iafmetrics::http::body_sizes{}};
    auto const page = [&] { return iafmetrics::exposition::text(f.registry); };
    auto const shows_size = [&](std::string const& name, std::string const& labels, int count, int sum) {
        return f.shows(name + "_count{" + labels + "} " + std::to_string(count)) &&
               f.shows(name + "_sum{" + labels + "} " + std::to_string(sum));
    };
    std::string const of_requests = "iaf_api_request_size_bytes";
    std::string const of_responses = "iaf_api_response_size_bytes";

    SUBCASE("of a request whose body is read later, chunked")
    {
        f.send(post_head + "Transfer-Encoding: chunked\r\n\r\n4;x=y\r\nbody\r\n3\r\nend\r\n0\r\n\r\n");
        parser head;
        CHECK(f.run(serve_one(f, head)) == nullptr);
        std::string const labels = R"(method="POST",path="/r",status="200")";
        CHECK(shows_size(of_requests, labels, 1, 7));
        CHECK(shows_size(of_responses, labels, 1, 2));
    }
    SUBCASE("of a request that is read whole")
    {
        request q{http::verb::put, "/", 11, "twelve bytes"};
        q.prepare_payload();
        f.metrics.begin(q).write(f.server, answer(http::status::ok, 70'000));
        std::string const labels = R"(method="PUT",path="unmatched",status="200")";
        CHECK(shows_size(of_requests, labels, 1, 12));
        CHECK(shows_size(of_responses, labels, 1, 70'000));
    }
    SUBCASE("of a generator")
    {
        auto observed = f.metrics.begin(get());
        auto generator = observed.generator(answer(http::status::ok, 300));
        error_code error;
        observed.write(f.server, std::move(generator), error);
        std::string const labels = R"(method="GET",path="unmatched",status="200")";
        CHECK(shows_size(of_requests, labels, 1, 0));
        CHECK(shows_size(of_responses, labels, 1, 300));
    }
    SUBCASE("and not of a head whose body never came")
    {
        f.send(post_head + "Content-Length: 9999\r\n\r\n");
        parser head;
        http::read_header(f.server, f.buffer, head);
        f.metrics.begin(head.get()).write(f.server, answer(http::status::payload_too_large));
        CHECK(page().find(of_requests + "_count") == std::string::npos);
        CHECK(shows_size(of_responses, R"(method="POST",path="unmatched",status="413")", 1, 2));
    }
    SUBCASE("and not of a response whose write failed")
    {
        f.server.close();
        error_code error;
        f.metrics.begin(get()).write(f.server, answer(http::status::ok), error);
        CHECK(error);
        CHECK(page().find(of_responses + "_count") == std::string::npos);
    }
    SUBCASE("and of a stream as it says itself")
    {
        auto observed = f.metrics.begin(get());
        observed.response_size(4711);
        observed.finish(200);
        CHECK(shows_size(of_responses, R"(method="GET",path="unmatched",status="200")", 1, 4711));
    }
}

TEST_CASE("observed_request: sizes are measured only where they are asked for")
{
    connected f;
    f.metrics.begin(get()).write(f.server, answer(http::status::ok));
    CHECK(iafmetrics::exposition::text(f.registry).find("size_bytes") == std::string::npos);
}
