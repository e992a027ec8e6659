// SPDX-License-Identifier: Apache-2.0
// A blocking connection, plain or over TLS, that sends any bytes, and a server beside the test. CTest bounds the waits.
#pragma once

#include <http_service/server.hpp>

#include <boost/asio/connect.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

#include <optional>
#include <string>
#include <thread>

namespace test {

namespace net = boost::asio;
namespace http = boost::beast::http;

class raw_client {
public:
    // From another loopback address, where one is given.
    explicit raw_client(std::uint16_t port, net::ssl::context* tls = nullptr, char const* from = nullptr)
    {
        if (from != nullptr) {
            socket_.open(net::ip::tcp::v4());
            socket_.bind({net::ip::make_address(from), 0});
        }
        socket_.connect({net::ip::address_v4::loopback(), port});
        if (tls == nullptr) return;
        tls_.emplace(socket_, *tls);
        tls_->handshake(net::ssl::stream_base::client, failed_);
    }
    raw_client(raw_client const&) = delete;
    raw_client& operator=(raw_client const&) = delete;

    // Of the handshake, of which a client of TLS 1.3 sees its own part alone, or of the last rest() or some().
    boost::system::error_code failed() const { return failed_; }

    net::ip::tcp::socket& socket() { return socket_; }
    SSL* native_handle() { return tls_->native_handle(); }

    // False when the peer has closed.
    bool send(std::string_view bytes)
    {
        boost::system::error_code error;
        on_stream([&](auto& stream) { return net::write(stream, net::buffer(bytes), error); });
        return !error;
    }

    void half_close() { socket_.shutdown(net::socket_base::shutdown_send); }

    http::response<http::string_body> response(bool to_head = false)
    {
        http::response_parser<http::string_body> parser;
        parser.skip(to_head);
        parser.body_limit(boost::none);
        on_stream([&](auto& stream) { return http::read(stream, buffer_, parser); });
        return parser.release();
    }

    // All that comes until the peer closes.
    std::string rest()
    {
        std::string text{static_cast<char const*>(buffer_.data().data()), buffer_.size()};
        boost::system::error_code error;
        on_stream([&](auto& stream) { return net::read(stream, net::dynamic_buffer(text), error); });
        failed_ = error;
        return text;
    }

    // What is there now or comes next; "" when the peer has closed.
    std::string some()
    {
        std::string text(4096, '\0');
        boost::system::error_code error;
        text.resize(on_stream([&](auto& stream) { return stream.read_some(net::buffer(text), error); }));
        failed_ = error;
        return text;
    }

private:
    template <class Operation>
    std::size_t on_stream(Operation operation)
    {
        return tls_ ? operation(*tls_) : operation(socket_);
    }

    net::io_context context_;
    net::ip::tcp::socket socket_{context_};
    std::optional<net::ssl::stream<net::ip::tcp::socket&>> tls_;
    boost::system::error_code failed_;
    boost::beast::flat_buffer buffer_;
};

// One request on a connection of its own.
inline http::response<http::string_body> ask(std::uint16_t port,
                                             std::string_view request,
                                             net::ssl::context* tls = nullptr,
                                             char const* from = nullptr)
{
    raw_client client{port, tls, from};
    client.send(request);
    return client.response(request.starts_with("HEAD "));
}

class running {
public:
    template <class... Arguments>
    explicit running(Arguments&&... arguments)
        : server{std::forward<Arguments>(arguments)...}, thread_{[this] { server.run(); }}
    {}
    ~running() { server.stop(); }
    std::uint16_t port() const { return server.port(); }
    void join() { thread_.join(); }

    iafmetrics::http_service::server server;

private:
    std::jthread thread_;
};

inline iafmetrics::http_service::response text(std::string body)
{
    iafmetrics::http_service::response made{http::status::ok, 11};
    made.body() = std::move(body);
    return made;
}

}  // namespace test
