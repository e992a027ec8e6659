// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/client_metrics.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/standard.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/connect.hpp>
#include <boost/asio/deferred.hpp>
#include <boost/asio/detached.hpp>

#include "connected.hpp"

#include <memory>
#include <optional>
#include <thread>

using namespace test;
using iafmetrics::beast::client_metrics;

namespace {

enum class behaviour { answers, answers_503, answers_100_first, stays_silent, closes, breaks_off };

/// A peer for one connection, in a thread of its own.
class peer {
public:
    explicit peer(behaviour how) : thread_([this, how] { serve(how); }) {}
    tcp::endpoint endpoint() const { return acceptor_.local_endpoint(); }

private:
    void serve(behaviour how)
    {
        tcp::socket socket(io_);
        acceptor_.accept(socket);
        boost::beast::flat_buffer buffer;
        request q;
        error_code ignored;
        if (how == behaviour::closes) return;
        http::read(socket, buffer, q, ignored);
        if (how == behaviour::answers) http::write(socket, answer(http::status::ok), ignored);
        if (how == behaviour::answers_503)
            http::write(socket, answer(http::status::service_unavailable), ignored);
        if (how == behaviour::answers_100_first) {
            net::write(socket, net::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), ignored);
            http::write(socket, answer(http::status::created), ignored);
        }
        if (how == behaviour::breaks_off)
            net::write(socket,
                       net::buffer(std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")),
                       ignored);
        if (how == behaviour::stays_silent)
            http::read(socket, buffer, q, ignored);  // until the client leaves
    }

    net::io_context io_;
    tcp::acceptor acceptor_{io_, {net::ip::make_address("127.0.0.1"), 0}};
    std::jthread thread_;
};

struct fixture {
    [[nodiscard]] std::uint64_t recorded(std::string_view status, std::string_view host = "payments")
    {
        return registry.add(iafmetrics::standard::http_client_request_duration)
            .with("GET", host, status)
            .count();
    }
    [[nodiscard]] bool shows(std::string_view line) const
    {
        return iafmetrics::exposition::text(registry).find("\n" + std::string(line) + "\n") !=
               std::string::npos;
    }
    /// One request by a coroutine that connects, asks and reads. What it throws is swallowed.
    void ask(tcp::endpoint to, std::chrono::milliseconds patience = std::chrono::seconds(10))
    {
        auto const call = [&]() -> net::awaitable<void> {
            boost::beast::tcp_stream stream(io);
            stream.expires_after(patience);
            request const q = get();
            response answered;
            boost::beast::flat_buffer buffer;
            auto observed = outgoing.begin(q, "payments");
            CHECK(shows("http_client_requests_in_flight 1"));
            co_await stream.async_connect(to, observed.connecting(net::use_awaitable));
            co_await observed.async_exchange(stream, q, buffer, answered, net::use_awaitable);
            CHECK(shows("http_client_requests_in_flight 0"));
        };
        net::co_spawn(io, call(), [](std::exception_ptr) {});
        io.restart();
        io.run_for(std::chrono::seconds(20));
        CHECK(shows("http_client_requests_in_flight 0"));
    }

    iafmetrics::registry registry;
    client_metrics outgoing{registry, iafmetrics::standard::http_client_request_duration};
    net::io_context io;
};

tcp::endpoint nobody()
{
    net::io_context io;
    return tcp::acceptor(io, {net::ip::make_address("127.0.0.1"), 0}).local_endpoint();
}

}  // namespace

TEST_CASE_FIXTURE(fixture,
                  "client_metrics: a coroutine's request is recorded with the status of its response")
{
    ask(peer(behaviour::answers).endpoint());
    CHECK(recorded("200") == 1);
    ask(peer(behaviour::answers_503).endpoint());
    CHECK(recorded("503") == 1);
    CHECK(recorded("200") == 1);
}

