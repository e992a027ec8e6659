// SPDX-License-Identifier: Apache-2.0
// The least that can scrape, and the least that can be scraped: blocking sockets on loopback.
#pragma once

#include "pages.hpp"
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>
#include <zlib.h>

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace scraping {

inline sockaddr_in loopback(std::uint16_t port)
{
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    return address;
}

inline void check(bool is_good, char const* what)
{
    if (is_good) return;
    std::perror(what);
    std::exit(1);
}

inline void send_all(int socket, std::string_view bytes, int flags = 0)
{
    while (!bytes.empty()) {
        ssize_t const sent = ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | flags);
        if (sent <= 0) return;
        bytes.remove_prefix(static_cast<std::size_t>(sent));
    }
}

}  // namespace scraping

/// Scrapes over one connection, made again where the server closes it.
class scrape_client {
public:
    explicit scrape_client(std::uint16_t port) : port_(port), buffer_(std::size_t{1} << 20) { connect(); }
    scrape_client(scrape_client const&) = delete;
    ~scrape_client() { ::close(socket_); }

    /// The size of the body, read to its end.
    std::size_t scrape(std::string_view accept_encoding)
    {
        std::string const request =
            "GET /metrics HTTP/1.1\r\nHost: 127.0.0.1\r\nAccept-Encoding: " + std::string(accept_encoding) +
            "\r\n\r\n";
        std::size_t const size = ask(request);
        if (size != 0) return size;
        ::close(socket_);
        connect();
        return ask(request);
    }

private:
    /// 0 where the connection is closed.
    std::size_t ask(std::string_view request)
    {
        scraping::send_all(socket_, request);
        std::string head;
        std::size_t end = std::string::npos;
        while (end == std::string::npos) {
            std::string_view const got = receive();
            if (got.empty()) return 0;
            head += got;
            end = head.find("\r\n\r\n");
        }
        std::size_t size = head.size() - end - 4;
        std::size_t const length = head.find("Content-Length: ");
        if (length >= end) return 0;
        for (std::size_t const whole = std::stoul(head.substr(length + 16)); size < whole;) {
            std::string_view const got = receive();
            if (got.empty()) return 0;
            size += got.size();
        }
        return size;
    }
    void connect()
    {
        socket_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in const address = scraping::loopback(port_);
        scraping::check(::connect(socket_, reinterpret_cast<sockaddr const*>(&address), sizeof address) == 0,
                        "connect");
    }
    std::string_view receive()
    {
        ssize_t const got = ::recv(socket_, buffer_.data(), buffer_.size(), 0);
        return {buffer_.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
    }

    std::uint16_t port_;
    int socket_ = -1;
    std::vector<char> buffer_;
};

/// Answers whatever it is sent with the text of a floor_page, or that at zlib's level 1, for the length of the program. The
/// text is ready: who renders can do so while the client reads what was sent before.
class floor_server {
public:
    floor_server(pages::floor_page& page, bool is_compressed) : is_compressed_(is_compressed)
    {
        listening_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
        sockaddr_in address = scraping::loopback(0);
        socklen_t size = sizeof address;
        auto* const any = reinterpret_cast<sockaddr*>(&address);
        scraping::check(::bind(listening_, any, size) == 0, "bind");
        scraping::check(::listen(listening_, 8) == 0, "listen");
        scraping::check(::getsockname(listening_, any, &size) == 0, "getsockname");
        port_ = ntohs(address.sin_port);
        page.render([&](std::string_view piece) { text_ += piece; });
        std::thread([this] { run(); }).detach();
    }

    [[nodiscard]] std::uint16_t port() const { return port_; }

private:
    [[noreturn]] void run()
    {
        for (;;) {
            int const peer = ::accept(listening_, nullptr, nullptr);
            std::vector<char> request(8192);
            for (;;) {
                ssize_t const got = ::recv(peer, request.data(), request.size(), 0);
                if (got <= 0) break;
                answer(peer);
            }
            ::close(peer);
        }
    }
    void answer(int peer)
    {
        if (!is_compressed_) return send(peer, text_, "");
        z_stream zlib{};
        deflateInit2(&zlib, 1, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY);
        compressed_.resize(deflateBound(&zlib, text_.size()));
        zlib.next_in = reinterpret_cast<Bytef*>(text_.data());
        zlib.avail_in = static_cast<uInt>(text_.size());
        zlib.next_out = reinterpret_cast<Bytef*>(compressed_.data());
        zlib.avail_out = static_cast<uInt>(compressed_.size());
        deflate(&zlib, Z_FINISH);
        deflateEnd(&zlib);
        send(peer, std::string_view(compressed_.data(), zlib.total_out), "Content-Encoding: gzip\r\n");
    }
    static void send(int peer, std::string_view body, std::string const& field)
    {
        std::string const head =
            "HTTP/1.1 200 OK\r\n" + field + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
        scraping::send_all(peer, head, MSG_MORE);
        scraping::send_all(peer, body);
    }

    bool const is_compressed_;
    std::string text_;
    std::vector<char> compressed_;
    int listening_ = -1;
    std::uint16_t port_ = 0;
};
