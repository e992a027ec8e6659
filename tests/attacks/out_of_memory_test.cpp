// SPDX-License-Identifier: Apache-2.0
// A process that may have little memory, and a server in it that is asked for more.
#include <doctest/doctest.h>

#include "target.hpp"
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <fstream>
#include <list>
#include <memory>
#include <thread>

#if !defined(__SANITIZE_ADDRESS__) &&                                                                        \
    !defined(__SANITIZE_THREAD__)  // they reserve more than a process may have

namespace {

using namespace iafmetrics::http_service;
using test::raw_client;

constexpr std::string_view hello = "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n";
constexpr std::size_t mebibyte = std::size_t{1} << 20;

// All that there is, down to what a small allocation finds, until this goes.
class hoard {
public:
    hoard()
    {
        for (std::size_t size = mebibyte; size >= sizeof(block); size /= 2)
            while (auto* const got = static_cast<block*>(std::malloc(size)))
                last_ = new (got) block{last_};
    }
    hoard(hoard const&) = delete;
    hoard& operator=(hoard const&) = delete;
    ~hoard()
    {
        while (last_ != nullptr)
            std::free(std::exchange(last_, last_->before));
    }

private:
    struct block {
        block* before;
    };
    block* last_ = nullptr;
};

// Lets the process have so many bytes more than it has.
void allow(std::size_t more)
{
    std::ifstream file{"/proc/self/statm"};
    std::size_t pages = 0;
    file >> pages;
    auto const most = pages * static_cast<std::size_t>(::sysconf(_SC_PAGESIZE)) + more;
    rlimit const limit{most, most};
    ::setrlimit(RLIMIT_AS, &limit);
}

// The process: tells its port, and does what it is told a letter at a time. Leaves with 0 when the server has stopped.
[[noreturn]] void serve(int told, int tells)
{
    router routes;
    routes.add(http::verb::get, "/hello",
               [](request const&) -> net::awaitable<answer> { co_return test::text("hello"); });
    routes.add(http::verb::post, "/echo",
               [](request const& r) -> net::awaitable<answer> { co_return test::text(std::string{r.body}); });
    server_options options{.body_budget = 1024 * mebibyte, .drain_timeout = std::chrono::milliseconds{500}};
    options.log = [](std::string_view) {};
    server api{std::move(options), std::move(routes)};
    auto const port = api.port();
    std::jthread const commands{[&] {
        auto place = std::make_unique<std::array<char, sizeof(hoard)>>();
        hoard* held = nullptr;
        for (char what = 0; ::read(told, &what, 1) == 1;) {
            if (what == 'h') held = new (place.get()) hoard;
            if (what == 'f' && held != nullptr) std::exchange(held, nullptr)->~hoard();
            if (what == 's') break;
            (void)!::write(tells, &what, 1);
        }
        api.stop();
    }};
    allow(100 * mebibyte);
    (void)!::write(tells, &port, sizeof port);
    api.run();
    ::_exit(0);
}

class child {
public:
    child()
    {
        std::array<int, 2> down{};
        std::array<int, 2> up{};
        REQUIRE(::pipe(down.data()) == 0);
        REQUIRE(::pipe(up.data()) == 0);
        id_ = ::fork();
        if (id_ == 0) serve(down[0], up[1]);
        ::close(down[0]);
        ::close(up[1]);
        tells_ = down[1];
        told_ = up[0];
        REQUIRE(::read(told_, &port_, sizeof port_) == sizeof port_);
    }
    child(child const&) = delete;
    child& operator=(child const&) = delete;
    ~child()
    {
        if (!ended_) {
            ::kill(id_, SIGKILL);
            ::waitpid(id_, nullptr, 0);
        }
        ::close(tells_);
        ::close(told_);
    }

    std::uint16_t port() const { return port_; }

    void tell(char what)
    {
        REQUIRE(::write(tells_, &what, 1) == 1);
        char done = 0;
        if (what != 's') REQUIRE(::read(told_, &done, 1) == 1);
    }

    // What its process left with.
    int end()
    {
        tell('s');
        int status = 0;
        ::waitpid(id_, &status, 0);
        ended_ = true;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }

    int answers(int requests) const
    {
        int answered = 0;
        for (int i = 0; i < requests; ++i) {
            try {
                answered += test::ask(port_, hello).body() == "hello";
            } catch (boost::system::system_error const&) {}
        }
        return answered;
    }

private:
    pid_t id_ = 0;
    int tells_ = -1;
    int told_ = -1;
    std::uint16_t port_ = 0;
    bool ended_ = false;
};

}  // namespace

TEST_CASE("attacks: bodies that take all memory cost themselves and the server goes on and stops")
{
    child server;
    std::string const head =
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: " + std::to_string(mebibyte) + "\r\n\r\n";
    std::string const body(mebibyte - 1, 'x');
    for (int wave = 0; wave < 2; ++wave) {
        std::list<raw_client> attackers;
        for (int i = 0; i < 200; ++i) {
            auto& one = attackers.emplace_back(server.port());
            one.send(head);
            one.send(body);
        }
        CHECK(server.answers(100) == 100);
        attackers.clear();
        CHECK(server.answers(100) == 100);
    }
    CHECK(server.end() == 0);
}

TEST_CASE("attacks: with no memory at all connections wait, and are answered when there is some")
{
    child server;
    CHECK(server.answers(10) == 10);
    for (int i = 0; i < 5; ++i) {
        server.tell('h');
        std::list<raw_client> waiting;
        for (int k = 0; k < 50; ++k)
            waiting.emplace_back(server.port()).send(hello);
        server.tell('f');
        int answered = 0;
        for (auto& one : waiting)
            answered += one.rest().find("hello") != std::string::npos;
        CHECK(answered >= 45);  // but for who was just being let in
        CHECK(server.answers(100) == 100);
    }
    CHECK(server.end() == 0);
}

TEST_CASE("attacks: a server stops also with no memory at all")
{
    child server;
    std::list<raw_client> idle;
    for (int i = 0; i < 20; ++i) {
        auto& one = idle.emplace_back(server.port());
        one.send("GET /hello HTTP/1.1\r\nHost: x\r\n\r\n");
        CHECK(one.response().body() == "hello");
    }
    server.tell('h');
    CHECK(server.end() == 0);
}

#endif