TEST_CASE("client_metrics: sizes are those of the bodies that were written and read whole")
{
    iafmetrics::registry registry;
    client_metrics outgoing{registry, iafmetrics::standard::http_client_request_duration,
                            iafmetrics::http::body_sizes{}};
    net::io_context io;
    auto const page = [&] { return iafmetrics::exposition::text(registry); };
    auto const shows = [&](std::string const& name, std::string const& status, std::string const& value) {
        return page().find("\nhttp_client_" + name + R"({method="PUT",host="payments",status_code=")" +
                           status + "\"} " + value + "\n") != std::string::npos;
    };
    request q{http::verb::put, "/", 11, "twelve bytes"};
    q.prepare_payload();
    auto const ask = [&](behaviour how, auto& answered) {
        peer const other(how);
        tcp::socket socket(io);
        socket.connect(other.endpoint());
        boost::beast::flat_buffer buffer;
        error_code error;
        outgoing.begin(q, "payments").exchange(socket, q, buffer, answered, error);
        return error;
    };
    SUBCASE("of a message")
    {
        response answered;
        CHECK(!ask(behaviour::answers, answered));
        CHECK(shows("request_size_bytes_sum", "200", "12"));
        CHECK(shows("response_size_bytes_sum", "200", "2"));
    }
    SUBCASE("of a message behind an interim one")
    {
        response answered;
        CHECK(!ask(behaviour::answers_100_first, answered));
        CHECK(shows("request_size_bytes_count", "201", "1"));
        CHECK(shows("response_size_bytes_sum", "201", "2"));
    }
    SUBCASE("of a parser")
    {
        http::response_parser<http::string_body> answered;
        CHECK(!ask(behaviour::answers_503, answered));
        CHECK(shows("request_size_bytes_sum", "503", "12"));
        CHECK(shows("response_size_bytes_sum", "503", "2"));
    }
    SUBCASE("by a coroutine")
    {
        peer const other(behaviour::answers);
        response answered;
        auto const call = [&]() -> net::awaitable<void> {
            boost::beast::tcp_stream stream(io);
            boost::beast::flat_buffer buffer;
            auto observed = outgoing.begin(q, "payments");
            co_await stream.async_connect(other.endpoint(), observed.connecting(net::use_awaitable));
            co_await observed.async_exchange(stream, q, buffer, answered, net::use_awaitable);
        };
        net::co_spawn(io, call(), net::detached);
        io.run_for(std::chrono::seconds(10));
        CHECK(shows("request_size_bytes_sum", "200", "12"));
        CHECK(shows("response_size_bytes_sum", "200", "2"));
    }
    SUBCASE("and not of a response that breaks off")
    {
        response answered;
        CHECK(ask(behaviour::breaks_off, answered));
        CHECK(shows("request_size_bytes_sum", "aborted", "12"));
        CHECK(page().find("response_size_bytes_count") == std::string::npos);
    }
    SUBCASE("and not of a request that was never sent")
    {
        outgoing.begin(q, "payments").connected(net::error::connection_refused);
        CHECK(page().find("size_bytes_count") == std::string::npos);
    }
}

TEST_CASE_FIXTURE(fixture, "client_metrics: an interim response is passed over")
{
    ask(peer(behaviour::answers_100_first).endpoint());
    CHECK(recorded("201") == 1);

    peer const blocking(behaviour::answers_100_first);
    tcp::socket socket(io);
    socket.connect(blocking.endpoint());
    request const q = get();
    response answered;
    boost::beast::flat_buffer buffer;
    outgoing.begin(q, "payments").exchange(socket, q, buffer, answered);
    CHECK(recorded("201") == 2);
    CHECK(answered.result_int() == 201);
    CHECK(answered.body() == "xx");
}

TEST_CASE_FIXTURE(fixture, "client_metrics: a refused connection is a connect error")
{
    ask(nobody());
    CHECK(recorded("connect_error") == 1);
    CHECK(recorded("aborted") == 0);
}

TEST_CASE_FIXTURE(fixture, "client_metrics: a peer that stays silent beyond the deadline is a timeout")
{
    peer const silent(behaviour::stays_silent);
    ask(silent.endpoint(), std::chrono::milliseconds(50));
    CHECK(recorded("timeout") == 1);
    CHECK(recorded("aborted") == 0);
}

TEST_CASE_FIXTURE(fixture, "client_metrics: a peer that closes without or within its response is aborted")
{
    ask(peer(behaviour::closes).endpoint());
    CHECK(recorded("aborted") == 1);
    ask(peer(behaviour::breaks_off).endpoint());
    CHECK(recorded("aborted") == 2);
    CHECK(recorded("200") == 0);
}

