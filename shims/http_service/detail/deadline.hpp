// SPDX-License-Identifier: Apache-2.0
// Deadlines that leave the connection open for the answer that says so.
#pragma once

#include <http_service/detail/connection.hpp>
#include <http_service/detail/head_check.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <chrono>
#include <tuple>

namespace iafmetrics::http_service::detail {

// To be waited for beside something else: `read || expiry(peer, deadline)`.
inline net::awaitable<std::tuple<boost::system::error_code>>
expiry(connection& peer, std::chrono::steady_clock::time_point deadline)
{
    net::steady_timer timer{peer.stream.get_executor(), deadline};
    co_return co_await timer.async_wait(net::as_tuple(net::use_awaitable));
}

inline refusal late(refused why)
{
    return {http::status::request_timeout, "the request did not arrive in time", why};
}

}  // namespace iafmetrics::http_service::detail
