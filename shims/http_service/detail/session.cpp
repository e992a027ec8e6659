// SPDX-License-Identifier: Apache-2.0
// A connection's life: read a request, route it, read its body, answer, again.
#include <http_service/detail/body_check.hpp>
#include <http_service/detail/body_reader.hpp>
#include <http_service/detail/deadline.hpp>
#include <http_service/detail/head_check.hpp>
#include <http_service/detail/observation.hpp>
#include <http_service/detail/reply.hpp>
#include <http_service/detail/target.hpp>
#include <http_service/local_caller.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <algorithm>
#include <optional>
#include <tuple>

namespace iafmetrics::http_service::detail {

namespace {

namespace beast = boost::beast;
using namespace net::experimental::awaitable_operators;
using clock = std::chrono::steady_clock;

constexpr auto token = net::as_tuple(net::use_awaitable);
constexpr std::size_t read_size = 8 * 1024;  // of one read, before a body
constexpr std::size_t unrouted_body =
    64 * 1024;  // read and dropped, to keep the connection of a mistyped path
constexpr auto unknown_exception = "an exception of unknown type";
constexpr auto speak_https =
    std::string_view{"HTTP/1.0 400 Bad Request\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
                     "this port speaks HTTPS\n"};
constexpr auto continue_line = std::string_view{"HTTP/1.1 100 Continue\r\n\r\n"};

std::string quoted(std::string_view path)
{
    constexpr std::size_t longest = 200;
    return path.size() <= longest ? std::string{path} : std::string{path.substr(0, longest)} + "...";
}

constexpr struct {
    http::status operator()(response const& whole) const { return whole.result(); }
    http::status operator()(stream_response const& streamed) const { return streamed.head.result(); }
    http::status operator()(held_response const& held) const { return held.whole.result(); }
} status_of;

class session {
public:
    explicit session(connection& peer) : peer_{peer} {}

    net::awaitable<void> run()
    {
        if (co_await handshake()) {
            for (bool goes_on = true; goes_on;) {
                goes_on = co_await serve_one();
                peer_.share.give_back();
                if (buffer_.size() == 0 && buffer_.capacity() > read_size)
                    buffer_.shrink_to_fit();  // a body was read
            }
            if (peer_.stream.secure()) co_await end_tls();
            if (refused_) co_await linger(peer_);
        }
        beast::error_code ignored;
        peer_.stream.socket().shutdown(net::socket_base::shutdown_both, ignored);
        peer_.stream.close();
    }

private:
    // False: the connection is done.
    net::awaitable<bool> handshake()
    {
        peer_.wait();
        if (!peer_.stream.secure()) co_return true;
        peer_.stream.expires_after(peer_.shared.options.handshake_timeout);
        auto const [error] = co_await peer_.stream.async_handshake(token);
        peer_.stream.expires_never();
        if (!error) co_return true;
        if (peer_.evicted) co_return false;
        if (auto const why = why_refused(error, peer_.stream.native_handle())) peer_.shared.count(*why);
        if (is_plain_http(error)) {
            peer_.stream.expires_after(peer_.shared.options.write_timeout);
            auto const text = net::buffer(speak_https);
            (void)co_await net::async_write(peer_.stream.tcp(), text, token);
        }
        constexpr std::chrono::seconds for_the_alert{1};
        co_await linger(peer_, for_the_alert);
        co_return false;
    }

    // Tells the peer that nothing was cut off, and waits a little for its word.
    net::awaitable<void> end_tls()
    {
        constexpr std::chrono::milliseconds longest{500};
        if (!peer_.stream.socket().is_open()) co_return;
        peer_.idle = true;
        peer_.wait();
        auto const until = clock::now() + longest;
        (void)co_await (peer_.stream.async_shutdown(token) || expiry(peer_, until));
    }

    // One request and its answer. False: the connection is done.
    net::awaitable<bool> serve_one()
    {
        head_parser parser;
        parser.header_limit(static_cast<std::uint32_t>(peer_.shared.options.header_limit));
        parser.body_limit(boost::none);

        peer_.wait();
        auto const none = co_await read_head(parser);
        peer_.idle = false;
        peer_.in_head = false;
        peer_.work();
        if (none) {
            if (!none->reason) co_return false;
            observation observed{peer_.shared.metrics};
            co_return co_await refuse(observed, *none->reason, {});
        }

        observation observed{peer_.shared.metrics, parser.get()};
        bool const is_last = ++served_ == peer_.shared.options.requests_per_connection;
        reply_options how{parser.get().version(), parser.keep_alive() && !peer_.draining() && !is_last,
                          parser.get().method() == http::verb::head};
        decoded_target target;
        if (auto const bad = check(parser.get(), target)) co_return co_await refuse(observed, *bad, how);
        auto match = peer_.shared.routes.find(parser.get().method(), target.segments);
        // An invented method says nothing of the route: with it, each route would have a series more.
        bool const is_invented = match.found == nullptr && parser.get().method() == http::verb::unknown;
        if (!match.pattern.empty() && !is_invented) observed.route(match.pattern);
        if (match.found != nullptr && !match.found->options.observed) observed.discard();
        if (peer_.shared.options.guard) {
            if (auto no = co_await ask_guard(parser.get())) {
                refused_ = !parser.is_done();
                how.keep_alive = how.keep_alive && !refused_;
                co_return co_await answer_with(observed, std::move(*no), how);
            }
        }
        if (match.found == nullptr) co_return co_await unrouted(parser, observed, match, target.path, how);
        co_return co_await routed(parser, observed, match, target, how);
    }

