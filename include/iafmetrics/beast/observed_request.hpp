// SPDX-License-Identifier: Apache-2.0
// observed_request: one request of a Beast server, whose reads and writes say how it ends.
#pragma once

#include <iafmetrics/beast/detail/before.hpp>
#include <iafmetrics/http/observation.hpp>
#include <iafmetrics/http/status_index.hpp>

#include <boost/beast/core/error.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/websocket/error.hpp>

#include <charconv>
#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace iafmetrics::inline v0::beast {
namespace detail {

template <class Type>
inline constexpr bool is_response = false;
template <class Body, class Fields>
inline constexpr bool is_response<boost::beast::http::response<Body, Fields>> = true;

}  // namespace detail

/// A response, const or not: one whose body the serializer changes must not be const.
template <class Type>
concept response = detail::is_response<std::remove_cvref_t<Type>>;

/// One request; see http::observation for how it ends. Here the response's write is the end:
///
///     co_await observed.async_write(stream, response, net::use_awaitable);
///
/// writes, then records, before the code after it resumes. write() and async_write() take what Beast's own
/// do and complete as they do.
///
/// A stream of events or chunks has no single write. Its status is told when it begins, and it ends with
/// finish(), or with the scope:
///
///     observed.begin_response(200);
///     co_await http::async_write_header(stream, serializer, net::use_awaitable);
///     …
///     observed.finish(200);
///
/// Threads:  one at a time; the connection's own.
/// Cost:     of an operation: its handler grows by a pointer or two; nothing is allocated.
/// Lifetime: it stays where it is, and alive, until an operation that it began has completed or been
///           destroyed.
class observed_request : public http::observation {
public:
    using error_code = boost::system::error_code;
    using http::observation::observation;

    /// Writes a response, then records. Completes with void(error_code, std::size_t).
    template <class Stream, response Response, class Token>
    auto async_write(Stream& stream, Response& response, Token&& token)
    {
        announce(response);
        return boost::beast::http::async_write(stream, response, recording(std::forward<Token>(token)));
    }
    /// Writes a generator. generator() knows the size of the body; of any other, the status is read from the bytes that
    /// it is about to write.
    template <class Stream, std::same_as<boost::beast::http::message_generator> Generator, class Token>
    auto async_write(Stream& stream, Generator&& generator, Token&& token)
    {
        announce(generator);
        return boost::beast::async_write(stream, std::move(generator), recording(std::forward<Token>(token)));
    }

    /// Writes a response, then records. Errors are returned in `error`, as http::write does.
    template <class Stream, response Response>
    std::size_t write(Stream& stream, Response&& response, error_code& error)
    {
        announce(response);
        std::size_t const written = boost::beast::http::write(stream, response, error);
        finish_response(error.failed());
        return written;
    }
    /// A template, so that a response is not taken for the generator that it converts to.
    template <class Stream, std::same_as<boost::beast::http::message_generator> Generator>
    std::size_t write(Stream& stream, Generator&& generator, error_code& error)
    {
        announce(generator);
        std::size_t const written = boost::beast::write(stream, std::move(generator), error);
        finish_response(error.failed());
        return written;
    }
    /// The same; throws boost::system::system_error where the write fails, after recording it.
    template <class Stream, class Response>
    std::size_t write(Stream& stream, Response&& response)
    {
        error_code error;
        std::size_t const written = write(stream, std::forward<Response>(response), error);
        if (error) throw boost::system::system_error(error);
        return written;
    }

    /// A message_generator of this response, its status and size captured before the generator hides them.
    template <class Body, class Fields>
    [[nodiscard]] boost::beast::http::message_generator
    generator(boost::beast::http::response<Body, Fields>&& response) noexcept(false)
    {
        announce(response);
        return boost::beast::http::message_generator(std::move(response));
    }

    /// Reads the rest of a request whose header is read, and knows from then on why it failed and how large
    /// its body is. Completes with void(error_code, std::size_t).
    template <class Stream, class Buffer, class Body, class Allocator, class Token>
    auto async_read(Stream& stream,
                    Buffer& buffer,
                    boost::beast::http::request_parser<Body, Allocator>& parser,
                    Token&& token)
    {
        return boost::beast::http::async_read(
            stream, buffer, parser,
            detail::before(std::forward<Token>(token),
                           [this, &parser](error_code error, std::size_t) { has_read(parser, error); }));
    }
    template <class Stream, class Buffer, class Body, class Allocator>
    std::size_t read(Stream& stream,
                     Buffer& buffer,
                     boost::beast::http::request_parser<Body, Allocator>& parser,
                     error_code& error)
    {
        std::size_t const got = boost::beast::http::read(stream, buffer, parser, error);
        has_read(parser, error);
        return got;
    }

