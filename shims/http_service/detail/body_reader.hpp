// SPDX-License-Identifier: Apache-2.0
// Reads the body of one request, within its limit, its deadline and its share of the server's memory.
#pragma once

#include <http_service/detail/connection.hpp>
#include <http_service/detail/head_check.hpp>

#include <boost/asio/awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>

#include <cstddef>
#include <cstdint>
#include <optional>

namespace iafmetrics::http_service::detail {

// Why a request, or its next part, did not arrive.
struct unread {
    std::optional<refusal> reason;  // none: the peer is gone, or stayed silent between two requests
};

// Into the parser, of which the head is done: what `buffer` has of it and what comes. Nothing when all of it is in.
//
// Memory is taken from the budget as bytes arrive, and is given back with the connection's share. Where the budget or the
// process has none, a body that has been silent for a second is given up for it; without one this body waits for two seconds.
net::awaitable<std::optional<unread>>
read_body(connection& peer, boost::beast::flat_buffer& buffer, head_parser& parser, std::size_t limit);

// Reads as many bytes and keeps none.
net::awaitable<std::optional<unread>>
drop_body(connection& peer, boost::beast::flat_buffer& buffer, std::uint64_t length);

}  // namespace iafmetrics::http_service::detail
