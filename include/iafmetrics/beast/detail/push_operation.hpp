// SPDX-License-Identifier: Apache-2.0
// push_operation: one request to a gateway and its answer, within one deadline.
#pragma once

#include <iafmetrics/beast/detail/push_target.hpp>
#include <iafmetrics/beast/push_result.hpp>
#include <iafmetrics/detail/utf8.hpp>
#include <iafmetrics/exposition/text.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/error.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/stream_traits.hpp>
#include <boost/beast/http.hpp>
#include <boost/none.hpp>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <tuple>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::beast::detail {

/// Printable UTF-8, on one line: what a gateway says goes into a program's log. Control characters are spaces, of U+0080 to
/// U+009F and those that turn the direction of a text as well.
[[nodiscard]] inline std::string one_line(std::string_view text)
{
    constexpr std::size_t most = 1000;
    bool const is_cut = text.size() > most;
    std::string const valid = iafmetrics::detail::repaired_utf8(text.substr(0, most));
    std::string line;
    for (std::string_view rest = valid; !rest.empty();) {
        std::string_view const one = rest.substr(0, iafmetrics::detail::utf8_sequence_length(rest));
        rest.remove_prefix(one.size());
        bool const is_blank = one <= " " || (one >= "\x7F" && one <= "\xC2\x9F") ||
                              (one >= "\xE2\x80\xA8" && one <= "\xE2\x80\xAE") ||
                              (one >= "\xE2\x81\xA6" && one <= "\xE2\x81\xA9");
        if (!is_blank)
            line += one;
        else if (!line.empty() && line.back() != ' ')
            line += ' ';
    }
    while (line.ends_with(' '))
        line.pop_back();
    if (is_cut) line += "...";
    return line;
}

/// A coroutine that lives on a strand. `Transport` is plain_transport, or what a TLS header brings.
template <class Transport>
class push_operation {
public:
    static boost::asio::awaitable<push_result> run(std::shared_ptr<push_target const> target,
                                                   Transport transport,
                                                   boost::beast::http::verb method,
                                                   std::string body)
    {
        co_await boost::asio::this_coro::throw_if_cancelled(false);
        push_operation operation(*target, transport, method, co_await boost::asio::this_coro::executor);
        operation.make_request(std::move(body));
        co_await operation.perform();
        co_return std::move(operation.result_);
    }

private:
    using tcp = boost::asio::ip::tcp;
    using error_code = boost::system::error_code;
    template <class Result>
    using awaitable = boost::asio::awaitable<Result>;

    static constexpr auto no_throw = boost::asio::as_tuple(boost::asio::use_awaitable);
    static constexpr std::size_t answer_limit = 16 * 1024;  // bytes of a body that are looked at
    static constexpr std::uint32_t header_limit = 64 * 1024;

    push_operation(push_target const& target,
                   Transport const& transport,
                   boost::beast::http::verb method,
                   boost::asio::any_io_executor const& executor)
        : target_(target), transport_(transport),
          deadline_(std::chrono::steady_clock::now() + target.timeout), request_(method, target.path, 11),
          stream_(transport.make_stream(executor))
    {}

    void make_request(std::string body)
    {
        namespace http = boost::beast::http;
        request_.set(http::field::host, target_.url.authority);
        request_.set(http::field::user_agent, "iafmetrics");
        request_.keep_alive(false);
        for (auto const& [name, value] : target_.fields)
            request_.set(name, value);
        if (request_.method() != http::verb::delete_)
            request_.set(http::field::content_type, exposition::text_content_type);
        request_.body() = std::move(body);
        // With a length a gateway knows a body that has broken off, and takes none of it.
        request_.prepare_payload();
    }

    /// Ends with the first step that fails.
    awaitable<void> perform()
    {
        co_await resolve();
        if (result_.error) co_return;
        auto& socket = boost::beast::get_lowest_layer(stream_);
        socket.expires_at(deadline_);
        auto const [not_connected, peer] = co_await socket.async_connect(endpoints_, no_throw);
        if (not_connected) co_return fail("connecting", not_connected);
        socket.expires_at(deadline_);
        auto const [not_open, why] = co_await transport_.open(stream_, target_.url.host);
        if (not_open) co_return fail("TLS handshake", not_open, why);
        socket.expires_at(deadline_);
        auto const [not_written, written] =
            co_await boost::beast::http::async_write(stream_, request_, no_throw);
        co_await read_answer(not_written);
    }

