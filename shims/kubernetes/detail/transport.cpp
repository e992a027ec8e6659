// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/detail/transport.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <array>
#include <charconv>
#include <optional>
#include <utility>

namespace iafmetrics::kubernetes::detail {

namespace net = boost::asio;
namespace http = boost::beast::http;
using clock = std::chrono::steady_clock;

namespace {

constexpr std::size_t most_idle = 8;
constexpr int most_attempts = 10;
constexpr std::size_t refusal_limit = 1U << 20U;  // bytes of the body of an answer that is no watch

std::optional<std::chrono::seconds> retry_after(http::fields const& headers)
{
    auto const text = headers[http::field::retry_after];
    int seconds = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (ec != std::errc{} || end != text.data() + text.size() || seconds < 0) return std::nullopt;
    return std::chrono::seconds(seconds);
}

bool worth_asking_again(int code) { return code == 429 || code >= 500; }

}  // namespace

transport::transport(net::any_io_executor executor_, client_options options_)
    : executor(std::move(executor_)), options(std::move(options_)), server_(options),
      token_(options.token_file)
{}

http::request<http::string_body> transport::request_of(call const& c)
{
    http::request<http::string_body> out{c.method, c.target, 11};
    out.set(http::field::host, server_.host_header);
    out.set(http::field::user_agent, options.user_agent);
    out.set(http::field::accept, "application/json");
    if (auto const& token = token_.token(); !token.empty())
        out.set(http::field::authorization, "Bearer " + token);
    if (!c.content_type.empty()) {
        out.set(http::field::content_type, c.content_type);
        out.body() = c.body;
    }
    out.prepare_payload();
    return out;
}

std::unique_ptr<connection> transport::take_idle()
{
    while (!idle_.empty()) {
        auto last = std::move(idle_.back());
        idle_.pop_back();
        if (last->quiet()) return last;
    }
    return nullptr;
}

void transport::keep(std::unique_ptr<connection> used)
{
    if (idle_.size() < most_idle) idle_.push_back(std::move(used));
}

status transport::failure(boost::system::error_code ec, std::string_view doing) const
{
    bool const slow = ec == boost::beast::error::timeout;
    auto message = server_.url + ": " + std::string(doing) + ": ";
    message += slow ? "no answer in time" : ec.message();
    return {.reason = slow ? "Timeout" : "Unreachable", .message = std::move(message)};
}

auto transport::exchange(call const& c, deadline until) -> awaitable<result<answer>>
{
    auto request = request_of(c);
    // A POST has a new connection: whether a lost one did its work cannot be known, so it is not sent twice.
    auto connected = c.method == http::verb::post ? nullptr : take_idle();
    for (;;) {
        bool const reused = connected != nullptr;
        if (!reused) {
            connected = std::make_unique<connection>(executor, server_);
            auto const open_ec = co_await connected->open(until);
            if (open_ec) co_return failure(open_ec, "connect");
        }
        http::response_parser<http::string_body> parser;
        parser.body_limit(options.answer_limit);
        std::string_view doing = "write";
        auto ec = co_await connected->write(request, until);
        if (!ec) {
            doing = "read";
            ec = co_await connected->read(parser, until);
        }
        if (!ec) {
            auto got = parser.release();
            if (got.keep_alive()) keep(std::move(connected));
            co_return std::move(got);
        }
        connected.reset();
        if (!reused || ec == boost::beast::error::timeout || ec == net::error::operation_aborted)
            co_return failure(ec, doing);
    }
}

auto transport::send(call c) -> awaitable<result<std::string>>
{
    auto const until = clock::now() + options.timeout;
    for (int attempt = 1;; ++attempt) {
        auto got = co_await exchange(c, until);
        if (!got) co_return std::move(got).error();
        int const code = static_cast<int>(got->result_int());
        if (code >= 200 && code < 300) co_return std::move(got->body());

        auto refused = read_status(code, got->body());
        if (auto const wait = retry_after(*got)) refused.retry_after = wait;
        bool const again = refused.retry_after && worth_asking_again(code) && attempt < most_attempts &&
                           clock::now() + *refused.retry_after < until;
        if (!again) co_return refused;
        net::steady_timer pause(executor, *refused.retry_after);
        auto [ec] = co_await pause.async_wait(net::as_tuple(net::use_awaitable));
        if (ec) co_return refused;
    }
}

auto transport::stream(call c, std::function<bool(std::string_view)> take) -> awaitable<status>
{
    auto const until = clock::now() + options.timeout;
    connection connected(executor, server_);
    auto const open_ec = co_await connected.open(until);
    if (open_ec) co_return failure(open_ec, "connect");
    auto request = request_of(c);
    auto const write_ec = co_await connected.write(request, until);
    if (write_ec) co_return failure(write_ec, "write");

    http::response_parser<http::buffer_body> parser;
    parser.body_limit(boost::none);
    auto const head_ec = co_await connected.read_header(parser, until);
    if (head_ec) co_return failure(head_ec, "read");
    int const code = static_cast<int>(parser.get().result_int());

    std::string refusal;
    std::array<char, 16384> piece{};
    while (!parser.is_done()) {
        parser.get().body().data = piece.data();
        parser.get().body().size = piece.size();
        auto const limit = code == 200 ? clock::now() + options.watch_idle_limit : until;
        auto ec = co_await connected.read_some(parser, limit);
        if (ec == http::error::need_buffer) ec = {};
        std::string_view const bytes(piece.data(), piece.size() - parser.get().body().size);
        if (code != 200) {
            refusal += bytes;
            if (ec || refusal.size() > refusal_limit) break;
        } else {
            if (!bytes.empty() && !take(bytes)) break;
            if (ec) co_return failure(ec, "read");
        }
    }
    if (code == 200) co_return status{.code = 200};
    auto refused = read_status(code, refusal);
    if (auto const wait = retry_after(parser.get())) refused.retry_after = wait;
    co_return refused;
}

}  // namespace iafmetrics::kubernetes::detail
