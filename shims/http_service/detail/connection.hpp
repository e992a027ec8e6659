// SPDX-License-Identifier: Apache-2.0
// One accepted connection, and what all connections of a thread and of a server share.
#pragma once

#include <http_service/detail/places.hpp>
#include <http_service/detail/renewed_tls.hpp>
#include <http_service/detail/stream.hpp>
#include <http_service/server.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/intrusive/list.hpp>

#include <atomic>
#include <optional>
#include <utility>

namespace iafmetrics::http_service::detail {

namespace intrusive = boost::intrusive;

// What a connection needs of its server. Lives as long as the server.
struct environment {
    server_options options;
    router routes;
    iafmetrics::beast::request_metrics* metrics;
    std::optional<renewed_tls> tls = {};
    std::atomic<std::size_t> mutable bodies{0};  // bytes set aside for bodies under way

    void count(refused why) const noexcept
    {
        if (options.refusals != nullptr) options.refusals->count(why);
    }
};

using queue_hook = intrusive::list_base_hook<intrusive::link_mode<intrusive::auto_unlink>>;
struct connection;

// What the connections of a thread share. Touched by that thread only.
struct thread_state {
    bool draining = false;
    // Those that the server waits for, the longest first: in a handshake, before the end of a header, at the end.
    intrusive::list<connection, intrusive::base_hook<queue_hook>, intrusive::constant_time_size<false>>
        waiting;
};

// Touched by its own thread only.
struct connection : queue_hook {
    connection(environment const& shared_with,
               thread_state& of_thread,
               boost::beast::tcp_stream accepted,
               net::ip::address from,
               places::place taken)
        : shared{shared_with}, thread{of_thread}, peer{std::move(from)}, place{std::move(taken)},
          stream{std::move(accepted), shared.tls ? shared.tls->current() : nullptr},
          drain{stream.get_executor(), net::steady_timer::time_point::max()}
    {}

    // The next step is the peer's: until work(), the connection may be closed in favour of a new one.
    void wait()
    {
        unlink();
        if (!evicted) thread.waiting.push_back(*this);
    }
    void work() { unlink(); }

    void make_room()
    {
        evicted = true;
        unlink();
        stream.close();
        place.give_back();
    }

    bool draining() const { return thread.draining; }

    environment const& shared;
    thread_state& thread;
    net::ip::address const peer;
    places::place place;
    detail::stream stream;
    net::steady_timer drain;         // never expires: cancelled when the drain begins
    net::cancellation_signal abort;  // ends the session whatever it awaits
    bool idle = true;                // between two requests: closed at once by a drain
    bool evicted = false;            // closed in favour of a new one, to which it gave its place
};

// Answers requests until the connection ends.
net::awaitable<void> serve(connection& peer);

}  // namespace iafmetrics::http_service::detail
