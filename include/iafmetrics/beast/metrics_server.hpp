// SPDX-License-Identifier: Apache-2.0
// metrics_server: a small HTTP server in a thread of its own, for /metrics and nothing else.
#pragma once

#include <iafmetrics/beast/content_coding.hpp>
#include <iafmetrics/beast/detail/listen.hpp>
#include <iafmetrics/beast/detail/network_of.hpp>
#include <iafmetrics/beast/detail/peer_list.hpp>
#include <iafmetrics/beast/detail/turns.hpp>
#include <iafmetrics/beast/metrics_endpoint.hpp>
#include <iafmetrics/beast/scrape_metrics.hpp>
#include <iafmetrics/http/access.hpp>
#include <iafmetrics/http/landing_page.hpp>
#include <iafmetrics/http/rate_limit.hpp>
#include <iafmetrics/registry.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <csignal>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <stdexcept>
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

    /// With so many connections open, a new one takes the place of one that is silent, or of one whose request waits for its
    /// turn, of the address that has most of them; it is refused where all are being answered.
    std::size_t connection_limit = 64;
    std::chrono::milliseconds read_timeout{120'000};   ///< for a request, the wait for it included
    std::chrono::milliseconds header_timeout{10'000};  ///< for a request, from its first byte on
    std::chrono::milliseconds write_timeout{30'000};   ///< for a response

    /// Who may ask: http::basic_auth, http::bearer_token, or a function of the Authorization field's value.
    http::authorizer authorize = {};
    http::rate_limit_options rate_limit =
        {};  ///< of requests from all peers together, 429 beyond; none by default

    std::size_t scrape_limit = 4;  ///< pages in memory at a time; the next waits for its turn
    /// And is told 503 when it has not come by then; a password that is not known yet too.
    std::chrono::milliseconds scrape_wait{5'000};
    /// A peer that takes longer to read its page is cut where another scrape waits.
    std::chrono::milliseconds scrape_send_time{2'000};

    std::string title = "Metrics";      ///< of the page at /
    scrape_metrics* metrics = nullptr;  ///< of the server itself; null: none
};

/// What iafmetrics::serve() returns. Made, it listens; destroyed, it stops at once, also in the middle of a
/// response.
///
/// It answers GET and HEAD of /metrics, of /, a page that points there, and of /-/healthy and /-/ready; 405 with Allow to
/// other methods, 404 elsewhere. Everything but the last two is for who may ask: 401, 429 or, where too many
/// passwords are being checked, 503 for others. Scrapes that wait, and passwords that are not known yet, get their turn by the
/// peer's address (of IPv6 its /64): who comes with many waits behind who comes with one. A head above 8 KiB is 431, a
/// malformed one 400; a body is not read. Out of descriptors, it closes a silent connection and tries again after 100 ms.
class metrics_server {
public:
    metrics_server(registry const& metrics, std::uint16_t port, serve_options options = {})
        : options_(std::move(options)), endpoint_(metrics,
                                                  endpoint_options{.path = options_.path,
                                                                   .coding = options_.coding,
                                                                   .page = options_.page,
                                                                   .metrics = options_.metrics}),
          rate_(options_.rate_limit), scrape_turns_(options_.scrape_limit, options_.scrape_send_time)
    {
        if (options_.scrape_limit == 0)
            throw std::invalid_argument("serve: a scrape_limit of 0 lets nobody scrape");
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
    using http_access = iafmetrics::http::access;
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
            if (options_.authorize) checks_.emplace(1);
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
                // Out of descriptors accept() fails also where nobody waits, for whom a silent one would be closed.
                co_await acceptor_.async_wait(tcp::acceptor::wait_read, no_throw);
                auto [error, socket] = co_await acceptor_.async_accept(no_throw);
                has_failed = static_cast<bool>(error);
                error_code ignored;
                auto const network = detail::network_of(socket.remote_endpoint(ignored).address());
                bool const is_full = !has_failed && peers_.size() >= options_.connection_limit;
                if (is_full) count_refused("connection_limit");
                bool const has_room = !is_full || peers_.make_room_for(network);
                if (!has_failed && has_room)
                    boost::asio::co_spawn(io_, serve(detail::peer_place(peers_, std::move(socket), network)),
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
        if (buffer.size() == 0 && !co_await read_some(p, buffer)) co_return false;
        p.stream.expires_after(std::min(options_.header_timeout, options_.read_timeout));
        auto const [error, got] = co_await http::async_read_header(p.stream, buffer, parser, no_throw);
        if (error == boost::beast::error::timeout) count_refused("header_timeout");
        bool const is_gone = error == http::error::end_of_stream || error == http::error::partial_message ||
                             error.category() != make_error_code(http::error::bad_value).category();
        if (error && is_gone) co_return false;
        p.is_silent = false;

        auto const& request = parser.get();
        bool const is_readable_on =
            !error && parser.is_done() && request.find(http::field::transfer_encoding) == request.end();
        detail::turn turn(scrape_turns_, io_, p.network);
        metrics_endpoint::scrape answered{error ? refuse(error) : response(), std::nullopt};
        if (!error) {
            auto const said = co_await ask(p, request);
            bool const is_scrape = said == http_access::allowed && endpoint_.matches(request);
            if (said != http_access::allowed)
                answered.answer = turn_away(said);
            else if (is_scrape && !co_await wait_in_line(p, turn, request))
                answered.answer = too_many_scrapes();
            else if (is_scrape)
                answered = endpoint_.begin(request);
            else
                answered.answer = other(request);
            if (!p.stream.socket().is_open()) co_return false;  // it made room while it waited
            if (request.method() == http::verb::head) answered.answer.body().clear();
        }
        answered.answer.version(error ? 11 : request.version());
        answered.answer.keep_alive(is_readable_on && request.keep_alive());
        p.stream.expires_after(options_.write_timeout);
        if (answered.held) turn.is_sending(p.stream);
        auto const [failed, written] = co_await http::async_write(p.stream, answered.answer, no_throw);
        if (failed == boost::beast::error::timeout || turn.was_cut()) count_refused("write_timeout");
        p.is_silent = true;
        co_return !failed && answered.answer.keep_alive();
    }

    /// The first bytes of a request; false where none came.
    awaitable<bool> read_some(detail::peer& p, boost::beast::flat_buffer& buffer)
    {
        constexpr std::size_t size = 4096;
        p.stream.expires_after(options_.read_timeout);
        auto const [error, got] = co_await p.stream.async_read_some(buffer.prepare(size), no_throw);
        buffer.commit(got);
        co_return !error;
    }

    /// Whether a request may pass. What takes long is asked for in another thread: the others are answered meanwhile.
    template <class Request>
    awaitable<http_access> ask(detail::peer& p, Request const& request)
    {
        if (is_health(path_of(request))) co_return http_access::allowed;
        if (!rate_.take()) co_return http_access::rate_limited;
        if (!options_.authorize) co_return http_access::allowed;
        auto const value = request[boost::beast::http::field::authorization];
        std::string const field(value.data(), value.size());
        if (request.count(boost::beast::http::field::authorization) > 1) co_return http_access::unauthorized;
        http_access said = http_access::unauthorized;
        try {
            if (auto const at_once = options_.authorize.at_once(field)) co_return *at_once;
            detail::turn turn(check_turns_, io_, p.network);
            if (!co_await wait_in_line(p, turn, request)) co_return http_access::busy;
            if (auto const known_now = options_.authorize.at_once(field)) co_return *known_now;
            auto checked =
                boost::asio::co_spawn(checks_->get_executor(), check(field), boost::asio::use_awaitable);
            said = co_await std::move(checked);
        } catch (...) {  // what could not be checked does not pass
        }
        co_return said;
    }

    /// Until then the connection may be closed in favour of another.
    template <class Request>
    awaitable<bool> wait_in_line(detail::peer& p, detail::turn& turn, Request const& request)
    {
        p.in_line = &turn;
        bool const has_turn = co_await turn.wait(longest_wait(request));
        p.in_line = nullptr;
        co_return has_turn&& p.stream.socket().is_open();
    }

    awaitable<http_access> check(std::string const& field) { co_return options_.authorize(field); }

    template <class Request>
    [[nodiscard]] std::chrono::nanoseconds longest_wait(Request const& request) const
    {
        auto const field = request["X-Prometheus-Scrape-Timeout-Seconds"];
        auto const timeout = metrics_endpoint::timeout_of({field.data(), field.size()});
        std::chrono::nanoseconds const longest = options_.scrape_wait;
        return timeout.count() == 0 ? longest : std::min(longest, timeout / 2);
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
    static std::string_view path_of(Request const& request) noexcept
    {
        std::string_view const target(request.target().data(), request.target().size());
        return target.substr(0, target.find('?'));
    }
    static bool is_health(std::string_view path) noexcept
    {
        return path == "/-/healthy" || path == "/-/ready";
    }

    template <class Request>
    response other(Request const& request) const
    {
        namespace http = boost::beast::http;
        std::string_view const path = path_of(request);
        if (path != "/" && !is_health(path)) return text(http::status::not_found, "not found\n");
        if (request.method() != http::verb::get && request.method() != http::verb::head) {
            response made = text(http::status::method_not_allowed, "use GET or HEAD\n");
            made.set(http::field::allow, "GET, HEAD");
            return made;
        }
        if (is_health(path)) return text(http::status::ok, path == "/-/ready" ? "ready\n" : "healthy\n");
        response made = text(http::status::ok,
                             iafmetrics::http::landing_page(options_.title, {{options_.path, "Metrics"},
                                                                             {"/-/healthy", "Health"},
                                                                             {"/-/ready", "Readiness"}}));
        made.set(http::field::content_type, iafmetrics::http::landing_page_type);
        made.set("X-Content-Type-Options", "nosniff");
        return made;
    }

    void count_refused(std::string_view reason) const noexcept
    {
        if (options_.metrics != nullptr) options_.metrics->refused.with(reason).increment();
    }

    response turn_away(http_access said) const
    {
        namespace http = boost::beast::http;
        if (said == http_access::unauthorized) {
            count_refused("unauthorized");
            response made = text(http::status::unauthorized, "unauthorized\n");
            made.set(http::field::www_authenticate, options_.authorize.challenge());
            return made;
        }
        bool const is_busy = said == http_access::busy;
        count_refused(is_busy ? "check_limit" : "rate_limit");
        response made = text(is_busy ? http::status::service_unavailable : http::status::too_many_requests,
                             is_busy ? "too many credentials are being checked\n" : "too many requests\n");
        made.set(http::field::retry_after, "1");
        return made;
    }

    response too_many_scrapes() const
    {
        count_refused("scrape_limit");
        response made = text(boost::beast::http::status::service_unavailable, "too many scrapes at once\n");
        made.set(boost::beast::http::field::retry_after, "1");
        return made;
    }

    response refuse(error_code error) const
    {
        namespace http = boost::beast::http;
        bool const is_large = error == http::error::header_limit;
        count_refused(is_large ? "header_too_large" : "malformed");
        return is_large ? text(http::status::request_header_fields_too_large, "the header is too large\n")
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
    http::rate_limit rate_;
    detail::turns scrape_turns_;
    detail::turns check_turns_{1};
    detail::peer_list peers_;  // in the order of their last answer; outlives the sessions, which io_ holds
    boost::asio::io_context io_{1};
    tcp::acceptor acceptor_{io_};
    std::optional<boost::asio::thread_pool> checks_;  // goes before io_, to which its answers go
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace iafmetrics::inline v0::beast
