// SPDX-License-Identifier: Apache-2.0
#include "bind_address.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <charconv>
#include <stdexcept>

namespace controller {

namespace net = boost::asio;

std::optional<bind_address> parse_bind_address(std::string const& text)
{
    if (text == "0") return {};
    auto const fail = [&] {
        return std::invalid_argument("must be address:port, :port or 0, not \"" + text + "\"");
    };
    auto const colon = text.rfind(':');
    if (colon == std::string::npos) throw fail();

    bind_address made;
    auto const* const end = text.data() + text.size();
    auto const [stop, ec] = std::from_chars(text.data() + colon + 1, end, made.port);
    if (ec != std::errc() || stop != end) throw fail();

    made.host = text.substr(0, colon);
    if (made.host.empty()) made.host = "0.0.0.0";
    bool const bracketed = made.host.starts_with('[') && made.host.ends_with(']');
    if (bracketed) made.host = made.host.substr(1, made.host.size() - 2);
    boost::system::error_code bad;
    auto const address = net::ip::make_address(made.host, bad);
    if (bad || address.is_v6() != bracketed) throw fail();
    return made;
}

std::string to_string(bind_address const& address)
{
    bool const v6 = address.host.find(':') != std::string::npos;
    return (v6 ? "[" + address.host + "]" : address.host) + ":" + std::to_string(address.port);
}

void check_can_listen(bind_address const& address)
{
    net::io_context io;
    net::ip::tcp::endpoint const endpoint(net::ip::make_address(address.host), address.port);
    boost::system::error_code ec;
    net::ip::tcp::acceptor acceptor(io);
    acceptor.open(endpoint.protocol(), ec);
    if (!ec) acceptor.set_option(net::ip::tcp::acceptor::reuse_address(true), ec);
    if (!ec) acceptor.bind(endpoint, ec);
    if (!ec) acceptor.listen(1, ec);
    if (ec) throw std::runtime_error("cannot listen on " + to_string(address) + ": " + ec.message());
}

}  // namespace controller
