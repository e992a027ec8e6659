// SPDX-License-Identifier: Apache-2.0
// client_metrics: request metrics for what a program asks of others with Boost.Beast.
#pragma once

#include <iafmetrics/beast/detail/before.hpp>
#include <iafmetrics/beast/detail/method.hpp>
#include <iafmetrics/beast/detail/take_trace.hpp>
#include <iafmetrics/http/client_metrics.hpp>
#include <iafmetrics/http/observation.hpp>
#include <iafmetrics/http/status_index.hpp>

#include <boost/asio/compose.hpp>
#include <boost/asio/error.hpp>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http.hpp>

#include <concepts>
#include <cstddef>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::beast {

/// One outgoing request, recorded when its response is read or cannot be.
///
///     co_await stream.async_connect(endpoints, observed.connecting(net::use_awaitable));
///     co_await observed.async_exchange(stream, request, buffer, response, net::use_awaitable);
///
/// Recorded is the response's status, or what went wrong first: `timeout` where the stream's deadline passed,
/// `connect_error` where there was no connection, else `aborted`. With body_sizes{}, a request's size is recorded where
/// it was written whole, a response's where it was read whole.
///
/// Threads:  one at a time; the connection's own.
/// Lifetime: it stays where it is, and alive, until an operation that it began has completed or been
///           destroyed.
class observed_exchange : public http::observation {
public:
    using error_code = boost::system::error_code;
    using http::observation::observation;

    /// Whatever leads to a connection: resolve, connect, TLS handshake. Given as its completion token, it
    /// records a failure and passes everything on to `token`.
    template <class Token>
    [[nodiscard]] auto connecting(Token&& token)
    {
        return detail::before(std::forward<Token>(token),
                              [this](error_code error, auto const&...) { connected(error); });
    }
    /// The same for what blocks and throws: `observed.connect([&] { stream.connect(endpoints); });`
    template <std::invocable Connect>
    void connect(Connect&& connect)
    {
        try {
            std::forward<Connect>(connect)();
        } catch (boost::system::system_error const& failed) {
            connected(failed.code());
            throw;
        }
    }
    /// The same for what returns its error.
    void connected(error_code error) noexcept
    {
        if (error) end(is_timeout(error) ? http::status_index::timeout : http::status_index::connect_error);
    }

    /// Writes the request, reads the response, then records. Completes with void(error_code).
    ///
    /// `response` is a message, or a response_parser where its size shall have a limit of its own. All four
    /// live until the completion. Interim responses (100, 103) before a message are passed over; a parser, which cannot
    /// begin again, ends with the first response of any kind.
    template <class Stream, class Request, class Buffer, class Response, class Token>
    auto async_exchange(Stream& stream, Request& request, Buffer& buffer, Response& response, Token&& token)
    {
        namespace beast_http = boost::beast::http;
        return boost::asio::async_compose<Token, void(error_code)>(
            [this, &stream, &request, &buffer, &response, step = 0](auto& self, error_code error = {},
                                                                    std::size_t = 0) mutable {
                switch (step++) {
                case 0: return static_cast<void>(beast_http::async_write(stream, request, std::move(self)));
                case 1:
                    if (error) break;
                    sent(request);
                    return static_cast<void>(
                        beast_http::async_read(stream, buffer, response, std::move(self)));
                default:
                    if (!error && forget_interim(response))
                        return static_cast<void>(
                            beast_http::async_read(stream, buffer, response, std::move(self)));
                }
                exchanged(response, error);
                self.complete(error);
            },
            token, stream);
    }
    template <class Stream, class Request, class Buffer, class Response>
    void exchange(Stream& stream, Request& request, Buffer& buffer, Response& response, error_code& error)
    {
        boost::beast::http::write(stream, request, error);
        if (!error) sent(request);
        do
            if (!error) boost::beast::http::read(stream, buffer, response, error);
        while (!error && forget_interim(response));
        exchanged(response, error);
    }
    /// The same; throws boost::system::system_error, after recording it.
    template <class Stream, class Request, class Buffer, class Response>
    void exchange(Stream& stream, Request& request, Buffer& buffer, Response& response)
    {
        error_code error;
        exchange(stream, request, buffer, response, error);
        if (error) throw boost::system::system_error(error);
    }

private:
    template <class Response>
    static bool forget_interim(Response& response)
    {
        if constexpr (requires { response.result_int(); }) {
            if (!http::status_index::is_interim(http::status_index::of(response.result_int()))) return false;
            response = {};
            return true;
        } else {
            return false;
        }
    }

    template <class Request>
    void sent(Request const& request)
    {
        if (!measures_sizes()) return;
        if (auto const size = request.payload_size()) request_size(*size);
    }

    template <class Response>
    void exchanged(Response const& response, error_code error)
    {
        if (error)
            end(is_timeout(error) ? http::status_index::timeout : http::status_index::aborted);
        else if constexpr (requires { response.result_int(); })
            received(response.result_int(), response.payload_size());
        else if (auto const size = response.get().payload_size())
            received(response.get().result_int(), size);
        else
            received(response.get().result_int(), response.content_length());
    }

    template <class OptionalSize>
    void received(unsigned status, OptionalSize const& size) noexcept
    {
        if (size) response_size(*size);
        finish(status);
    }

    static bool is_timeout(error_code error) noexcept
    {
        return error == boost::beast::error::timeout || error == boost::asio::error::timed_out;
    }
};

/// http::client_metrics for Beast's messages.
///
///     iafmetrics::beast::client_metrics outgoing{registry, standard::http_client_request_duration};
///     outgoing.declare("POST", "payments.internal");               // its failures are there, at 0, from now on
///     …
///     auto observed = outgoing.begin(request, "payments.internal");
class client_metrics : public http::client_metrics {
public:
    using http::client_metrics::client_metrics;

    /// A request is about to be made, to a host of which there are few: a service's name, never what a user
    /// typed.
    template <class Fields>
    [[nodiscard]] observed_exchange begin(boost::beast::http::header<true, Fields> const& request,
                                          std::string_view host = {}) noexcept
    {
        observed_exchange begun{recorder_, table_of(host), detail::method_index(request)};
        detail::take_trace(begun, request);
        return begun;
    }
};

}  // namespace iafmetrics::inline v0::beast
