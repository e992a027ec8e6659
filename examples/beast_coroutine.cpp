// SPDX-License-Identifier: Apache-2.0
// beast_coroutine: a Boost.Beast server with coroutines; what is recorded when a handler throws.
#include <iafmetrics/beast/metrics_endpoint.hpp>
#include <iafmetrics/beast/middleware.hpp>
#include <iafmetrics/platform.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include "ask.hpp"

#include <stdexcept>
#include <thread>

namespace beast = boost::beast;
namespace net = boost::asio;
using net::ip::tcp;
using request_type = beast::http::request<beast::http::string_body>;
using response_type = beast::http::response<beast::http::string_body>;

iafmetrics::registry registry;
iafmetrics::beast::request_metrics http{registry, iafmetrics::platform::api_request_duration};
iafmetrics::beast::metrics_endpoint const endpoint{registry};

net::awaitable<response_type> handle(request_type const& request)
{
    if (request.target().ends_with("/broken")) throw std::runtime_error("the handler failed");
    response_type response{beast::http::status::ok, request.version(), "ready\n"};
    response.prepare_payload();
    co_return response;
}

net::awaitable<void> session(beast::tcp_stream stream)
{
    beast::flat_buffer buffer;
    for (;;) {
        request_type request;
        stream.expires_after(std::chrono::seconds(30));
        co_await beast::http::async_read(stream, buffer, request, net::use_awaitable);
        if (endpoint.matches(request)) {
            response_type page = endpoint(request);
            co_await beast::http::async_write(stream, page, net::use_awaitable);
            continue;
        }
        auto observed = http.begin(request);            // the clock starts, in flight +1
        observed.route("/api/v1/applications/{name}");  // the template, never the raw path
        response_type response = co_await handle(request);
        co_await observed.async_write(stream, response, net::use_awaitable);  // writes, then records
    }
}

net::awaitable<void> accept(tcp::acceptor& acceptor)
{
    for (;;) {
        auto socket = co_await acceptor.async_accept(net::use_awaitable);
        net::co_spawn(acceptor.get_executor(), session(beast::tcp_stream(std::move(socket))), net::detached);
    }
}

int main()
{
    net::io_context io;
    tcp::acceptor acceptor(io, {net::ip::make_address("127.0.0.1"), 0});
    net::co_spawn(io, accept(acceptor), net::detached);
    std::jthread const server([&] { io.run(); });

    auto const port = acceptor.local_endpoint().port();
    ask(port, "/api/v1/applications/shop");
    try {
        ask(port, "/api/v1/applications/broken");
    } catch (std::exception const&) {}  // closed without an answer
    print_counts(ask(port, "/metrics"));
    io.stop();
}

// Output:
// iaf_api_request_duration_seconds_count{method="GET",path="/api/v1/applications/{name}",status="200"} 1
// iaf_api_request_duration_seconds_count{method="GET",path="/api/v1/applications/{name}",status="500"} 1
