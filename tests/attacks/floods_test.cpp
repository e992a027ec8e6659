// SPDX-License-Identifier: Apache-2.0
// Too much, too slow, too many: each is bounded, and who asks in good faith meanwhile is answered.
#include <doctest/doctest.h>

#include "target.hpp"
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <list>
#include <vector>

namespace {

namespace net = boost::asio;
using namespace std::chrono_literals;
using test::raw_client;
using test::target;
using test::transport;

constexpr std::size_t memory = std::size_t{200} << 20;

// So many connections that are open and say nothing but `first`.
class crowd {
public:
    // Of TLS they speak nothing, or all of its handshake.
    crowd(std::uint16_t port, int size, std::string_view first, net::ssl::context* tls = nullptr)
    {
        for (int i = 0; i < size; ++i) {
            auto& one = clients_.emplace_back(port, tls);
            if (!first.empty()) one.send(first);
        }
    }
    // A byte more from each, as a slowloris does it.
    void drip()
    {
        for (auto& one : clients_)
            one.send("a");
    }

private:
    std::list<raw_client> clients_;
};

}  // namespace

TEST_CASE("attacks: 200 clients that never end their header keep nobody out")
{
    for (auto const how : {transport::plain, transport::tls})
        for (std::size_t const limit : {1000U, 100U}) {
            CAPTURE(static_cast<int>(how));
            CAPTURE(limit);
            target server{how, {.connection_limit = limit, .header_timeout = 2s}};
            crowd slow{server.port(), 200, "GET /hello HTTP/1.1\r\nHost: x\r\nA: ", server.client()};
            for (int i = 0; i < 3; ++i) {
                slow.drip();
                CHECK(server.legitimate_answers() == 100);
            }
            CHECK(server.grown() < memory);
            // Each is cut: by a newcomer, or at the deadline that dripping does not move.
            CHECK(server.comes_to_refuse({"header_timeout", "connection_limit"}, 200));
            CHECK((server.refused("connection_limit") > 0) == (limit < 200));
        }
}

TEST_CASE("attacks: 200 clients that never end their handshake keep nobody out")
{
    target server{transport::tls, {.connection_limit = 100, .handshake_timeout = 2s}};
    crowd const slow{server.port(), 200, std::string_view{"\x16\x03\x01\x02\x00\x01", 6}};
    CHECK(server.legitimate_answers() == 100);
    CHECK(server.grown() < memory);
    CHECK(server.comes_to_refuse({"tls_handshake", "connection_limit"}, 100));
}

TEST_CASE("attacks: a flood of connections over the limit keeps nobody out")
{
    for (auto const how : {transport::plain, transport::tls}) {
        target server{how, {.connection_limit = 50}};
        for (int i = 0; i < 5; ++i) {
            crowd const silent{server.port(), 200, ""};
            CHECK(server.legitimate_answers() == 100);
        }
        CHECK(server.grown() < memory);
        CHECK(server.comes_to_refuse({"connection_limit"}, 5 * 150));
    }
}

TEST_CASE("attacks: 3,000 idle connections over TLS leave memory within its bounds")
{
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_NOFILE, &before) == 0);
    if (before.rlim_max < 8192) {
        MESSAGE("not run: the process may open " << before.rlim_max << " descriptors alone");
        return;
    }
    rlimit const many{std::max<rlim_t>(before.rlim_cur, 8192), before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &many) == 0);
    target server{transport::tls};
    std::vector<int> open;
    for (int i = 0; i < 3000;
         ++i)  // of the client its socket alone stays, so that the memory is the server's
        open.push_back(::dup(server.connect().socket().native_handle()));
    MESSAGE("memory grown by " << server.grown() / 1048576 << " MiB");
    CHECK(server.grown() < memory);
    CHECK(server.comes_to_refuse({"connection_limit"}, 1900));
    CHECK(server.legitimate_answers() == 100);
    for (int const one : open)
        ::close(one);
    REQUIRE(::setrlimit(RLIMIT_NOFILE, &before) == 0);
}

