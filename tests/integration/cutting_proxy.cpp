// SPDX-License-Identifier: Apache-2.0
#include "cutting_proxy.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>

#include <algorithm>
#include <array>

namespace net = boost::asio;

namespace {
constexpr auto as_result = net::as_tuple(net::use_awaitable);
}

cutting_proxy::cutting_proxy(unsigned short target, unsigned seed, std::size_t most)
    : target_(target), random_(seed), most_(most)
{
    net::co_spawn(io_, accept(), net::detached);
    thread_ = std::thread([this] { io_.run(); });
}

cutting_proxy::~cutting_proxy()
{
    io_.stop();
    thread_.join();
}

std::string cutting_proxy::url() const
{
    return "http://127.0.0.1:" + std::to_string(acceptor_.local_endpoint().port());
}

net::awaitable<void> cutting_proxy::accept()
{
    for (;;) {
        auto [ec, client] = co_await acceptor_.async_accept(as_result);
        if (ec) co_return;
        std::uniform_int_distribution<std::size_t> any(0, most_);
        auto const both =
            std::make_shared<sockets>(sockets{std::move(client), tcp::socket(io_), any(random_)});
        tcp::endpoint const target(net::ip::address_v4::loopback(), target_);
        auto [refused] = co_await both->server.async_connect(target, as_result);
        if (refused) continue;
        net::co_spawn(io_, forward(both, true), net::detached);
        net::co_spawn(io_, forward(both, false), net::detached);
    }
}

net::awaitable<void> cutting_proxy::forward(std::shared_ptr<sockets> both, bool to_client)
{
    auto& from = to_client ? both->server : both->client;
    auto& to = to_client ? both->client : both->server;
    std::array<char, 1000> bytes{};
    for (;;) {
        auto [ec, n] = co_await from.async_read_some(net::buffer(bytes), as_result);
        auto size = n;
        if (to_client) {
            size = std::min(n, both->left);
            both->left -= size;
        }
        auto [write_ec, written] = co_await net::async_write(to, net::buffer(bytes.data(), size), as_result);
        bool const cut = to_client && both->left == 0;
        if (cut) ++cuts_;
        if (ec || write_ec || cut) break;
    }
    boost::system::error_code ignored;
    both->client.close(ignored);
    both->server.close(ignored);
}
