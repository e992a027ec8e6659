// SPDX-License-Identifier: Apache-2.0
// metrics_server: a small HTTP server in a thread of its own, for /metrics and nothing else.
#pragma once

#include <iafmetrics/beast/detail/head_check.hpp>
#include <iafmetrics/beast/detail/listen.hpp>
#include <iafmetrics/beast/detail/network_of.hpp>
#include <iafmetrics/beast/detail/network_rate_limit.hpp>
#include <iafmetrics/beast/detail/peer_list.hpp>
#include <iafmetrics/beast/detail/refusal_answers.hpp>
#include <iafmetrics/beast/detail/run_until_stopped.hpp>
#include <iafmetrics/beast/detail/server_pages.hpp>
#include <iafmetrics/beast/detail/thread_without_signals.hpp>
#include <iafmetrics/beast/detail/turns.hpp>
#include <iafmetrics/beast/detail/workers.hpp>
#include <iafmetrics/beast/metrics_endpoint.hpp>
#include <iafmetrics/beast/serve_options.hpp>
#include <iafmetrics/http/access.hpp>
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

#include <algorithm>
#include <array>
#include <chrono>
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

/// What iafmetrics::serve() returns. Made, it listens; destroyed, it stops at once, also in the middle of a
/// response, but not of a collector.
///
/// It answers GET and HEAD of /metrics, of /, a page that points there, and of /-/healthy and /-/ready, of each with and
/// without a host before the path; 405 with Allow to other methods, 404 elsewhere. Everything but the last two is for
/// who may ask: 401, 429 or, where too many passwords are being checked, 503 for others. Scrapes that wait, and
/// passwords that are not known yet, get their turn by the peer's address (of IPv6 its /64): who comes with many waits
/// behind who comes with one. A head above 8 KiB is 431, one that is malformed, or that two parsers could read
/// differently (RFC 9112, 11.2), 400; a body is not read. Out of descriptors, it closes a silent connection for the
/// next; where there is none, it tries again after 100 ms.
///
/// Threads: one has the connections and all state but the registry's and the endpoint's, which any may use. Pages are
///          made, and passwords checked, by workers (detail/workers.hpp), while the session that asked is suspended.
///          The end is in this order: the event loop stops, the workers finish what they are in, and with their
///          queue and the event loop's go the sessions, of which none runs any more.
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
        thread_ = detail::thread_without_signals([this] { detail::run_until_stopped(io_); });
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
    using clock = detail::turns::clock;
    template <class Result>
    using awaitable = boost::asio::awaitable<Result>;

    static constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    static constexpr std::uint32_t header_limit = 8 * 1024;
    static constexpr std::size_t read_size = 4096;  // of one read

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
                if (is_full) refusals_.count("connection_limit");
                bool const has_room = !is_full || peers_.make_room_for(network);
                if (!has_failed && has_room)
                    boost::asio::co_spawn(io_, serve(detail::peer_place(peers_, std::move(socket), network)),
                                          boost::asio::detached);
            } catch (...) {  // out of memory
            }
            if (has_failed) co_await make_room();
        }
    }

    /// Out of descriptors or memory there is nothing to accept, until something else has closed: at once, as often as there is
    /// a silent connection.
    awaitable<void> make_room()
    {
        if (peers_.close_silent()) co_return;
        boost::asio::steady_timer wait(io_, std::chrono::milliseconds(100));
        co_await wait.async_wait(no_throw);
    }

    awaitable<void> serve(detail::peer_place place)
    {
        boost::beast::flat_buffer buffer(header_limit +
                                         read_size);  // of a head, no more than its limit is left
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
        std::optional<detail::head::refusal> no;
        if (!co_await read_head(p, parser, buffer, no)) co_return false;
        p.is_silent = false;
        auto const came = clock::now();

        auto const& request = parser.get();
        detail::turn turn(scrape_turns_, io_, p.network);
        metrics_endpoint::scrape answered{no ? refusals_.to(*no) : response(), std::nullopt};
        if (!no) {
            auto const said = co_await ask(p, request, came);
            bool const is_page = endpoint_.matches(request) && is_read_only(request);
            if (said != http_access::allowed)
                answered.answer = refusals_.to(said);
            else if (is_page && !co_await wait_in_line(p, turn, request, came))
                answered.answer = refusals_.to_scrape_in_line();
            else if (is_page)
                answered = co_await page(request, came);
            else
                answered.answer = other(request);
            if (!p.stream.socket().is_open()) co_return false;  // it made room while it waited
        }
        if (request.method() == http::verb::head) answered.answer.body().clear();
        answered.answer.version(parser.is_header_done() ? request.version() : 11);
        answered.answer.keep_alive(!no && parser.is_done() && request.keep_alive());
        p.stream.expires_after(options_.write_timeout);
        if (answered.held) turn.is_sending(p.stream);
        if (answered.held) p.reads_until = clock::now() + options_.scrape_send_time;
        // A socket's buffer takes a few lines at once, unless those before them are not read.
        p.is_silent = !answered.held;
        auto const [failed, written] = co_await http::async_write(p.stream, answered.answer, no_throw);
        if (failed == boost::beast::error::timeout || turn.was_cut()) refusals_.count("write_timeout");
        p.reads_until = detail::peer::time_point::max();
        p.is_silent = p.stream.socket().is_open();
        co_return !failed && answered.answer.keep_alive();
    }

    /// Reads to the end of a header section, or to where it is refused. False: the peer is gone, or was too slow.
    template <class Parser>
    awaitable<bool> read_head(detail::peer& p,
                              Parser& parser,
                              boost::beast::flat_buffer& buffer,
                              std::optional<detail::head::refusal>& no)
    {
        bool has_begun = false;
        std::size_t used = 0;
        p.stream.expires_after(options_.read_timeout);
        for (;;) {
            std::size_t const had = buffer.size();
            detail::head::drop_empty_lines(parser, buffer);
            if (buffer.size() != 0) {
                if (!has_begun)
                    p.stream.expires_after(std::min(options_.header_timeout, options_.read_timeout));
                has_begun = true;
                no = detail::head::parse(parser, buffer);
            }
            used += had - buffer.size();
            // Beast's own limit is for what it has not taken yet, and empty lines it does not see.
            if (!no && used > header_limit)
                no = detail::head::explain(boost::beast::http::error::header_limit);
            if (!no && parser.is_header_done()) no = detail::head::check(parser.get());
            if (no || parser.is_header_done()) co_return true;
            auto const room = buffer.prepare(read_size);
            auto const [error, got] = co_await p.stream.async_read_some(room, no_throw);
            buffer.commit(got);
            if (error == boost::beast::error::timeout && has_begun) refusals_.count("header_timeout");
            if (error) co_return false;
        }
    }

    /// Made in another thread: a collector may take long, and the others are answered meanwhile.
    template <class Request>
    awaitable<metrics_endpoint::scrape> page(Request const& request, clock::time_point came)
    {
        auto const make = [&] { return endpoint_.begin(request, clock::now() - came); };
        co_return co_await workers_.run(make);
    }

    /// Whether a request may pass. What takes long is asked for in another thread: the others are answered meanwhile.
    template <class Request>
    awaitable<http_access> ask(detail::peer& p, Request const& request, clock::time_point came)
    {
        if (detail::is_health_page(path_of(request))) co_return http_access::allowed;
        if (!rate_.take(p.network)) co_return http_access::rate_limited;
        if (!options_.authorize) co_return http_access::allowed;
        auto const value = request[boost::beast::http::field::authorization];
        std::string const field(value.data(), value.size());
        if (request.count(boost::beast::http::field::authorization) > 1) co_return http_access::unauthorized;
        http_access said = http_access::unauthorized;
        try {
            if (auto const at_once = options_.authorize.at_once(field)) co_return *at_once;
            detail::turn turn(check_turns_, io_, p.network);
            if (!co_await wait_in_line(p, turn, request, came)) co_return http_access::busy;
            if (auto const known_now = options_.authorize.at_once(field)) co_return *known_now;
            auto const check = [&] { return options_.authorize(field); };
            said = co_await workers_.run(check);
        } catch (...) {  // what could not be checked does not pass
        }
        co_return said;
    }

    /// Until then the connection may be closed in favour of another.
    template <class Request>
    awaitable<bool>
    wait_in_line(detail::peer& p, detail::turn& turn, Request const& request, clock::time_point came)
    {
        p.in_line = &turn;
        bool const has_turn = co_await turn.wait(longest_wait(request, came));
        p.in_line = nullptr;
        co_return has_turn&& p.stream.socket().is_open();
    }

    /// All waits of a request together take half of its timeout, so that its page has the other half.
    template <class Request>
    [[nodiscard]] std::chrono::nanoseconds longest_wait(Request const& request, clock::time_point came) const
    {
        auto const field = request["X-Prometheus-Scrape-Timeout-Seconds"];
        auto const timeout = metrics_endpoint::timeout_of({field.data(), field.size()});
        std::chrono::nanoseconds const longest = options_.scrape_wait;
        return timeout.count() == 0 ? longest : std::min(longest, timeout / 2 - (clock::now() - came));
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
        return metrics_endpoint::path_of({request.target().data(), request.target().size()});
    }
    template <class Request>
    static bool is_read_only(Request const& request) noexcept
    {
        return request.method() == boost::beast::http::verb::get ||
               request.method() == boost::beast::http::verb::head;
    }

    template <class Request>
    response other(Request const& request) const
    {
        std::string_view const path = path_of(request);
        bool const is_endpoint = endpoint_.matches(request);
        if (!is_endpoint && !detail::is_server_page(path)) return refusals_.to_other_path();
        if (is_read_only(request)) return detail::server_page(path, options_);
        response no = refusals_.to_other_method();
        return is_endpoint ? endpoint_(request) : no;  // which counts it too
    }

    serve_options const options_;
    metrics_endpoint const endpoint_;
    detail::refusal_answers const refusals_{options_};
    detail::network_rate_limit rate_;
    detail::turns scrape_turns_;
    detail::turns check_turns_{1};
    detail::peer_list peers_;  // in the order of their last answer; outlives the sessions, which io_ holds
    boost::asio::io_context io_{1};
    tcp::acceptor acceptor_{io_};
    detail::workers workers_;  // goes before io_, to which its answers go
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace iafmetrics::inline v0::beast
