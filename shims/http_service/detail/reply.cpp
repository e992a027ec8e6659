// SPDX-License-Identifier: Apache-2.0
// Whole and streamed answers.
#include <http_service/detail/reply.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/experimental/awaitable_operators.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/http.hpp>

#include <poll.h>

#include <array>
#include <ctime>
#include <memory>
#include <utility>

namespace iafmetrics::http_service::detail {

namespace {

constexpr auto token = net::as_tuple(net::use_awaitable);

std::string http_date()
{
    auto const now = std::time(nullptr);
    std::tm parts{};
    gmtime_r(&now, &parts);
    std::array<char, 40> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

bool can_be_sent(response const& head)
{
    for (auto const& field : head)
        if (field.value().find_first_of(std::string_view{"\r\n\0", 3}) != std::string_view::npos)
            return false;
    return head.result_int() >= 200 && head.result_int() < 1000;
}

void set_common(response& head, server_options const& options, reply_options how)
{
    if (options.add_fields) options.add_fields(head);
    head.version(how.version);
    head.keep_alive(how.keep_alive);
    head.erase(http::field::transfer_encoding);
    if (head.count(http::field::date) == 0) head.set(http::field::date, http_date());
}

class chunk_writer final : public response_stream {
public:
    chunk_writer(connection& peer, bool chunked) : peer_{peer}, chunked_{chunked} {}

    net::awaitable<bool> write(std::string_view chunk) override
    {
        if (error_ || ended_) co_return false;
        if (chunk.empty()) co_return true;
        peer_.stream.expires_after(peer_.shared.options.write_timeout);
        net::const_buffer const bytes{chunk.data(), chunk.size()};
        if (chunked_) {
            auto const framed = http::make_chunk(bytes);
            auto const [error, sent] = co_await net::async_write(peer_.stream, framed, token);
            error_ = error;
        } else {
            auto const [error, sent] = co_await net::async_write(peer_.stream, bytes, token);
            error_ = error;
        }
        peer_.stream.expires_never();
        if (!error_) size_ += chunk.size();
        co_return !error_;
    }

    net::awaitable<void> finish()
    {
        if (error_ || !chunked_) co_return;
        peer_.stream.expires_after(peer_.shared.options.write_timeout);
        auto const last = http::make_chunk_last();
        auto const [error, sent] = co_await net::async_write(peer_.stream, last, token);
        peer_.stream.expires_never();
        error_ = error;
    }

    void end() { ended_ = true; }
    void fail(boost::system::error_code error)
    {
        if (!error_) error_ = error;
        ended_ = true;
    }
    boost::system::error_code error() const { return error_; }
    std::uint64_t size() const { return size_; }

private:
    connection& peer_;
    bool chunked_;
    bool ended_ = false;
    std::uint64_t size_ = 0;
    boost::system::error_code error_;
};

net::awaitable<void> run(connection const& peer, streamer const& body, chunk_writer& out)
{
    try {
        co_await body(out);
    } catch (boost::system::system_error const& e) {
        if (e.code() == net::error::operation_aborted)
            co_return;  // the wait that the drain or the peer ended
        peer.shared.options.log(std::string{"a streamed answer failed: "} + e.what());
        out.fail(e.code());
    } catch (std::exception const& e) {
        peer.shared.options.log(std::string{"a streamed answer failed: "} + e.what());
        out.fail(net::error::fault);
    }
}

// Returns when the peer has closed its side. Bytes of a next request, or of TLS, are left where they are.
net::awaitable<void> gone(connection& peer, chunk_writer& out)
{
    auto& socket = peer.stream.socket();
    auto const [failed] = co_await socket.async_wait(net::socket_base::wait_read, token);
    if (failed) co_return;
    boost::system::error_code error;
    std::array<char, 1> byte{};
    socket.receive(net::buffer(byte), net::socket_base::message_peek, error);
    if (error) {
        out.fail(error);
        co_return;
    }
    // What is there now hides the end that comes after it from a read: the system knows.
    constexpr std::chrono::seconds pause{1};
    net::steady_timer next{socket.get_executor()};
    for (pollfd end{socket.native_handle(), POLLRDHUP, 0}; ::poll(&end, 1, 0) == 0;) {
        next.expires_after(pause);
        if (auto const [stopped] = co_await next.async_wait(token); stopped) co_return;
    }
    out.fail(net::error::eof);
}

net::awaitable<void> drained(connection& peer, chunk_writer& out)
{
    if (!peer.draining()) co_await peer.drain.async_wait(token);
    if (peer.draining()) out.end();
}

net::awaitable<reply_result> send_whole(connection& peer, response whole, reply_options how)
{
    if (!can_be_sent(whole)) {
        peer.shared.options.log("a handler answered what HTTP cannot carry");
        whole =
            render(peer.shared.options, http::status::internal_server_error, "the server failed to answer");
    }
    set_common(whole, peer.shared.options, how);
    if (whole.result() == http::status::no_content || whole.result() == http::status::not_modified) {
        whole.body().clear();
        whole.erase(http::field::content_length);
        whole.erase(http::field::content_type);
    } else {
        whole.content_length(whole.body().size());
    }

    reply_result result{whole.result(), {}, how.keep_alive};
    peer.stream.expires_after(peer.shared.options.write_timeout);
    if (how.head) {
        http::response_serializer<http::string_body> fields{whole};
        auto const [error, sent] = co_await http::async_write_header(peer.stream, fields, token);
        result.error = error;
    } else {
        auto const [error, sent] = co_await http::async_write(peer.stream, whole, token);
        result.error = error;
        result.body_size = whole.body().size();
    }
    peer.stream.expires_never();
    result.keep_alive = result.keep_alive && !result.error;
    co_return result;
}

net::awaitable<reply_result> send_stream(connection& peer, stream_response streamed, reply_options how)
{
    using namespace net::experimental::awaitable_operators;

    bool const chunked = how.version >= 11;
    how.keep_alive = how.keep_alive && chunked;
    auto& head = streamed.head;
    set_common(head, peer.shared.options, how);
    head.body().clear();
    head.erase(http::field::content_length);
    if (chunked) head.chunked(true);

    reply_result result{head.result(), {}, how.keep_alive};
    peer.stream.expires_after(peer.shared.options.write_timeout);
    http::response_serializer<http::string_body> fields{head};
    auto const [error, sent] = co_await http::async_write_header(peer.stream, fields, token);
    peer.stream.expires_never();
    result.error = error;
    if (!error && !how.head) {
        chunk_writer out{peer, chunked};
        co_await (run(peer, streamed.body, out) || gone(peer, out) || drained(peer, out));
        co_await out.finish();
        result.error = out.error();
        result.body_size = out.size();
    }
    result.keep_alive = result.keep_alive && !result.error;
    co_return result;
}

// Lets others cut what is being sent, until this goes: another thread posts to the connection's, and who it finds there is
// the one that it meant.
class cuttable {
public:
    cuttable(connection& peer, std::shared_ptr<sending> by)
        : at_{std::make_shared<connection*>(&peer)}, by_{std::move(by)}
    {
        if (!by_) return;
        by_->begin([at = std::weak_ptr{at_}, executor = peer.stream.get_executor()] {
            net::post(executor, [at] {
                if (auto const still = at.lock()) (*still)->stream.close();
            });
        });
    }
    cuttable(cuttable const&) = delete;
    cuttable& operator=(cuttable const&) = delete;
    ~cuttable() { end(); }

    // Whether it was cut.
    bool end() noexcept
    {
        auto const by = std::exchange(by_, nullptr);
        return by && by->end();
    }

private:
    std::shared_ptr<connection*> at_;
    std::shared_ptr<sending> by_;
};

}  // namespace

net::awaitable<reply_result> send(connection& peer, answer what, reply_options how)
{
    if (auto* streamed = std::get_if<stream_response>(&what); streamed && can_be_sent(streamed->head))
        co_return co_await send_stream(peer, std::move(*streamed), how);
    // What is held goes with `what`, when this ends.
    auto* const whole = std::get_if<response>(&what);
    auto* const held = std::get_if<held_response>(&what);
    response body = whole  ? std::move(*whole)
                    : held ? std::move(held->whole)
                           : std::move(std::get<stream_response>(what).head);
    cuttable by_others{peer, held ? std::move(held->sending) : nullptr};
    auto result = co_await send_whole(peer, std::move(body), how);
    if (by_others.end() && result.error) result.error = boost::beast::error::timeout;
    co_return result;
}

response render(server_options const& options, http::status status, std::string_view reason)
{
    return options.render_error ? options.render_error(status, reason) : error_response(status, reason);
}

net::awaitable<void> linger(connection& peer, std::chrono::seconds longest)
{
    constexpr std::chrono::seconds quiet{5};
    if (peer.draining()) co_return;
    peer.idle = true;  // its answer has left: a drain need not wait for it
    peer.wait();
    boost::system::error_code ignored;
    peer.stream.socket().shutdown(net::socket_base::shutdown_send, ignored);
    auto const end = std::chrono::steady_clock::now() + longest;
    std::array<char, 4096> dropped{};
    while (std::chrono::steady_clock::now() < end) {
        peer.stream.expires_after(quiet);
        auto const [error, received] =
            co_await peer.stream.tcp().async_read_some(net::buffer(dropped), token);
        if (error) break;
    }
}

}  // namespace iafmetrics::http_service::detail
