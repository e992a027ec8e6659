// SPDX-License-Identifier: Apache-2.0
// listen: a listening socket, or one sentence that says why not.
#pragma once

#include <boost/asio/error.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ip/v6_only.hpp>

#include <cstdint>
#include <stdexcept>
#include <string>

namespace iafmetrics::inline v0::beast::detail {

inline boost::system::error_code try_listen(boost::asio::ip::tcp::acceptor& acceptor,
                                            boost::asio::ip::tcp::endpoint const& at)
{
    using boost::asio::ip::tcp;
    boost::system::error_code error;
    boost::system::error_code ignored;
    acceptor.close(ignored);
    acceptor.open(at.protocol(), error);
    if (!error) acceptor.set_option(tcp::acceptor::reuse_address(true), error);
    if (!error && at.protocol() == tcp::v6()) acceptor.set_option(boost::asio::ip::v6_only(false), ignored);
    if (!error) acceptor.bind(at, error);
    if (!error) acceptor.listen(tcp::acceptor::max_listen_connections, error);
    return error;
}

/// Listens on an IP address, or on all where it is empty: of both protocols, or of IPv4 where the machine has
/// no other.
///
/// Errors: std::runtime_error "cannot serve metrics on port 9100: Address already in use".
inline void listen(boost::asio::ip::tcp::acceptor& acceptor, std::string const& address, std::uint16_t port)
{
    namespace net = boost::asio;
    std::string const where = address.empty() ? "port " + std::to_string(port)
                                              : "address " + address + ", port " + std::to_string(port);
    auto const fail = [&](std::string const& why) {
        throw std::runtime_error("cannot serve metrics on " + where + ": " + why);
    };
    boost::system::error_code error;
    auto const parsed = net::ip::make_address(address.empty() ? std::string("::") : address, error);
    if (error) fail("not an IP address");
    error = try_listen(acceptor, {parsed, port});
    bool const has_no_ipv6 = error == net::error::address_family_not_supported ||
                             error == boost::system::errc::address_not_available;
    if (address.empty() && has_no_ipv6) error = try_listen(acceptor, {net::ip::tcp::v4(), port});
    if (error) fail(error.message());
}

}  // namespace iafmetrics::inline v0::beast::detail
