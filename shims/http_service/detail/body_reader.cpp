// SPDX-License-Identifier: Apache-2.0
#include <http_service/detail/body_check.hpp>
#include <http_service/detail/body_reader.hpp>
#include <http_service/detail/deadline.hpp>
#include <http_service/detail/headroom.hpp>

#include <boost/asio/experimental/awaitable_operators.hpp>

#include <algorithm>
#include <chrono>
#include <exception>
#include <string>
#include <utility>

namespace iafmetrics::http_service::detail {

namespace {

using namespace net::experimental::awaitable_operators;
using namespace std::chrono_literals;
using clock = std::chrono::steady_clock;

constexpr auto token = net::as_tuple(net::use_awaitable);
constexpr std::size_t read_size = 8 * 1024;  // of one read: what a connection takes beside its share
constexpr std::size_t framing_share = 8;  // bytes of framing for each byte of a body: one byte a chunk has 5
constexpr std::size_t small_body = 64 * 1024;  // has its place from the start: growing leaves holes
constexpr auto longest_wait = 2s;              // for memory

clock::time_point deadline_of(server_options const& options, std::uint64_t expected)
{
    auto const seconds = std::chrono::seconds{expected / std::max<std::size_t>(options.body_rate, 1)};
    return clock::now() + options.body_timeout + seconds;
}

// More of it in the buffer. Meanwhile the connection may be closed in favour of another. False: the peer is gone.
net::awaitable<bool> read_some(connection& peer, boost::beast::flat_buffer& buffer)
{
    auto const room = buffer.prepare(read_size);
    peer.wait_for_body();
    auto const [failed, received] = co_await peer.stream.async_read_some(room, token);
    peer.work();
    buffer.commit(received);
    co_return !failed && !peer.evicted;
}

// Memory for a body of so many bytes, of the budget and of the process. Nothing when it has it.
net::awaitable<std::optional<unread>>
take_memory(connection& peer, std::string const& body, std::size_t bytes)
{
    constexpr auto pause = 50ms;
    auto const until = clock::now() + longest_wait;
    auto const can_hold = [&] {
        return bytes <= body.capacity() || has_memory(std::max({bytes, 2 * body.capacity(), small_body}));
    };
    while (!can_hold() || !peer.share.grow_to(bytes)) {
        if (peer.close_silent_body()) continue;
        if (clock::now() >= until)
            co_return unread{
                refusal{http::status::service_unavailable, "too many bodies at once", refused::body_budget}};
        peer.wait();
        co_await expiry(peer, clock::now() + pause);
        peer.work();
        if (peer.evicted) co_return unread{};
    }
    co_return std::nullopt;
}

// The rest of the request. Its bytes are counted as they came: the parser bounds those of the body alone, not what
// the extensions of chunks and the trailers bring.
net::awaitable<std::optional<unread>>
receive(connection& peer, boost::beast::flat_buffer& buffer, head_parser& parser, std::size_t limit)
{
    auto const allowance = peer.shared.options.framing_limit;
    auto const most =
        static_cast<std::size_t>(parser.content_length().value_or(limit));  // fits: it is no more than limit
    auto& body = parser.get().body();
    body_check check{parser, limit};
    std::size_t raw = 0;
    for (;;) {
        if (buffer.size() > 0) {
            auto const with_these = std::min(body.size() + buffer.size(), most);
            if (with_these > peer.share.bytes())
                if (auto none = co_await take_memory(peer, body, with_these)) co_return none;
            if (body.empty()) body.reserve(std::min(most, small_body));
            auto const before = buffer.size();
            if (auto bad = check.take(buffer)) co_return unread{std::move(bad)};
            raw += before - buffer.size();
            if (parser.is_done()) co_return std::nullopt;
        }
        auto const framing = raw + buffer.size() - body.size();
        if (parser.chunked() && (framing > allowance + framing_share * body.size() ||
                                 buffer.size() > std::max(allowance, read_size)))
            co_return unread{refusal{http::status::payload_too_large,
                                     "the chunks bring more bytes than their body allows",
                                     refused::body_too_large}};
        if (!co_await read_some(peer, buffer)) co_return unread{};
    }
}

net::awaitable<std::optional<unread>>
skip(connection& peer, boost::beast::flat_buffer& buffer, std::uint64_t length)
{
    for (;;) {
        auto const here = std::min<std::uint64_t>(length, buffer.size());
        buffer.consume(static_cast<std::size_t>(here));
        length -= here;
        if (length == 0) co_return std::nullopt;
        if (!co_await read_some(peer, buffer)) co_return unread{};
    }
}

// `||` waits for one that succeeds: what reading throws would be held back until the deadline.
net::awaitable<std::optional<unread>> without_throwing(net::awaitable<std::optional<unread>> reading,
                                                       std::exception_ptr& thrown)
{
    try {
        co_return co_await std::move(reading);
    } catch (...) {
        thrown = std::current_exception();
    }
    co_return unread{};
}

net::awaitable<std::optional<unread>>
in_time(connection& peer, net::awaitable<std::optional<unread>> reading, clock::time_point deadline)
{
    std::exception_ptr thrown;
    auto got = co_await (without_throwing(std::move(reading), thrown) || expiry(peer, deadline));
    peer.work();
    if (got.index() == 1) co_return unread{late(refused::body_timeout)};
    if (thrown) std::rethrow_exception(thrown);
    co_return std::get<0>(std::move(got));
}

}  // namespace

net::awaitable<std::optional<unread>>
read_body(connection& peer, boost::beast::flat_buffer& buffer, head_parser& parser, std::size_t limit)
{
    auto const deadline = deadline_of(peer.shared.options, parser.content_length().value_or(limit));
    auto reading = receive(peer, buffer, parser, limit);
    co_return co_await in_time(peer, std::move(reading), deadline);
}

net::awaitable<std::optional<unread>>
drop_body(connection& peer, boost::beast::flat_buffer& buffer, std::uint64_t length)
{
    auto reading = skip(peer, buffer, length);
    co_return co_await in_time(peer, std::move(reading), deadline_of(peer.shared.options, length));
}

}  // namespace iafmetrics::http_service::detail
