// SPDX-License-Identifier: Apache-2.0
// transport: requests and their answers over kept-alive connections.
#pragma once

#include <kubernetes/client_options.hpp>
#include <kubernetes/detail/connection.hpp>
#include <kubernetes/detail/endpoint.hpp>
#include <kubernetes/detail/token_file.hpp>
#include <kubernetes/status.hpp>

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/beast/http.hpp>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace iafmetrics::kubernetes::detail {

/// One request, whole.
struct call {
    boost::beast::http::verb method = boost::beast::http::verb::get;
    std::string target{};
    std::string body{};
    std::string content_type{};
};

/// Sends calls, takes connections from those that are idle, waits where the server asks for it.
class transport {
public:
    template <class T>
    using awaitable = boost::asio::awaitable<T>;

    transport(boost::asio::any_io_executor executor, client_options options);

    /// The body of a 2xx answer.
    awaitable<result<std::string>> send(call c);

    /// Hands over a 200 answer's body in the pieces it comes in; `take` returns false to end the stream.
    /// Code 200 at the end of the body or when told to end.
    awaitable<status> stream(call c, std::function<bool(std::string_view)> take);

    boost::asio::any_io_executor executor;
    client_options const options;

private:
    using deadline = connection::deadline;
    using answer = boost::beast::http::response<boost::beast::http::string_body>;

    [[nodiscard]] boost::beast::http::request<boost::beast::http::string_body> request_of(call const& c);
    [[nodiscard]] std::unique_ptr<connection> take_idle();
    void keep(std::unique_ptr<connection> used);
    awaitable<result<answer>> exchange(call const& c, deadline until);
    [[nodiscard]] status failure(boost::system::error_code ec, std::string_view doing) const;

    endpoint server_;
    token_file token_;
    std::vector<std::unique_ptr<connection>> idle_;
};

}  // namespace iafmetrics::kubernetes::detail
