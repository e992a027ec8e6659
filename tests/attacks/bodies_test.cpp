// SPDX-License-Identifier: Apache-2.0
// Bodies that are many, large, or never come: memory stays bounded, and who sends one in good faith is answered.
#include <doctest/doctest.h>

#include "../skipped.hpp"
#include "target.hpp"
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <list>
#include <optional>
#include <vector>

namespace {

using test::raw_client;
using test::target;
using test::transport;

constexpr std::size_t memory = std::size_t{200} << 20;
constexpr std::size_t mebibyte = std::size_t{1} << 20;

std::string head_of(std::string const& line, std::size_t length)
{
    return line + " HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
}

// Descriptors for both sides of many connections, until this goes.
class descriptors {
public:
    descriptors()
    {
        ::getrlimit(RLIMIT_NOFILE, &before_);
        rlimit const many{std::min<rlim_t>(before_.rlim_max, 12'000), before_.rlim_max};
        if (many.rlim_cur > before_.rlim_cur) ::setrlimit(RLIMIT_NOFILE, &many);
    }
    descriptors(descriptors const&) = delete;
    descriptors& operator=(descriptors const&) = delete;
    ~descriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

    // Of those there are now.
    bool suffice(rlim_t wanted) const { return before_.rlim_max >= wanted; }

private:
    rlimit before_{};
};

// So many connections that send `begin` and stay open. Of the client its sockets alone stay, so that memory is the server's.
class uploads {
public:
    uploads(target& server, int size, std::string const& begin)
    {
        for (int i = 0; i < size; ++i) {
            auto client = server.connect();
            client.send(begin);
            open_.push_back(::dup(client.socket().native_handle()));
        }
    }
    uploads(uploads const&) = delete;
    uploads& operator=(uploads const&) = delete;
    ~uploads()
    {
        for (int const one : open_)
            ::close(one);
    }

private:
    std::vector<int> open_;
};

// What a sanitizer costs: with fewer peers the server has the time for them that it has without.
constexpr int slowdown = is_under_address_sanitizer || is_under_thread_sanitizer ? 8 : 1;

auto const post = head_of("POST /echo", 2) + "ok";

}  // namespace

TEST_CASE("attacks: a body to a path that takes none is not read")
{
    for (auto const how : {transport::plain, transport::tls}) {
        target server{how};
        uploads const some{server, 300, head_of("GET /hello", mebibyte) + std::string(100'000, 'x')};
        CHECK(server.comes_to_refuse({"body_too_large"}, 300));
        MESSAGE("memory grown by " << server.grown() / mebibyte << " MiB");
        CHECK(server.grown() < memory / 4);
        CHECK(server.legitimate_answers() == 100);
    }
}

TEST_CASE("attacks: a body on each of the connections that there may be leaves memory within its bounds")
{
    descriptors const many;
    if (!many.suffice(9000)) {
        MESSAGE("not run: the process may open too few descriptors");
        return;
    }
    struct row {
        transport how;
        int connections;
        std::size_t size;
        int waves;
    };
    for (auto const& [how, connections, size, waves] :
         {row{transport::plain, 4096, 60'000, 1}, row{transport::tls, 1024, 60'000, 1},
          row{transport::tls, 100, mebibyte - 1, 2}}) {
        CAPTURE(static_cast<int>(how));
        CAPTURE(size);
        target server{how};
        for (int wave = 0; wave < waves; ++wave) {
            uploads const some{server, connections / slowdown,
                               head_of("POST /echo", size + 1) + std::string(size, 'x')};
            MESSAGE("memory grown by " << server.grown() / mebibyte << " MiB");
            CHECK(server.grown() < memory);
            CHECK(server.legitimate_answers(post, "ok") == 100);
            CHECK(server.grown() < memory);
        }
    }
}

TEST_CASE("attacks: promises of bodies keep no body out and no connection")
{
    for (auto const how : {transport::plain, transport::tls})
        for (auto const* const promise :
             {"Transfer-Encoding: chunked\r\n\r\n", "Content-Length: 1\r\n\r\n"}) {
            CAPTURE(static_cast<int>(how));
            CAPTURE(promise);
            target server{how, {.connection_limit = 550}};
            uploads const some{server, 600, std::string{"POST /echo HTTP/1.1\r\nHost: x\r\n"} + promise};
            CHECK(server.legitimate_answers() == 100);
            CHECK(server.legitimate_answers(post, "ok") == 100);
            CHECK(server.comes_to_refuse({"connection_limit", "body_timeout"}, 50));  // whichever comes first
            CHECK(server.refused("body_budget") == 0);
        }
}

TEST_CASE("attacks: bodies that fill the budget and end there keep no body out")
{
    for (auto const how : {transport::plain, transport::tls}) {
        target server{how};
        uploads const some{server, 63, head_of("POST /echo", mebibyte) + std::string(mebibyte - 1, 'x')};
        uploads const rest{server, 20, head_of("POST /echo", mebibyte) + std::string(70'000, 'x')};
        CHECK(server.legitimate_answers(post, "ok") == 100);
        CHECK(server.grown() < memory);
    }
}
