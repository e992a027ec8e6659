// SPDX-License-Identifier: Apache-2.0
// A client of a service under test, and a reader of its metrics.
#pragma once

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <chrono>
#include <string>
#include <thread>

namespace test {

namespace net = boost::asio;
namespace http = boost::beast::http;
namespace json = boost::json;

struct reply {
    int status;
    http::fields fields;
    std::string body;

    json::object json() const { return json::parse(body).as_object(); }
    std::string field(std::string_view name) const
    {
        auto const found = fields.find(name);
        return found == fields.end() ? "" : std::string{found->value()};
    }
};

using headers = std::vector<std::pair<std::string, std::string>>;

// A kept-alive connection to one port.
class connection {
public:
    explicit connection(std::uint16_t port) { socket_.connect({net::ip::address_v4::loopback(), port}); }

    void send(std::string_view method, std::string_view target, std::string_view body, headers const& more)
    {
        std::string text =
            std::string{method} + " " + std::string{target} + " HTTP/1.1\r\nHost: localhost\r\n";
        for (auto const& [name, value] : more)
            text += name + ": " + value + "\r\n";
        if (!body.empty()) text += "Content-Length: " + std::to_string(body.size()) + "\r\n";
        net::write(socket_, net::buffer(text + "\r\n"));
        boost::system::error_code refused;  // a server that refuses early stops reading: the answer tells
        net::write(socket_, net::buffer(body), refused);
    }

    void send_raw(std::string_view bytes) { net::write(socket_, net::buffer(bytes)); }

    reply receive()
    {
        http::response_parser<http::string_body> parser;
        parser.body_limit(boost::none);
        http::read(socket_, buffer_, parser);
        auto message = parser.release();
        return {static_cast<int>(message.result_int()), message, std::move(message.body())};
    }

private:
    net::io_context context_;
    net::ip::tcp::socket socket_{context_};
    boost::beast::flat_buffer buffer_;
};

inline reply call(std::uint16_t port,
                  std::string_view method,
                  std::string_view target,
                  std::string_view body = {},
                  headers const& more = {})
{
    connection one{port};
    one.send(method, target, body, more);
    return one.receive();
}

inline std::string metrics_page(std::uint16_t port) { return call(port, "GET", "/metrics").body; }

// A request is counted when its answer has left: the page is awaited.
inline bool comes_to_say(std::uint16_t port, std::string const& line)
{
    auto const deadline = std::chrono::steady_clock::now() + std::chrono::seconds{20};
    std::string page;
    while (std::chrono::steady_clock::now() < deadline) {
        page = "\n" + metrics_page(port);
        if (page.find("\n" + line + "\n") != std::string::npos) return true;
        std::this_thread::sleep_for(std::chrono::milliseconds{5});
    }
    auto const name = "\n" + line.substr(0, line.find_first_of("{ "));
    for (auto at = page.find(name); at != std::string::npos; at = page.find(name, at + 1))
        MESSAGE(page.substr(at + 1, page.find('\n', at + 1) - at - 1));
    return false;
}

inline std::ptrdiff_t sample_lines(std::string const& page)
{
    std::ptrdiff_t samples = 0;
    for (std::size_t at = 0, end; (end = page.find('\n', at)) != std::string::npos; at = end + 1)
        samples += page[at] != '#';
    return samples;
}

// The sample line of n requests.
inline std::string api_request_count(std::string const& method, std::string const& path, int status, int n)
{
    return "iaf_api_request_duration_seconds_count{method=\"" + method + "\",path=\"" + path +
           "\",status=\"" + std::to_string(status) + "\"} " + std::to_string(n);
}

// The body of a refusal.
inline std::string error_text(int status, std::string const& field, std::string const& reason)
{
    json::object error{{"status", status}};
    if (!field.empty()) error["field"] = field;
    error["reason"] = reason;
    return json::serialize(json::object{{"error", std::move(error)}});
}

}  // namespace test
