// SPDX-License-Identifier: Apache-2.0
// What is asked before a request goes any further: credentials, rates.
#pragma once

#include <http_service/refusals.hpp>
#include <http_service/response.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/beast/http/message.hpp>

#include <functional>
#include <optional>

namespace iafmetrics::http_service {

/// A request that goes no further: what it is answered, and the reason it is counted by.
struct turned_away {
    response answer;
    refused why;
};

/// Asked once for every request, routed or not, when its head was found well-formed and before its body is read.
///
///     options.guard = [&](http::request_header<> const& head, net::ip::address const& peer)
///         -> net::awaitable<std::optional<turned_away>> {
///         if (co_await knows(head[http::field::authorization])) co_return std::nullopt;
///         co_return turned_away{error_response(http::status::unauthorized, "who are you?"), refused::unauthorized};
///     };
///
/// Threads:  with several threads of the server it is called by each of them, at the same time too.
/// Errors:   what it throws is logged and the request answered 500, so that a guard that fails lets nobody in.
/// Lifetime: `head` and `peer`, whose connection it is, live until the awaitable has ended.
using guard = std::function<net::awaitable<std::optional<turned_away>>(http::request_header<> const& head,
                                                                       net::ip::address const& peer)>;

/// What passes the first is asked by the second; an empty one lets everybody pass.
///
///     access.apply_to(options);   // the rate of a web config file
///     options.guard = both(options.guard, authorizer_guard(token));
guard both(guard first, guard second);

}  // namespace iafmetrics::http_service
