// SPDX-License-Identifier: Apache-2.0
// cutting_proxy: a bad network: forwards to a port and cuts each connection at a random byte of the answers.
#pragma once

#include <boost/asio/awaitable.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>

#include <atomic>
#include <memory>
#include <random>
#include <string>
#include <thread>

/// Cuts after 0 to `most` bytes towards the client, as the seed decides.
class cutting_proxy {
public:
    cutting_proxy(unsigned short target, unsigned seed, std::size_t most);
    ~cutting_proxy();

    [[nodiscard]] std::string url() const;
    [[nodiscard]] int cuts() const { return cuts_; }

private:
    using tcp = boost::asio::ip::tcp;
    struct sockets {
        tcp::socket client;
        tcp::socket server;
        std::size_t left;  // bytes to the client before the cut
    };

    boost::asio::awaitable<void> accept();
    boost::asio::awaitable<void> forward(std::shared_ptr<sockets> both, bool to_client);

    boost::asio::io_context io_{1};
    tcp::acceptor acceptor_{io_, {boost::asio::ip::address_v4::loopback(), 0}};
    unsigned short const target_;
    std::minstd_rand random_;
    std::size_t const most_;
    std::atomic<int> cuts_ = 0;
    std::thread thread_;
};
