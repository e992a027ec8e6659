// SPDX-License-Identifier: Apache-2.0
#include "tls_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/asio/write.hpp>

#include "certificates.hpp"
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <list>
#include <mutex>
#include <thread>

namespace net = boost::asio;
using tcp = net::ip::tcp;

struct tls_server::state {
    net::io_context io;
    tcp::acceptor acceptor{io, {net::ip::address_v4::loopback(), 0}};
    net::ssl::context context{net::ssl::context::tls_server};
    std::string file;
    std::mutex mutex;
    std::list<tcp::socket> sockets;
    std::jthread thread;

    void serve()
    {
        for (;;) {
            boost::system::error_code ec;
            tcp::socket accepted(io);
            acceptor.accept(accepted, ec);
            if (ec) return;
            tcp::socket* mine = nullptr;
            {
                std::lock_guard const lock(mutex);
                mine = &sockets.emplace_back(std::move(accepted));
            }
            net::ssl::stream<tcp::socket&> stream(*mine, context);
            stream.handshake(net::ssl::stream_base::server, ec);
            std::string request;
            while (!ec) {
                auto const n = net::read_until(stream, net::dynamic_buffer(request), "\r\n\r\n", ec);
                if (ec) break;
                request.erase(0, n);
                net::write(stream,
                           net::buffer(std::string_view("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}")),
                           ec);
            }
        }
    }
};

tls_server::tls_server(std::string const& subject) : state_(std::make_unique<state>())
{
    auto const made = test::make_certificate({.names = subject, .is_authority = true});
    state_->file = "tls_server_" + std::to_string(::getpid()) + "_" + std::to_string(port()) + ".pem";
    std::ofstream(state_->file) << made.chain;
    state_->context.use_certificate(net::buffer(made.chain), net::ssl::context::pem);
    state_->context.use_private_key(net::buffer(made.key), net::ssl::context::pem);
    state_->thread = std::jthread([s = state_.get()] { s->serve(); });
}

tls_server::~tls_server()
{
    ::shutdown(state_->acceptor.native_handle(), SHUT_RDWR);
    {
        std::lock_guard const lock(state_->mutex);
        boost::system::error_code ec;
        for (auto& socket : state_->sockets)
            socket.shutdown(tcp::socket::shutdown_both, ec);
    }
    state_->thread.join();
    std::remove(state_->file.c_str());
}

unsigned short tls_server::port() const { return state_->acceptor.local_endpoint().port(); }

std::string tls_server::certificate_file() const { return state_->file; }