TEST_CASE("attacks: headers of 1 MB are refused at 8 KiB")
{
    for (auto const how : {transport::plain, transport::tls}) {
        target server{how};
        std::string const huge =
            "GET /hello HTTP/1.1\r\nHost: x\r\nA: " + std::string(1'000'000, 'a') + "\r\n\r\n";
        for (int i = 0; i < 20; ++i)
            CHECK(server.ask(huge).result_int() == 431);
        CHECK(server.refused("header_too_large") == 20);
        CHECK(server.grown() < memory);
        CHECK(server.legitimate_answers() == 100);
    }
}

TEST_CASE("attacks: empty lines without end are bounded as a header is")
{
    for (auto const how : {transport::plain, transport::tls}) {
        CAPTURE(static_cast<int>(how));
        target server{how};
        auto client = server.connect();
        std::string lines;
        while (lines.size() < 64 * 1024)
            lines += "\r\n";
        for (int i = 0; i < 1000 && server.refused("header_too_large") == 0; ++i)
            client.send(lines);
        CHECK(server.refused("header_too_large") == 1);
        CHECK(client.response().result_int() == 431);
        CHECK(server.ask("\r\n\r\nGET /hello HTTP/1.1\r\nHost: x\r\n\r\n").body() == "hello");
    }
}

TEST_CASE("attacks: a header that comes faster than it is read has its deadline too")
{
    target server{transport::plain, {.header_limit = 1U << 31, .header_timeout = 200ms}};
    auto client = server.connect();
    std::string lines;
    while (lines.size() < 64 * 1024)
        lines += "\r\n";
    auto const started = std::chrono::steady_clock::now();
    while (client.send(lines) && std::chrono::steady_clock::now() - started < 10s) {}
    CHECK(server.comes_to_refuse({"header_timeout"}, 1));
    CHECK(std::chrono::steady_clock::now() - started < 10s);
}

TEST_CASE("attacks: chunk extensions and trailers are bounded by what they weigh and not by the body")
{
    struct row {
        char const* name;
        std::string again;
    };
    for (auto const how : {transport::plain, transport::tls}) {
        target server{how};
        int attacks = 0;
        for (auto const& [name, again] : {row{"extensions", "1;" + std::string(6000, 'e') + "\r\na\r\n"},
                                          row{"many extensions", "1;a;b;c;d;e;f;g;h\r\na\r\n"},
                                          row{"trailers", "0\r\nT: " + std::string(100, 't') + "\r\n"}}) {
            CAPTURE(static_cast<int>(how));
            CAPTURE(name);
            auto client = server.connect();
            client.send("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n");
            auto const trailers = again.find("0\r\n") == 0;
            if (trailers) client.send("0\r\n");
            for (int i = 0; i < 10'000 && server.refused("body_too_large") == attacks; ++i)
                client.send(trailers ? again.substr(3) : again);
            CHECK(client.response().result_int() == 413);
            CHECK(server.refused("body_too_large") == ++attacks);
        }
        CHECK(server.grown() < memory);
        CHECK(server.legitimate_answers() == 100);
    }
}

TEST_CASE("attacks: 200 trailers that are refused, or never end, keep nobody out")
{
    for (auto const how : {transport::plain, transport::tls}) {
        target server{how, {.connection_limit = 100}};
        auto const with_trailer = [](std::string_view trailer) {
            return "POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n" +
                   std::string{trailer};
        };
        CAPTURE(static_cast<int>(how));
        crowd const refused{server.port(), 200, with_trailer("foo bar\r\n\r\n"), server.client()};
        CHECK(server.legitimate_answers() == 100);
        CHECK(server.comes_to_refuse({"malformed", "connection_limit"}, 200));
        CHECK(server.refused("malformed") > 0);
        CHECK(server.refused("body_timeout") == 0);
        crowd const unfinished{server.port(), 200, with_trailer("A: b\r\n"), server.client()};
        CHECK(server.legitimate_answers() == 100);
        CHECK(server.grown() < memory);
    }
}

TEST_CASE("attacks: a body of one byte a chunk is no attack")
{
    target server{transport::plain};
    std::string chunks;
    for (int i = 0; i < 50'000; ++i)
        chunks += "1\r\na\r\n";
    auto const got = server.ask("POST /echo HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" +
                                chunks + "0\r\n\r\n");
    CHECK(got.body().size() == 50'000);
    CHECK(server.refused("body_too_large") == 0);
}