    /// The body could not be read. Unless a response follows, the request is recorded as `timeout` where the
    /// stream's deadline has passed, as 400, 413 or 431 where it was malformed or too large, else as
    /// `aborted`; whether or not the error is thrown: it is the client's and no 500.
    void read_failed(error_code error) noexcept { give_up(outcome_of(error)); }

    /// Accepts a WebSocket. The request ends with its 101: what the socket carries then is no request.
    /// A handshake that Beast refused is 400, or 426 for a version that it does not speak.
    template <class WebSocket, class Request, class Token>
    auto async_accept(WebSocket& socket, Request const& request, Token&& token)
    {
        return socket.async_accept(
            request,
            detail::before(std::forward<Token>(token), [this](error_code error) { has_accepted(error); }));
    }
    template <class WebSocket, class Request>
    void accept(WebSocket& socket, Request const& request, error_code& error)
    {
        socket.accept(request, error);
        has_accepted(error);
    }
    template <class WebSocket, class Request>
    void accept(WebSocket& socket, Request const& request)
    {
        error_code error;
        accept(socket, request, error);
        if (error) throw boost::system::system_error(error);
    }

    /// Takes the size of a request that is read whole, where sizes are measured.
    template <class Body, class Fields>
    void has_body(boost::beast::http::request<Body, Fields> const& request)
    {
        if (!measures_sizes()) return;
        auto const size = request.payload_size();
        // Read by its header alone, it looks empty.
        bool const is_yet_to_come = size && *size == 0 && (request.chunked() || request.has_content_length());
        if (size && !is_yet_to_come) request_size(*size);
    }

private:
    template <response Response>
    void announce(Response const& response)
    {
        begin_response(response.result_int());
        if (!measures_sizes()) return;
        if (auto const size = response.payload_size()) response_size(*size);
    }

    /// "HTTP/1.1 200" is the first buffer of every response; to prepare twice what is not consumed changes nothing.
    void announce(boost::beast::http::message_generator& generator)
    {
        if (has_begun_response()) return;
        error_code error;
        for (auto const& first : generator.prepare(error)) {
            std::string_view const line(static_cast<char const*>(first.data()), first.size());
            unsigned status = 0;
            if (line.size() >= 12 && line.starts_with("HTTP/"))
                (void)std::from_chars(line.data() + 9, line.data() + 12, status);
            if (status != 0) begin_response(status);
            return;
        }
    }

    template <class Token>
    auto recording(Token&& token)
    {
        return detail::before(std::forward<Token>(token),
                              [this](error_code error, std::size_t) { finish_response(error.failed()); });
    }

    template <class Parser>
    void has_read(Parser const& parser, error_code error)
    {
        if (error == boost::beast::http::error::need_buffer) return;  // asks for more room, is no end
        if (error) return read_failed(error);
        if (auto const size = parser.get().payload_size())
            request_size(*size);
        else if (auto const length = parser.content_length())
            request_size(*length);
    }

    void has_accepted(error_code error) noexcept
    {
        namespace websocket = boost::beast::websocket;
        if (error == websocket::error::bad_sec_version)
            finish(426);
        else if (error == websocket::condition::handshake_failed)
            finish(400);
        else
            finish(101, error);
    }

    static std::size_t outcome_of(error_code error) noexcept
    {
        namespace beast_http = boost::beast::http;
        if (error == boost::beast::error::timeout) return http::status_index::timeout;
        if (error == beast_http::error::body_limit) return http::status_index::of(413);
        if (error == beast_http::error::header_limit) return http::status_index::of(431);
        bool const is_gone =
            error == beast_http::error::end_of_stream || error == beast_http::error::partial_message;
        bool const is_malformed =
            !is_gone && error.category() == make_error_code(beast_http::error::bad_value).category();
        return is_malformed ? http::status_index::of(400) : http::status_index::aborted;
    }
};

}  // namespace iafmetrics::inline v0::beast
