// SPDX-License-Identifier: Apache-2.0
// One accepted connection, and what all connections of a thread share.
#pragma once

#include <http_service/server.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <atomic>
#include <utility>

namespace iafmetrics::http_service::detail {

// What a connection needs of its server. Lives as long as the server.
struct environment {
    server_options options;
    router routes;
    iafmetrics::beast::request_metrics* metrics;
    std::atomic<std::size_t> mutable bodies{0};  // bytes set aside for bodies under way

    void count(refused why) const noexcept
    {
        if (options.refusals != nullptr) options.refusals->count(why);
    }
};

// Touched by its own thread only.
struct connection {
    connection(environment const& shared_with, bool const& draining_now, boost::beast::tcp_stream accepted)
        : shared{shared_with}, draining{draining_now}, stream{std::move(accepted)},
          drain{stream.get_executor(), net::steady_timer::time_point::max()}
    {}

    environment const& shared;
    bool const& draining;  // the thread's
    boost::beast::tcp_stream stream;
    net::steady_timer drain;         // never expires: cancelled when the drain begins
    net::cancellation_signal abort;  // ends the session whatever it awaits
    bool idle = true;                // between two requests: closed at once by a drain
};

// Answers requests until the connection ends.
net::awaitable<void> serve(connection& peer);

}  // namespace iafmetrics::http_service::detail