    std::optional<refusal> check(http::request_header<> const& head, decoded_target& target) const
    {
        if (auto bad = check_head(head)) return bad;
        if (auto const* const field = foreign_caller(head))
            return refusal{http::status::forbidden, std::string{field} + " is not of this machine",
                           refused::foreign_caller};
        if (auto const reason = decode_target(to_view(head.target()), target); !reason.empty())
            return refusal{http::status::bad_request, std::string{reason}};
        return std::nullopt;
    }

    // The field that says so; null for a caller that is welcome.
    char const* foreign_caller(http::fields const& head) const
    {
        if (!peer_.shared.options.local_callers_only) return nullptr;
        auto const origin = to_view(head[http::field::origin]);
        if (!origin.empty() && !is_local_origin(origin)) return "Origin";
        // A page can be served under a domain alone, and a domain that anybody can own has a dot.
        auto const host = to_view(head[http::field::host]);
        bool const is_domain = host.find('.') != std::string_view::npos || host.starts_with('[');
        return is_domain && !is_local_host(host) ? "Host" : nullptr;
    }

    static std::string_view to_view(boost::core::string_view text) { return {text.data(), text.size()}; }

    // Nothing when the header section is in, and all of what followed it in the buffer.
    net::awaitable<std::optional<unread>> read_head(head_parser& parser)
    {
        auto const limit = peer_.shared.options.header_limit;
        std::optional<clock::time_point> deadline;
        std::size_t parsed = 0;
        for (;;) {
            auto const before = buffer_.size();
            drop_empty_lines(parser, buffer_);
            bool const has_some = buffer_.size() > 0;
            if (has_some) {
                if (!deadline) deadline = clock::now() + peer_.shared.options.header_timeout;
                peer_.idle = false;
                peer_.in_head = true;
                if (auto bad = parse_head(parser, buffer_)) co_return unread{std::move(bad)};
            }
            parsed += before - buffer_.size();
            bool const is_done = parser.is_header_done();
            // The parser's own limit is not for all lines, and it does not see empty ones.
            if (parsed + (is_done ? 0 : buffer_.size()) > limit)
                co_return unread{explain(http::error::header_limit)};
            if (is_done) co_return std::nullopt;
            if (!has_some && !deadline) {
                peer_.idle = true;
                if (peer_.draining()) co_return unread{};
            }
            auto const room = buffer_.prepare(read_size);
            if (deadline) {
                // A read that has bytes at once is done before any timer.
                if (clock::now() >= *deadline) co_return unread{late(refused::header_timeout)};
                auto const got =
                    co_await (peer_.stream.async_read_some(room, token) || expiry(peer_, *deadline));
                if (got.index() == 1) co_return unread{late(refused::header_timeout)};
                auto const [error, received] = std::get<0>(got);
                buffer_.commit(received);
                if (error) co_return unread{};
            } else {
                peer_.stream.expires_after(peer_.shared.options.idle_timeout);
                auto const [error, received] = co_await peer_.stream.async_read_some(room, token);
                buffer_.commit(received);
                if (error) co_return unread{};
                peer_.stream.expires_never();
            }
            if (!deadline) deadline = clock::now() + peer_.shared.options.header_timeout;
        }
    }

    net::awaitable<bool> refuse(observation& observed, refusal const& no, reply_options how)
    {
        peer_.shared.count(no.why);
        refused_ = no.status != http::status::request_timeout;  // of the slow, all that came is read
        how.keep_alive = false;
        auto body = render(peer_.shared.options, no.status, no.reason);
        co_return co_await answer_with(observed, std::move(body), how);
    }

    net::awaitable<bool> answer_with(observation& observed, answer what, reply_options how)
    {
        observed.begin_response(std::visit(status_of, what));
        auto const sent = co_await send(peer_, std::move(what), how);
        if (sent.error == beast::error::timeout) peer_.shared.count(refused::write_timeout);
        observed.response_size(sent.body_size);
        observed.finish(sent.status, sent.error);
        co_return sent.keep_alive;
    }

