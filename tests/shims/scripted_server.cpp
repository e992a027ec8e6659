// SPDX-License-Identifier: Apache-2.0
#include "scripted_server.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <array>
#include <charconv>
#include <list>
#include <mutex>
#include <sstream>
#include <thread>

namespace net = boost::asio;
using tcp = net::ip::tcp;

struct scripted_server::state {
    net::io_context io;
    tcp::acceptor acceptor{io, {net::ip::address_v4::loopback(), 0}};
    script answers;
    std::mutex mutex;
    std::list<tcp::socket> sockets;
    std::vector<std::string> requests;
    int connections = 0;
    std::list<std::jthread> threads;
    std::jthread accepting;

    void accept()
    {
        for (;;) {
            boost::system::error_code ec;
            tcp::socket socket(io);
            acceptor.accept(socket, ec);
            if (ec) return;
            socket.set_option(tcp::no_delay(true), ec);
            std::lock_guard const lock(mutex);
            ++connections;
            sockets.push_back(std::move(socket));
            threads.emplace_back([this, &mine = sockets.back()] { serve(mine); });
        }
    }

    static bool whole(std::string const& text)
    {
        auto const end = text.find("\r\n\r\n");
        if (end == std::string::npos) return false;
        std::size_t length = 0;
        if (auto const at = text.find("Content-Length: "); at < end)
            std::from_chars(text.data() + at + 16, text.data() + end, length);
        return text.size() >= end + 4 + length;
    }

    void serve(tcp::socket& socket)
    {
        std::string text;
        std::array<char, 4096> buffer{};
        for (;;) {
            boost::system::error_code ec;
            auto const n = socket.read_some(net::buffer(buffer), ec);
            if (ec) return;
            text.append(buffer.data(), n);
            if (!whole(text)) continue;
            reply answer;
            {
                std::lock_guard const lock(mutex);
                requests.push_back(text);
                answer = answers(static_cast<int>(requests.size()), text);
            }
            text.clear();
            for (auto const& piece : answer.pieces)
                net::write(socket, net::buffer(piece), ec);
            if (answer.afterwards == reply::then::close) {
                socket.shutdown(tcp::socket::shutdown_both, ec);
                return;
            }
        }
    }
};

scripted_server::scripted_server(script answers) : state_(std::make_shared<state>())
{
    state_->answers = std::move(answers);
    state_->accepting = std::jthread([s = state_.get()] { s->accept(); });
}

scripted_server::~scripted_server()
{
    boost::system::error_code ec;
    ::shutdown(state_->acceptor.native_handle(), SHUT_RDWR);
    state_->accepting.join();
    for (auto& socket : state_->sockets)
        socket.shutdown(tcp::socket::shutdown_both, ec);
    state_->threads.clear();
}

std::string scripted_server::url() const
{
    return "http://127.0.0.1:" + std::to_string(state_->acceptor.local_endpoint().port());
}

std::vector<std::string> scripted_server::requests() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->requests;
}

int scripted_server::connections() const
{
    std::lock_guard const lock(state_->mutex);
    return state_->connections;
}

auto scripted_server::json(int code, std::string const& body, std::string const& headers) -> reply
{
    std::ostringstream out;
    out << "HTTP/1.1 " << code << " Whatever\r\nContent-Type: application/json\r\n"
        << headers << "Content-Length: " << body.size() << "\r\n\r\n"
        << body;
    return {{out.str()}};
}

auto scripted_server::chunked(std::string const& body, std::size_t size) -> reply
{
    reply out{{"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"}};
    for (std::size_t at = 0; at < body.size(); at += size) {
        auto const piece = body.substr(at, size);
        std::ostringstream chunk;
        chunk << std::hex << piece.size() << "\r\n" << piece << "\r\n";
        out.pieces.push_back(chunk.str());
    }
    out.pieces.emplace_back("0\r\n\r\n");
    return out;
}
