// SPDX-License-Identifier: Apache-2.0
// A real Pushgateway on a free port, and what it shows.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/write.hpp>

#include <doctest/doctest.h>

#include "../integration/child.hpp"

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace test {

/// The body of what a server on this machine answers.
inline std::string get(std::uint16_t port, std::string const& target, std::string const& fields = {})
{
    namespace net = boost::asio;
    net::io_context io;
    net::ip::tcp::socket socket(io);
    socket.connect({net::ip::address_v4::loopback(), port});
    net::write(socket, net::buffer("GET " + target + " HTTP/1.0\r\nHost: test\r\n" + fields + "\r\n"));
    std::string answer;
    boost::system::error_code end;
    net::read(socket, net::dynamic_buffer(answer), end);
    return answer.substr(answer.find("\r\n\r\n") + 4);
}

/// Debian's program, from construction to destruction.
class gateway_under_test {
public:
    explicit gateway_under_test(std::vector<std::string> options = {}) : child_(command(std::move(options)))
    {
        std::string const address = child_.after("msg=\"Listening on\" address=127.0.0.1:");
        port_ = static_cast<std::uint16_t>(std::stoul(address));
    }

    std::uint16_t port() const { return port_; }
    std::string url(std::string const& scheme = "http") const
    {
        return scheme + "://127.0.0.1:" + std::to_string(port_);
    }
    std::string page() const { return get(port_, "/metrics"); }

    /// Whether it shows this line.
    bool shows(std::string const& line) const { return page().find('\n' + line + '\n') != std::string::npos; }

    /// Whether this text goes from its page: it answers 202 to DELETE and takes the group away a little later.
    bool comes_to_lack(std::string const& text) const
    {
        auto const latest = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (page().find(text) != std::string::npos) {
            if (std::chrono::steady_clock::now() > latest) return false;
            std::this_thread::yield();
        }
        return true;
    }

private:
    static std::vector<std::string> command(std::vector<std::string> options)
    {
        std::vector<std::string> all{"/usr/bin/prometheus-pushgateway", "--web.listen-address=127.0.0.1:0",
                                     "--persistence.file="};
        all.insert(all.end(), options.begin(), options.end());
        return all;
    }

    child child_;
    std::uint16_t port_ = 0;
};

}  // namespace test
