// SPDX-License-Identifier: Apache-2.0
// The bytes of a connection, plain or over TLS.
#pragma once

#include <http_service/detail/tls_context.hpp>

#include <boost/asio/buffer.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/beast/core/tcp_stream.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <utility>

namespace iafmetrics::http_service::detail {

// An AsyncStream, so that a caller is one for both: a branch for each operation, nothing for each byte.
//
// Deadlines are those of Beast's tcp_stream: what outlives one finds the socket closed.
class stream {
public:
    using executor_type = boost::beast::tcp_stream::executor_type;

    stream(boost::beast::tcp_stream accepted, std::shared_ptr<tls_context const> tls)
        : tcp_{std::move(accepted)}, context_{std::move(tls)}
    {
        if (context_) tls_.emplace(tcp_, context_->context());
    }
    stream(stream const&) = delete;
    stream& operator=(stream const&) = delete;

    executor_type get_executor() noexcept { return tcp_.get_executor(); }

    template <class Buffers, class Token>
    auto async_read_some(Buffers const& into, Token&& token)
    {
        return tls_ ? tls_->async_read_some(into, std::forward<Token>(token))
                    : tcp_.async_read_some(into, std::forward<Token>(token));
    }

    template <class Buffers, class Token>
    auto async_write_some(Buffers const& bytes, Token&& token)
    {
        if (!tls_) return tcp_.async_write_some(bytes, std::forward<Token>(token));
        return tls_->async_write_some(one_record(bytes), std::forward<Token>(token));
    }

    // Only over TLS.
    template <class Token>
    auto async_handshake(Token&& token)
    {
        return tls_->async_handshake(net::ssl::stream_base::server, std::forward<Token>(token));
    }
    template <class Token>
    auto async_shutdown(Token&& token)
    {
        return tls_->async_shutdown(std::forward<Token>(token));
    }

    bool secure() const { return tls_.has_value(); }
    SSL* native_handle() { return tls_->native_handle(); }
    boost::beast::tcp_stream& tcp() { return tcp_; }  // beneath TLS
    auto& socket() { return tcp_.socket(); }

    void expires_after(std::chrono::milliseconds time) { tcp_.expires_after(time); }
    void expires_never() { tcp_.expires_never(); }
    void close() { tcp_.close(); }

private:
    // An answer's fields and its body leave in one record, where they fit in it.
    template <class Buffers>
    net::const_buffer one_record(Buffers const& bytes)
    {
        constexpr std::size_t record = 16 * 1024;
        auto const first = net::buffer_sequence_begin(bytes);
        auto const size = net::buffer_size(bytes);
        net::const_buffer const whole{*first};
        if (size == whole.size() || whole.size() >= record) return whole;
        record_.resize(std::min(size, record));
        net::buffer_copy(net::buffer(record_), bytes);
        return net::buffer(record_);
    }

    boost::beast::tcp_stream tcp_;
    std::shared_ptr<tls_context const> context_;
    std::optional<net::ssl::stream<boost::beast::tcp_stream&>> tls_;
    std::string record_;
};

}  // namespace iafmetrics::http_service::detail
