// SPDX-License-Identifier: Apache-2.0
// metrics_server: a small HTTP server in a thread of its own, for /metrics and nothing else.
#pragma once

#include <iafmetrics/beast/content_coding.hpp>
#include <iafmetrics/beast/detail/listen.hpp>
#include <iafmetrics/beast/detail/peer_list.hpp>
#include <iafmetrics/beast/metrics_endpoint.hpp>
#include <iafmetrics/registry.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <thread>
#include <tuple>
#include <utility>

namespace iafmetrics::inline v0::beast {

struct serve_options {
    /// An IP address; empty for all, of both protocols where the machine has both, for Prometheus asks from
    /// another machine. "127.0.0.1" keeps the metrics on this one.
    std::string address = {};
    std::string path = "/metrics";
    std::optional<content_coding> coding = {};  ///< offered to who accepts it: gzip, of beast/gzip.hpp
    exposition::page_options page = {};

    /// With so many connections open, a new one takes the place of the one that has been silent for longest;
    /// it is refused where all are being answered.
    std::size_t connection_limit = 64;
    std::chrono::milliseconds read_timeout{120'000};  ///< for a request, the wait for it included
    std::chrono::milliseconds write_timeout{30'000};  ///< for a response
};

/// What iafmetrics::serve() returns. Made, it listens; destroyed, it stops at once, also in the middle of a
/// response.
///
/// It answers GET and HEAD of /metrics and of /, a page that points there; 405 with Allow to other methods,
/// 404 elsewhere. A head above 8 KiB is 431, a malformed one 400; a body is not read. Out of descriptors, it
/// closes a silent connection and tries again after 100 ms.
class metrics_server {
public:
    metrics_server(registry const& metrics, std::uint16_t port, serve_options options = {})
        : options_(std::move(options)), endpoint_(metrics, options_.path, options_.coding, options_.page)
    {
        detail::listen(acceptor_, options_.address, port);
        port_ = acceptor_.local_endpoint().port();
        boost::asio::co_spawn(io_, accept(), boost::asio::detached);
        start_thread();
    }
    metrics_server(metrics_server const&) = delete;
    metrics_server& operator=(metrics_server const&) = delete;
    ~metrics_server()
    {
        io_.stop();
        thread_.join();
    }

    [[nodiscard]] std::uint16_t port() const noexcept { return port_; }

private:
    using tcp = boost::asio::ip::tcp;
    using error_code = boost::system::error_code;
    using response = metrics_endpoint::response;
    template <class Result>
    using awaitable = boost::asio::awaitable<Result>;

    static constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    static constexpr std::uint32_t header_limit = 8 * 1024;

    /// The program's signals are for its own threads.
    void start_thread()
    {
        sigset_t all;
        sigset_t before;
        sigfillset(&all);
        pthread_sigmask(SIG_SETMASK, &all, &before);
        try {
            thread_ = std::thread([this] { run(); });
        } catch (...) {
            pthread_sigmask(SIG_SETMASK, &before, nullptr);
            throw;
        }
        pthread_sigmask(SIG_SETMASK, &before, nullptr);
    }

    void run() noexcept
    {
        while (!io_.stopped()) {
            try {
                io_.run();
            } catch (...) {  // out of memory: that session is over, the others go on
            }
        }
    }

    awaitable<void> accept()
    {
        for (;;) {
            bool has_failed = true;
            try {
                auto [error, socket] = co_await acceptor_.async_accept(no_throw);
                has_failed = static_cast<bool>(error);
                bool const has_room = peers_.size() < options_.connection_limit || peers_.close_silent();
                if (!has_failed && has_room)
                    boost::asio::co_spawn(io_, serve(detail::peer_place(peers_, std::move(socket))),
                                          boost::asio::detached);
            } catch (...) {  // out of memory
            }
            if (has_failed) co_await make_room();
        }
    }

    /// Out of descriptors or memory there is nothing to accept, until something else has closed.
    awaitable<void> make_room()
    {
        peers_.close_silent();
        boost::asio::steady_timer wait(io_, std::chrono::milliseconds(100));
        co_await wait.async_wait(no_throw);
    }

    awaitable<void> serve(detail::peer_place place)
    {
        boost::beast::flat_buffer buffer(header_limit * 2);
        while (co_await serve_one(place, buffer)) {}
        co_await say_goodbye(*place);
    }

    awaitable<bool> serve_one(detail::peer_place const& place, boost::beast::flat_buffer& buffer)
    {
        namespace http = boost::beast::http;
        detail::peer& p = *place;
        place.move_to_end();
        http::request_parser<http::empty_body> parser;
        parser.header_limit(header_limit);
        p.stream.expires_after(options_.read_timeout);
        auto const [error, got] = co_await http::async_read_header(p.stream, buffer, parser, no_throw);
        bool const is_gone = error == http::error::end_of_stream || error == http::error::partial_message ||
                             error.category() != make_error_code(http::error::bad_value).category();
        if (error && is_gone) co_return false;
        p.is_silent = false;

        auto const& request = parser.get();
        bool const is_readable_on =
            !error && parser.is_done() && request.find(http::field::transfer_encoding) == request.end();
        response answered = error ? refuse(error) : answer(request);
        answered.keep_alive(is_readable_on && request.keep_alive());
        p.stream.expires_after(options_.write_timeout);
        auto const [failed, written] = co_await http::async_write(p.stream, answered, no_throw);
        p.is_silent = true;
        co_return !failed && answered.keep_alive();
    }

    /// Lets the peer read its answer: a close with bytes unread is a reset.
    static awaitable<void> say_goodbye(detail::peer& p)
    {
        error_code ignored;
        p.stream.socket().shutdown(tcp::socket::shutdown_send, ignored);
        std::array<char, 4096> dropped{};
        p.stream.expires_after(std::chrono::seconds(2));
        for (error_code error; !error;)
            std::tie(error, std::ignore) =
                co_await p.stream.async_read_some(boost::asio::buffer(dropped), no_throw);
    }

    template <class Request>
    response answer(Request const& request) const
    {
        namespace http = boost::beast::http;
        if (endpoint_.matches(request)) return endpoint_(request);
        std::string_view const target(request.target().data(), request.target().size());
        bool const is_read = request.method() == http::verb::get || request.method() == http::verb::head;
        response made = target.substr(0, target.find('?')) != "/"
                            ? text(http::status::not_found, "not found\n")
                        : is_read ? text(http::status::ok, "Metrics are at " + options_.path + "\n")
                                  : text(http::status::method_not_allowed, "use GET or HEAD\n");
        if (made.result() == http::status::method_not_allowed) made.set(http::field::allow, "GET, HEAD");
        if (request.method() == http::verb::head) made.body().clear();
        made.version(request.version());
        return made;
    }

    static response refuse(error_code error)
    {
        namespace http = boost::beast::http;
        return error == http::error::header_limit
                   ? text(http::status::request_header_fields_too_large, "the header is too large\n")
                   : text(http::status::bad_request, "malformed request\n");
    }

    static response text(boost::beast::http::status status, std::string body)
    {
        response made(status, 11);
        made.set(boost::beast::http::field::content_type, "text/plain; charset=utf-8");
        made.content_length(body.size());
        made.body() = std::move(body);
        return made;
    }

    serve_options const options_;
    metrics_endpoint const endpoint_;
    detail::peer_list peers_;  // in the order of their last answer; outlives the sessions, which io_ holds
    boost::asio::io_context io_{1};
    tcp::acceptor acceptor_{io_};
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace iafmetrics::inline v0::beast
