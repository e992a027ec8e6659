// SPDX-License-Identifier: Apache-2.0
// Passwords that are tried out against a server with a web config file, which others use meanwhile.
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>

#include <http_service/web_access.hpp>

#include <doctest/doctest.h>

#include "../integration/temporary_directory.hpp"
#include "raw_client.hpp"
#include <crypt.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <memory>
#include <string>
#include <vector>

namespace {

using namespace iafmetrics::http_service;

std::string get(char const* credentials)
{
    return "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic " + std::string{credentials} + "\r\n\r\n";
}

auto const right = get("YW5uOnMzY3JldA==");  // ann:s3cret
auto const next = get("YW5uOm90aGVy");       // ann:other
auto const wrong = get("YW5uOmd1ZXNz");      // ann:guess

std::size_t counted(std::string const& page, std::string const& reason)
{
    auto const name = "iafmetrics_http_refused_total{reason=\"" + reason + "\"} ";
    return std::stoul(page.substr(page.find(name) + name.size()));
}

// 2^6 rounds: a check takes 4 ms.
struct attacked {
    attacked()
    {
        write("s3cret");
        server_options options{.refusals = &turned_away};
        web_access{folder.path("web.yml")}.apply_to(options);
        router routes;
        routes.add(http::verb::get, "/",
                   [](request const&) -> net::awaitable<answer> { co_return test::text("a page"); });
        server = std::make_unique<test::running>(std::move(options), std::move(routes));
    }

    // Another file in its place, as a Secret is renewed.
    void write(char const* password) const
    {
        std::ofstream{folder.path("new")}
            << "basic_auth_users: {ann: " << ::crypt(password, "$2y$06$abcdefghijklmnopqrstuu") << "}\n";
        std::filesystem::rename(folder.path("new"), folder.path("web.yml"));
    }

    bool answers(std::string const& request) const
    {
        auto const before = std::chrono::steady_clock::now();
        return test::ask(server->port(), request).body() == "a page" &&
               std::chrono::steady_clock::now() - before < std::chrono::seconds{10};
    }

    test::temporary_directory folder;
    iafmetrics::registry metrics;
    refusals turned_away{metrics};
    std::unique_ptr<test::running> server;
};

// 32 clients of four addresses, who are not those of who is asked for in good faith; begun when each has had an answer.
class attackers {
public:
    explicit attackers(std::uint16_t port)
    {
        for (int i = 0; i != 32; ++i)
            threads_.emplace_back([this, port, i](std::stop_token const& stop) {
                auto const from = "127.0.0." + std::to_string(2 + i % 4);
                while (!stop.stop_requested()) {
                    auto const no = test::ask(port, wrong, nullptr, from.c_str()).result_int();
                    strange += no != 401 && no != 503 ? 1 : 0;
                    ++guesses;
                    guesses.notify_all();
                }
            });
        for (int seen = guesses; seen < 32; seen = guesses)
            guesses.wait(seen);
    }
    void end() { threads_.clear(); }

    std::atomic<int> guesses{0};
    std::atomic<int> strange{0};

private:
    std::vector<std::jthread> threads_;
};

}  // namespace

TEST_CASE("attack: wrong passwords leave who knows the right one 100 of 100 answers, also the first")
{
    attacked const target;
    attackers guessing{target.server->port()};
    int answered = 0;
    for (int i = 0; i != 100; ++i)
        answered += target.answers(right) ? 1 : 0;
    while (guessing.guesses < 1000)
        std::this_thread::yield();
    guessing.end();
    CHECK(answered == 100);
    CHECK(guessing.strange == 0);
    auto const page = iafmetrics::exposition::text(target.metrics);
    CHECK(counted(page, "check_limit") > 0);
    CHECK(counted(page, "unauthorized") + counted(page, "check_limit") ==
          static_cast<std::size_t>(guessing.guesses));
}

TEST_CASE("attack: a web config file that changes amid wrong passwords costs nobody an answer")
{
    attacked const target;
    attackers guessing{target.server->port()};
    int answered = 0;
    for (int i = 0; i != 100; ++i) {
        bool const is_renewed = i >= 50;
        if (i % 10 == 0) target.write(is_renewed ? "other" : "s3cret");
        answered += target.answers(is_renewed ? next : right) ? 1 : 0;
    }
    guessing.end();
    CHECK(answered == 100);
    CHECK(guessing.strange == 0);
}
