// SPDX-License-Identifier: Apache-2.0
// ask: what the examples of servers do to themselves, so that they have something to show.
#pragma once

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <cstdint>
#include <cstdio>
#include <sstream>
#include <string>

/// GET of a server on this machine, on a connection of its own: its body.
inline std::string ask(std::uint16_t port, std::string const& target, std::string const& authorization = {})
{
    namespace http = boost::beast::http;
    boost::asio::io_context io;
    boost::asio::ip::tcp::socket socket(io);
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), port});
    http::request<http::empty_body> request{http::verb::get, target, 11};
    request.set(http::field::host, "localhost");
    if (!authorization.empty()) request.set(http::field::authorization, authorization);
    request.keep_alive(false);
    http::write(socket, request);
    boost::beast::flat_buffer buffer;
    http::response<http::string_body> response;
    http::read(socket, buffer, response);
    return response.body();
}

/// Prints how many requests a page has counted, of each kind that occurred.
inline void print_counts(std::string const& page)
{
    std::istringstream lines(page);
    for (std::string line; std::getline(lines, line);)
        if (line.find("_count{") != std::string::npos && !line.ends_with(" 0"))
            std::printf("%s\n", line.c_str());
}
