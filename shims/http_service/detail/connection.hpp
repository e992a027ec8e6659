// SPDX-License-Identifier: Apache-2.0
// One accepted connection, and what all connections of a thread and of a server share.
#pragma once

#include <http_service/detail/body_budget.hpp>
#include <http_service/detail/places.hpp>
#include <http_service/detail/renewed_tls.hpp>
#include <http_service/detail/stream.hpp>
#include <http_service/server.hpp>

#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/intrusive/list.hpp>

#include <chrono>
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
    body_budget mutable bodies{options.body_budget, options.connection_metrics};

    void count(refused why) const noexcept
    {
        if (options.refusals != nullptr) options.refusals->count(why);
    }
};

template <class Tag>
using hook = intrusive::list_base_hook<intrusive::tag<Tag>, intrusive::link_mode<intrusive::auto_unlink>>;
using waiting_hook = hook<struct of_waiting>;
using body_hook = hook<struct of_bodies>;
struct connection;

template <class Hook>
using queue = intrusive::list<connection, intrusive::base_hook<Hook>, intrusive::constant_time_size<false>>;

// What the connections of a thread share. Touched by that thread only.
struct thread_state {
    bool draining = false;
    // Those that the server waits for, the longest first: in a handshake, for the rest of a header or a body, at the end.
    queue<waiting_hook> waiting;
    queue<body_hook> bodies;  // of them those that wait for more of a body and hold memory for it
};

// Touched by its own thread only.
struct connection : waiting_hook, body_hook {
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
        work();
        if (!evicted) thread.waiting.push_back(*this);
    }
    // And in favour of another body.
    void wait_for_body()
    {
        wait();
        if (evicted || share.bytes() == 0) return;
        silent_since = std::chrono::steady_clock::now();
        thread.bodies.push_back(*this);
    }
    void work()
    {
        waiting_hook::unlink();
        body_hook::unlink();
    }

    void make_room()
    {
        evicted = true;
        work();
        stream.close();
        place.give_back();
        share.give_back();
    }

    // Gives up the body of this thread that has been silent for longest. False: none has been for a second.
    bool close_silent_body()
    {
        if (thread.bodies.empty()) return false;
        auto& longest = thread.bodies.front();
        if (std::chrono::steady_clock::now() - longest.silent_since < std::chrono::seconds{1}) return false;
        shared.count(refused::body_budget);
        longest.make_room();
        return true;
    }

    bool draining() const { return thread.draining; }

    environment const& shared;
    thread_state& thread;
    net::ip::address const peer;
    places::place place;
    body_budget::share share{shared.bodies};
    std::chrono::steady_clock::time_point silent_since = {};  // in thread.bodies
    detail::stream stream;
    net::steady_timer drain;         // never expires: cancelled when the drain begins
    net::cancellation_signal abort;  // ends the session whatever it awaits
    bool idle = true;                // between two requests: closed at once by a drain
    bool in_head = false;            // some of a header is there: closed a second later
    bool evicted = false;            // closed in favour of a new one, to which it gave its place
};

// Answers requests until the connection ends.
net::awaitable<void> serve(connection& peer);

}  // namespace iafmetrics::http_service::detail
