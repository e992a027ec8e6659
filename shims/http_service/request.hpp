// SPDX-License-Identifier: Apache-2.0
// What a handler sees of one HTTP request.
#pragma once

#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/fields.hpp>
#include <boost/beast/http/message.hpp>

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::http_service {

namespace http = boost::beast::http;

/// One request, read whole and checked.
///
///     net::awaitable<answer> show(request const& r) {
///         co_return json_response(http::status::ok, find(r.parameter("session")));
///     }
///
/// Lifetime: the request and every view into it live until its answer has been sent, a streamed one included.
struct request {
    using pairs = std::vector<std::pair<std::string, std::string>>;

    http::verb method = http::verb::unknown;  ///< unknown: see method_name
    std::string_view method_name;             ///< as sent, "GET"
    std::string_view target;                  ///< as sent, "/a%20b?c=d"
    std::string_view path;                    ///< the target without its query, still encoded: "/a%20b"
    std::string_view route;                   ///< the pattern that matched, "/{name}"
    http::fields const& headers;              ///< of the header section alone: trailers never get here
    std::string_view body;
    boost::asio::ip::address peer;  ///< whose connection it is: a proxy's, behind one
    pairs parameters;               ///< decoded, by the names of the pattern
    pairs queries;                  ///< decoded, in the order of the target

    /// The decoded path parameter `name`; empty when the pattern has none of that name.
    std::string_view parameter(std::string_view name) const noexcept;

    /// The first decoded value of the query parameter `name`; "" for "?name", none when absent.
    std::optional<std::string_view> query(std::string_view name) const noexcept;

    /// The value of the header field `name` in any case; empty when absent.
    std::string_view header(std::string_view name) const;
};

}  // namespace iafmetrics::http_service