    /// A literal address asks nobody. A look-up cannot be interrupted: past the deadline it is left behind.
    awaitable<void> resolve()
    {
        error_code is_no_address;
        auto const address = boost::asio::ip::make_address(target_.url.host, is_no_address);
        if (!is_no_address) {
            endpoints_.emplace_back(address, static_cast<unsigned short>(std::stoul(target_.url.port)));
            co_return;
        }
        struct look_up {
            explicit look_up(boost::asio::any_io_executor const& executor)
                : resolver(executor), is_over(executor)
            {}
            tcp::resolver resolver;
            boost::asio::steady_timer is_over;
            bool has_answer = false;
            error_code error;
            tcp::resolver::results_type found;
        };
        auto const state = std::make_shared<look_up>(co_await boost::asio::this_coro::executor);
        state->is_over.expires_at(deadline_);
        state->resolver.async_resolve(target_.url.host, target_.url.port,
                                      [state](error_code error, tcp::resolver::results_type found) {
                                          state->has_answer = true;
                                          state->error = error;
                                          state->found = std::move(found);
                                          state->is_over.cancel();
                                      });
        auto const [interrupted] = co_await state->is_over.async_wait(no_throw);
        if (!state->has_answer) {
            state->resolver.cancel();
            co_return fail("resolving",
                           interrupted ? interrupted : make_error_code(boost::beast::error::timeout));
        }
        if (state->error) co_return fail("resolving", state->error);
        for (auto const& one : state->found)
            endpoints_.push_back(one.endpoint());
    }

    /// Also where the request could not be written to its end: who refuses it early says why. Of the answer's body, the
    /// beginning is enough.
    awaitable<void> read_answer(error_code not_written)
    {
        namespace http = boost::beast::http;
        bool const is_over = not_written == boost::beast::error::timeout ||
                             not_written == boost::asio::error::operation_aborted;
        if (is_over) co_return fail("sending", not_written);
        std::optional<http::response_parser<http::basic_dynamic_body<boost::beast::flat_buffer>>> parser;
        boost::beast::flat_buffer buffer;
        boost::beast::get_lowest_layer(stream_).expires_at(deadline_);
        error_code broken;
        std::size_t size = 0;
        do {  // 1xx tell how it goes, of which 101 alone ends the dialogue (RFC 9110 15.2)
            parser.emplace();
            parser->header_limit(header_limit);
            parser->body_limit(boost::none);
            std::tie(broken, size) = co_await http::async_read_header(stream_, buffer, *parser, no_throw);
            if (broken && not_written) co_return fail("sending", not_written);
            if (broken) co_return fail("waiting for the answer", broken);
        } while (parser->get().result_int() / 100 == 1 &&
                 parser->get().result() != http::status::switching_protocols);
        while (!broken && !parser->is_done() && parser->get().body().size() < answer_limit)
            std::tie(broken, size) = co_await http::async_read_some(stream_, buffer, *parser, no_throw);

        auto const& answer = parser->get();
        bool const is_taken = answer.result_int() / 100 == 2;
        if (is_taken && not_written) co_return fail("sending", not_written);
        if (is_taken && broken) co_return fail("reading the answer", broken);
        result_.status = answer.result_int();
        if (is_taken) co_return;
        auto const body = answer.body().cdata();
        std::string const why = one_line({static_cast<char const*>(body.data()), body.size()});
        say(std::to_string(result_.status) + ' ' +
            one_line({answer.reason().data(), answer.reason().size()}) + (why.empty() ? "" : ": " + why));
    }

    void fail(std::string_view step, error_code error, std::string const& why = {})
    {
        result_.error = error;
        std::string reason = error == boost::beast::error::timeout
                                 ? "timed out after " + std::to_string(target_.timeout.count()) + " ms"
                                 : error.message();
        if (!why.empty()) reason += ": " + why;
        say(std::string(step) + ": " + one_line(reason));
    }

    void say(std::string_view what)
    {
        result_.message = std::string(request_.method_string()) + ' ' + target_.shown + ": ";
        result_.message += what;
    }

    push_target const& target_;
    Transport const& transport_;
    std::chrono::steady_clock::time_point deadline_;
    boost::beast::http::request<boost::beast::http::string_body> request_;
    typename Transport::stream stream_;
    std::vector<tcp::endpoint> endpoints_;
    push_result result_;
};

}  // namespace iafmetrics::inline v0::beast::detail