TEST_CASE_FIXTURE(fixture, "client_metrics: blocking requests are recorded with and without exceptions")
{
    boost::beast::flat_buffer buffer;
    request const q = get();
    {
        peer const good(behaviour::answers);
        boost::beast::tcp_stream stream(io);
        auto observed = outgoing.begin(q, "payments");
        observed.connect([&] { stream.connect(good.endpoint()); });
        response answered;
        observed.exchange(stream, q, buffer, answered);
        CHECK(answered.body() == "xx");
    }
    CHECK(recorded("200") == 1);
    {
        boost::beast::tcp_stream stream(io);
        auto observed = outgoing.begin(q, "payments");
        CHECK_THROWS_AS(observed.connect([&] { stream.connect(nobody()); }), boost::system::system_error);
    }
    CHECK(recorded("connect_error") == 1);
    {
        peer const bad(behaviour::closes);
        boost::beast::tcp_stream stream(io);
        auto observed = outgoing.begin(q, "payments");
        stream.connect(bad.endpoint());
        response answered;
        CHECK_THROWS_AS(observed.exchange(stream, q, buffer, answered), boost::system::system_error);
    }
    CHECK(recorded("aborted") == 1);
    CHECK(shows("http_client_requests_in_flight 0"));
}

TEST_CASE_FIXTURE(
    fixture, "client_metrics: a callback's request is recorded before the callback, a parser's response too")
{
    peer const good(behaviour::answers);
    boost::beast::tcp_stream stream(io);
    boost::beast::flat_buffer buffer;
    request const q = get();
    http::response_parser<http::string_body> answered;
    auto observed = outgoing.begin(q, "payments");
    bool called = false;
    stream.async_connect(good.endpoint(), observed.connecting([&](error_code error) {
        CHECK(!error);
        observed.async_exchange(stream, q, buffer, answered, [&](error_code failed) {
            CHECK(!failed);
            CHECK(recorded("200") == 1);
            called = true;
        });
    }));
    io.run_for(std::chrono::seconds(10));
    CHECK(called);
}

TEST_CASE("client_metrics: a coroutine destroyed while it waits is aborted")
{
    iafmetrics::registry registry;
    client_metrics outgoing{registry, iafmetrics::standard::http_client_request_duration};
    std::optional<peer> silent;
    {
        net::io_context io;
        silent.emplace(behaviour::stays_silent);
        auto const call = [&]() -> net::awaitable<void> {
            boost::beast::tcp_stream stream(io);
            request const q = get();
            response answered;
            boost::beast::flat_buffer buffer;
            auto observed = outgoing.begin(q, "payments");
            co_await stream.async_connect(silent->endpoint(), observed.connecting(net::use_awaitable));
            co_await observed.async_exchange(stream, q, buffer, answered, net::use_awaitable);
            FAIL("nobody answers");
        };
        net::co_spawn(io, call(), [](std::exception_ptr) { FAIL("destroyed: not completed"); });
        io.run_for(std::chrono::milliseconds(50));
    }
    std::string const page = iafmetrics::exposition::text(registry);
    CHECK(page.find(R"(host="payments",status_code="aborted"} 1)") != std::string::npos);
    CHECK(page.find("http_client_requests_in_flight 0\n") != std::string::npos);
}

TEST_CASE_FIXTURE(fixture, "client_metrics: hosts beyond the first hundred share one label")
{
    for (int i = 0; i != 300; ++i)
        outgoing.begin(get(), "user-" + std::to_string(i) + ".example").finish(200);
    CHECK(recorded("200", "user-99.example") == 1);
    CHECK(recorded("200", "_other") == 200);
    outgoing.begin(get()).finish(200);
    CHECK(recorded("200", "_other") == 201);
}

TEST_CASE_FIXTURE(fixture, "client_metrics: a declared host shows its failures before the first request")
{
    outgoing.declare("GET", "payments");
    for (std::string const status : {"500", "timeout", "connect_error"})
        CHECK(shows(
            "http_client_request_duration_seconds_count{method=\"GET\",host=\"payments\",status_code=\"" +
            status + "\"} 0"));
}

TEST_CASE("client_metrics: hosts are left out where the declaration has no label for them")
{
    constexpr iafmetrics::histogram_spec<"status", "method"> duration{"fetch_request_duration_seconds",
                                                                      "Fetches."};
    iafmetrics::registry registry;
    client_metrics outgoing{registry, duration};
    outgoing.begin(get(), "a").finish(200);
    outgoing.begin(get(), "b").finish(200);
    CHECK(registry.add(duration).with("200", "GET").count() == 2);
    CHECK(iafmetrics::exposition::text(registry).find("fetch_requests_in_flight 0") != std::string::npos);
}
