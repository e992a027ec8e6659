// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/detail/connection.hpp>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/host_name_verification.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace iafmetrics::kubernetes::detail {

namespace net = boost::asio;
namespace http = boost::beast::http;

namespace {
constexpr auto as_result = net::as_tuple(net::use_awaitable);
}

connection::connection(net::any_io_executor const& executor, endpoint& server)
    : server_(server), tcp_(executor)
{
    if (server.tls) tls_.emplace(tcp_, *server.tls);
}

auto connection::open(deadline until) -> awaitable<error_code>
{
    net::ip::tcp::resolver resolver(tcp_.get_executor());
    auto [resolve_ec, addresses] = co_await resolver.async_resolve(server_.host, server_.port, as_result);
    if (resolve_ec) co_return resolve_ec;

    tcp_.expires_at(until);
    auto [connect_ec, address] = co_await tcp_.async_connect(addresses, as_result);
    if (connect_ec) co_return connect_ec;
    error_code ignored;
    tcp_.socket().set_option(net::ip::tcp::no_delay(true), ignored);
    if (!tls_) co_return error_code();

    error_code name_ec;
    net::ip::make_address(server_.host, name_ec);
    if (name_ec)  // a name, not an address: the server may choose its certificate by it
        SSL_ctrl(tls_->native_handle(), SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name,
                 server_.host.data());
    tls_->set_verify_callback(net::ssl::host_name_verification(server_.host));
    tcp_.expires_at(until);
    auto [handshake_ec] = co_await tls_->async_handshake(net::ssl::stream_base::client, as_result);
    co_return handshake_ec;
}

template <class Operation>
auto connection::on_stream(deadline until, Operation operation) -> awaitable<error_code>
{
    tcp_.expires_at(until);
    if (tls_) {
        auto [ec, n] = co_await operation(*tls_);
        co_return ec;
    }
    auto [ec, n] = co_await operation(tcp_);
    co_return ec;
}

auto connection::write(http::request<http::string_body>& request, deadline until) -> awaitable<error_code>
{
    co_return co_await on_stream(until,
                                 [&](auto& stream) { return http::async_write(stream, request, as_result); });
}

auto connection::read(http::response_parser<http::string_body>& answer, deadline until)
    -> awaitable<error_code>
{
    co_return co_await on_stream(
        until, [&](auto& stream) { return http::async_read(stream, buffer_, answer, as_result); });
}

auto connection::read_header(http::response_parser<http::buffer_body>& answer, deadline until)
    -> awaitable<error_code>
{
    co_return co_await on_stream(
        until, [&](auto& stream) { return http::async_read_header(stream, buffer_, answer, as_result); });
}

auto connection::read_some(http::response_parser<http::buffer_body>& answer, deadline until)
    -> awaitable<error_code>
{
    co_return co_await on_stream(
        until, [&](auto& stream) { return http::async_read_some(stream, buffer_, answer, as_result); });
}

bool connection::quiet()
{
    error_code ec;
    auto& socket = tcp_.socket();
    socket.non_blocking(true, ec);
    if (ec || buffer_.size() != 0) return false;
    char byte = 0;
    socket.receive(net::buffer(&byte, 1), net::socket_base::message_peek, ec);
    return ec == net::error::would_block;
}

}  // namespace iafmetrics::kubernetes::detail