    // 404 and 405. A short body is read, so that the connection can go on.
    net::awaitable<bool> unrouted(head_parser& parser,
                                  observation& observed,
                                  router::match const& match,
                                  std::string_view path,
                                  reply_options how)
    {
        auto const length = parser.content_length();
        bool const brief = !parser.chunked() && length.value_or(0) <= unrouted_body;
        bool const waits = parser.get().count(http::field::expect) > 0;
        if (!parser.is_done()) {
            if (!brief || waits) {
                how.keep_alive = false;
                refused_ = true;
            } else if (auto const failed = co_await drop_body(peer_, buffer_, length.value_or(0))) {
                if (!failed->reason) co_return false;
                co_return co_await refuse(observed, *failed->reason, how);
            }
        }
        bool const known = !match.pattern.empty();
        peer_.shared.count(known ? refused::method_not_allowed : refused::not_found);
        auto const status = known ? http::status::method_not_allowed : http::status::not_found;
        auto const reason =
            known ? "the method must be one of " + match.allow : "no such path: " + quoted(path);
        auto body = render(peer_.shared.options, status, reason);
        if (known) body.set(http::field::allow, match.allow);
        co_return co_await answer_with(observed, std::move(body), how);
    }

    net::awaitable<bool> routed(head_parser& parser,
                                observation& observed,
                                router::match& match,
                                decoded_target& target,
                                reply_options how)
    {
        auto const& chosen = *match.found;
        auto const limit = std::min(*chosen.options.body_limit, peer_.shared.options.body_budget);
        if (parser.content_length().value_or(0) > limit) {
            auto const no = too_large(limit);
            co_return co_await refuse(observed, no, how);
        }

        // Trailers are merged into the fields by the parser: what handlers see is copied before they arrive.
        auto& message = parser.get();
        std::optional<http::fields> before_trailers;
        if (parser.chunked()) before_trailers.emplace(message);
        http::fields const& fields = before_trailers ? *before_trailers : message;
        request seen{.method = message.method(),
                     .method_name = to_view(message.method_string()),
                     .target = to_view(message.target()),
                     .path = target.path,
                     .route = chosen.pattern,
                     .headers = fields,
                     .body = {},
                     .peer = peer_.peer,
                     .parameters = std::move(match.parameters),
                     .queries = std::move(target.queries)};
        if (chosen.options.admit) {
            if (auto turned_away = chosen.options.admit(seen)) {
                refused_ = !parser.is_done();
                how.keep_alive = how.keep_alive && !refused_;
                co_return co_await answer_with(observed, std::move(*turned_away), how);
            }
        }

        if (!parser.is_done()) {
            if (how.version >= 11 && message.count(http::field::expect) > 0 && buffer_.size() == 0) {
                peer_.stream.expires_after(peer_.shared.options.write_timeout);
                auto const line = net::buffer(continue_line);
                auto const [error, sent] = co_await net::async_write(peer_.stream, line, token);
                if (error) co_return false;
            }
            if (auto const failed = co_await read_body(peer_, buffer_, parser, limit)) {
                if (!failed->reason) co_return false;
                co_return co_await refuse(observed, *failed->reason, how);
            }
        }
        seen.body = message.body();
        observed.request_size(seen.body.size());
        auto what = co_await handle(chosen, seen);
        how.keep_alive = how.keep_alive && !peer_.draining();
        co_return co_await answer_with(observed, std::move(what), how);
    }

    // A guard that fails lets nobody in.
    net::awaitable<std::optional<response>> ask_guard(http::request_header<> const& head)
    {
        std::string why;
        try {
            auto no = co_await peer_.shared.options.guard(head, peer_.peer);
            if (!no) co_return std::nullopt;
            peer_.shared.count(no->why);
            co_return std::move(no->answer);
        } catch (std::exception const& e) {
            why = e.what();
        } catch (...) {
            why = unknown_exception;
        }
        co_return broken("the guard", why);
    }

    net::awaitable<answer> handle(route const& chosen, request const& seen)
    {
        std::string why;
        try {
            co_return co_await chosen.handle(seen);
        } catch (std::exception const& e) {
            why = e.what();
        } catch (...) {
            why = unknown_exception;
        }
        co_return broken(std::string{seen.method_name} + " " + chosen.pattern, why);
    }

    response broken(std::string const& what, std::string const& why) const
    {
        peer_.shared.options.log(what + " failed: " + why);
        return render(peer_.shared.options, http::status::internal_server_error,
                      "the server failed to answer");
    }

    connection& peer_;
    beast::flat_buffer buffer_;
    std::size_t served_ = 0;
    bool refused_ = false;  // closed with bytes of the peer unread
};

}  // namespace

net::awaitable<void> serve(connection& peer)
{
    session one{peer};
    co_await one.run();
}

}  // namespace iafmetrics::http_service::detail
