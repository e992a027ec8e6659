// SPDX-License-Identifier: Apache-2.0
// network_of: whom a peer's address stands for.
#pragma once

#include <boost/asio/ip/address.hpp>

#include <cstddef>

namespace iafmetrics::inline v0::beast::detail {

/// The address itself; of IPv6 its /64, because whoever has one address there has the 2^64 of its network.
inline boost::asio::ip::address network_of(boost::asio::ip::address const& peer)
{
    if (!peer.is_v6() || peer.to_v6().is_v4_mapped()) return peer;
    auto bytes = peer.to_v6().to_bytes();
    for (std::size_t i = 8; i < bytes.size(); ++i)
        bytes[i] = 0;
    return boost::asio::ip::address_v6{bytes};
}

}  // namespace iafmetrics::inline v0::beast::detail
