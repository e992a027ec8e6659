// SPDX-License-Identifier: Apache-2.0
// connection: one HTTP/1.1 connection to the server, plain or TLS.
#pragma once

#include <kubernetes/detail/endpoint.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>

#include <chrono>
#include <optional>

namespace iafmetrics::kubernetes::detail {

/// Reads and writes whole messages, or an answer as it comes. Every operation ends by the deadline given with
/// it, as boost::beast::error::timeout; only the system's resolver has limits of its own.
class connection {
public:
    using deadline = std::chrono::steady_clock::time_point;
    using error_code = boost::system::error_code;
    template <class T>
    using awaitable = boost::asio::awaitable<T>;

    connection(boost::asio::any_io_executor const& executor, endpoint& server);

    awaitable<error_code> open(deadline until);
    awaitable<error_code> write(boost::beast::http::request<boost::beast::http::string_body>& request,
                                deadline until);
    awaitable<error_code> read(boost::beast::http::response_parser<boost::beast::http::string_body>& answer,
                               deadline until);
    awaitable<error_code>
    read_header(boost::beast::http::response_parser<boost::beast::http::buffer_body>& answer, deadline until);
    /// Some more of the body, into the buffer that the parser's body names.
    awaitable<error_code>
    read_some(boost::beast::http::response_parser<boost::beast::http::buffer_body>& answer, deadline until);

    /// Nothing has arrived on an idle connection: neither its end nor bytes that nobody asked for.
    [[nodiscard]] bool quiet();

private:
    template <class Operation>
    awaitable<error_code> on_stream(deadline until, Operation operation);

    endpoint& server_;
    boost::beast::tcp_stream tcp_;
    std::optional<boost::asio::ssl::stream<boost::beast::tcp_stream&>> tls_;
    boost::beast::flat_buffer buffer_;
};

}  // namespace iafmetrics::kubernetes::detail
