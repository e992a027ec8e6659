// SPDX-License-Identifier: Apache-2.0
// Metrics and two connected sockets on loopback, of which the test writes to one.
#pragma once

#include <iafmetrics/beast/middleware.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/platform.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/http.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <exception>
#include <string>
#include <string_view>
#include <utility>

namespace test {

namespace net = boost::asio;
namespace http = boost::beast::http;
using boost::system::error_code;
using net::ip::tcp;

using request = http::request<http::string_body>;
using response = http::response<http::string_body>;

inline request get() { return {http::verb::get, "/api/v1/sessions/42", 11}; }

inline response answer(http::status status, std::size_t size = 2)
{
    response r{status, 11};
    r.body().assign(size, 'x');
    r.prepare_payload();
    return r;
}

inline constexpr std::size_t more_than_a_socket_takes = 50'000'000;

struct connected {
    template <class... Options>
    explicit connected(Options const&... options)
        : metrics{registry, iafmetrics::platform::api_request_duration, options...}
    {
        tcp::acceptor acceptor(io, {net::ip::make_address("127.0.0.1"), 0});
        client.connect(acceptor.local_endpoint());
        acceptor.accept(server.socket());
    }

    /// Runs a coroutine to its end. What it throws is returned.
    std::exception_ptr run(net::awaitable<void> session)
    {
        std::exception_ptr thrown;
        bool has_ended = false;
        net::co_spawn(io, std::move(session), [&](std::exception_ptr e) {
            thrown = e;
            has_ended = true;
        });
        io.restart();
        io.run_for(std::chrono::seconds(10));
        CHECK(has_ended);
        return thrown;
    }

    void run() { io.run_for(std::chrono::milliseconds(200)); }

    void send(std::string_view bytes) { net::write(client, net::buffer(bytes.data(), bytes.size())); }

    /// The peer that is gone for good: its last packet is a reset.
    void reset()
    {
        client.set_option(net::socket_base::linger(true, 0));
        client.close();
    }

    [[nodiscard]] std::uint64_t
    recorded(std::string_view method, std::string_view path, std::string_view status)
    {
        return registry.add(iafmetrics::platform::api_request_duration).with(method, path, status).count();
    }
    [[nodiscard]] bool shows(std::string_view line) const
    {
        return iafmetrics::exposition::text(registry).find("\n" + std::string(line) + "\n") !=
               std::string::npos;
    }
    /// Recorded in all, over every label.
    [[nodiscard]] double total() const
    {
        double sum = 0;
        std::string const page = iafmetrics::exposition::text(registry);
        std::string const name = "iaf_api_request_duration_seconds_count{";
        for (std::size_t at = page.find(name); at != std::string::npos; at = page.find(name, at + 1))
            sum += std::stod(page.substr(page.find("} ", at) + 2));
        return sum;
    }

    iafmetrics::registry registry;
    iafmetrics::beast::request_metrics metrics;
    net::io_context io;
    tcp::socket client{io};
    boost::beast::tcp_stream server{io};
    boost::beast::flat_buffer buffer;
};

}  // namespace test
