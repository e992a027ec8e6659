// SPDX-License-Identifier: Apache-2.0
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <doctest/doctest.h>

#include <controller/bind_address.hpp>

#include <stdexcept>
#include <string>

using controller::bind_address;
using controller::parse_bind_address;

TEST_CASE("bind_address: is read as controllers write it")
{
    CHECK(parse_bind_address("127.0.0.1:9090") == bind_address{"127.0.0.1", 9090});
    CHECK(parse_bind_address(":9090") == bind_address{"0.0.0.0", 9090});
    CHECK(parse_bind_address("[::1]:0") == bind_address{"::1", 0});
    CHECK_FALSE(parse_bind_address("0"));
    CHECK(to_string(*parse_bind_address("[::1]:9090")) == "[::1]:9090");
    CHECK(to_string(*parse_bind_address(":9090")) == "0.0.0.0:9090");
}

TEST_CASE("bind_address: says what it must be")
{
    for (std::string const text : {"", "9090", "localhost:9090", "127.0.0.1:", "127.0.0.1:65536",
                                   "127.0.0.1:-1", "::1:9090", "[]:1", "1:x"}) {
        CAPTURE(text);
        CHECK_THROWS_WITH_AS((void)parse_bind_address(text),
                             ("must be address:port, :port or 0, not \"" + text + "\"").c_str(),
                             std::invalid_argument);
    }
}

TEST_CASE("bind_address: a taken port is named")
{
    namespace net = boost::asio;
    net::io_context io;
    net::ip::tcp::acceptor const taken(io, {net::ip::make_address("127.0.0.1"), 0});
    bind_address const address{"127.0.0.1", taken.local_endpoint().port()};
    CHECK_THROWS_WITH_AS(controller::check_can_listen(address),
                         ("cannot listen on " + to_string(address) + ": Address already in use").c_str(),
                         std::runtime_error);
    CHECK_NOTHROW(controller::check_can_listen({"127.0.0.1", 0}));
}
