// SPDX-License-Identifier: Apache-2.0
// middleware: request metrics for Boost.Beast, synchronous, with callbacks or with coroutines.
#pragma once

#include <iafmetrics/http/request_metrics.hpp>

#include <boost/asio/compose.hpp>
#include <boost/beast/http.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <type_traits>
#include <utility>

namespace iafmetrics::beast {

/// One request; see http::observation for how it ends. Here the response's write is the end:
///
///     co_await observed.async_write(stream, response, net::use_awaitable);
///
/// writes, then records, before the code after it resumes.
///
/// Threads:  one at a time; the connection's own.
/// Lifetime: it stays where it is, and alive, until a write that it began has completed or been destroyed.
class observed_request : public http::observation {
public:
    using http::observation::observation;

    /// A message_generator of this response, its status captured before the generator hides it.
    template <class Body, class Fields>
    [[nodiscard]] boost::beast::http::message_generator
    generator(boost::beast::http::response<Body, Fields>&& response) noexcept(false)
    {
        begin_response(response.result_int());
        return boost::beast::http::message_generator(std::move(response));
    }

    /// Writes a response, then records. Completes with void(error_code, std::size_t) as http::async_write
    /// does, and like it is bound to the token's executor. A response whose body the serializer changes is
    /// passed as non-const.
    template <class Stream, class Body, class Fields, class Token>
    auto async_write(Stream& stream, boost::beast::http::response<Body, Fields>& response, Token&& token)
    {
        begin_response(response.result_int());
        return compose(stream, std::forward<Token>(token), [&stream, &response](auto&& self) {
            boost::beast::http::async_write(stream, response, std::forward<decltype(self)>(self));
        });
    }
    template <class Stream, class Body, class Fields, class Token>
    auto
    async_write(Stream& stream, boost::beast::http::response<Body, Fields> const& response, Token&& token)
    {
        begin_response(response.result_int());
        return compose(stream, std::forward<Token>(token), [&stream, &response](auto&& self) {
            boost::beast::http::async_write(stream, response, std::forward<decltype(self)>(self));
        });
    }

    /// Writes what generator() made, or any generator after begin_response(status).
    template <class Stream, std::same_as<boost::beast::http::message_generator> Generator, class Token>
    auto async_write(Stream& stream, Generator&& generator, Token&& token)
    {
        return compose(stream, std::forward<Token>(token),
                       [&stream, generator = std::move(generator)](auto&& self) mutable {
                           boost::beast::async_write(stream, std::move(generator),
                                                     std::forward<decltype(self)>(self));
                       });
    }

    /// Writes a response, then records. Errors are returned in `error`, as http::write does.
    template <class Stream, class Body, class Fields>
    std::size_t write(Stream& stream,
                      boost::beast::http::response<Body, Fields>& response,
                      boost::system::error_code& error)
    {
        begin_response(response.result_int());
        std::size_t const written = boost::beast::http::write(stream, response, error);
        finish_response(error.failed());
        return written;
    }
    template <class Stream, class Body, class Fields>
    std::size_t write(Stream& stream,
                      boost::beast::http::response<Body, Fields> const& response,
                      boost::system::error_code& error)
    {
        begin_response(response.result_int());
        std::size_t const written = boost::beast::http::write(stream, response, error);
        finish_response(error.failed());
        return written;
    }
    /// A template, so that a response is not taken for the generator that it converts to.
    template <class Stream, std::same_as<boost::beast::http::message_generator> Generator>
    std::size_t write(Stream& stream, Generator&& generator, boost::system::error_code& error)
    {
        std::size_t const written = boost::beast::write(stream, std::move(generator), error);
        finish_response(error.failed());
        return written;
    }

    /// The same; throws boost::system::system_error where the write fails, after recording it.
    template <class Stream, class Response>
    std::size_t write(Stream& stream, Response&& response)
    {
        boost::system::error_code error;
        std::size_t const written = write(stream, std::forward<Response>(response), error);
        if (error) throw boost::system::system_error(error);
        return written;
    }

private:
    template <class Stream, class Token, class Start>
    auto compose(Stream& stream, Token&& token, Start start)
    {
        return boost::asio::async_compose<Token, void(boost::system::error_code, std::size_t)>(
            [this, start = std::move(start), has_started = false](
                auto& self, boost::system::error_code error = {}, std::size_t written = 0) mutable {
                if (!std::exchange(has_started, true)) {
                    // The lambda moves along with self: the start leaves it first.
                    auto begin = std::move(start);
                    return begin(std::move(self));
                }
                finish_response(error.failed());
                self.complete(error, written);
            },
            token, stream);
    }
};

/// http::request_metrics for Beast's messages.
///
///     iafmetrics::beast::request_metrics http{registry, api_request_duration};
///
///     net::awaitable<void> session(tcp_stream stream)
///     {
///         …
///         auto observed = http.begin(request);
///         observed.route("/api/v1/sessions/{session}");
///         co_await observed.async_write(stream, response, net::use_awaitable);
///     }
class request_metrics : public http::request_metrics {
public:
    using http::request_metrics::request_metrics;

    /// A request has arrived: call it with the header read, before the body where the wait for it shall
    /// count.
    template <class Fields>
    [[nodiscard]] observed_request begin(boost::beast::http::header<true, Fields> const& request) noexcept
    {
        return {recorder_, http::method_index(to_text(request.method_string()))};
    }
    /// A request that could not be parsed.
    [[nodiscard]] observed_request begin() noexcept { return {recorder_, http::other_method}; }
    [[nodiscard]] observed_request begin(std::string_view method) noexcept
    {
        return {recorder_, http::method_index(method)};
    }

private:
    template <class Text>
    static std::string_view to_text(Text const& text) noexcept
    {
        return {text.data(), text.size()};
    }
};

}  // namespace iafmetrics::beast
