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
#include <fstream>
#include <vector>

namespace {

using namespace iafmetrics::http_service;

constexpr auto right =
    "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YW5uOnMzY3JldA==\r\n\r\n";                 // s3cret
constexpr auto wrong = "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Basic YW5uOmd1ZXNz\r\n\r\n";  // guess

std::size_t counted(std::string const& page, std::string const& reason)
{
    auto const name = "iafmetrics_http_refused_total{reason=\"" + reason + "\"} ";
    return std::stoul(page.substr(page.find(name) + name.size()));
}

}  // namespace

TEST_CASE("attack: 1,000 wrong passwords leave who knows the right one 100 of 100 answers")
{
    test::temporary_directory const folder;
    std::ofstream{folder.path("web.yml")}
        << "basic_auth_users: {ann: " << ::crypt("s3cret", "$2y$06$abcdefghijklmnopqrstuu") << "}\n";
    iafmetrics::registry metrics;
    refusals turned_away{metrics};
    server_options options{.refusals = &turned_away};
    web_access{folder.path("web.yml")}.apply_to(options);
    router routes;
    routes.add(http::verb::get, "/",
               [](request const&) -> net::awaitable<answer> { co_return test::text("a page"); });
    test::running const server{std::move(options), std::move(routes)};
    REQUIRE(test::ask(server.port(), right).body() == "a page");

    std::atomic<int> guesses{0};
    std::atomic<int> strange{0};
    std::vector<std::jthread> attackers;
    for (int i = 0; i != 32; ++i)  // more than are checked or wait
        attackers.emplace_back([&] {
            while (guesses.fetch_add(1) < 1000) {
                auto const no = test::ask(server.port(), wrong).result_int();
                strange += no != 401 && no != 503 ? 1 : 0;
            }
        });
    int answered = 0;
    for (int i = 0; i != 100; ++i) {
        auto const before = std::chrono::steady_clock::now();
        bool const is_page = test::ask(server.port(), right).body() == "a page";
        answered += is_page && std::chrono::steady_clock::now() - before < std::chrono::seconds{10} ? 1 : 0;
    }
    attackers.clear();
    CHECK(answered == 100);
    CHECK(strange == 0);
    auto const page = iafmetrics::exposition::text(metrics);
    CHECK(counted(page, "unauthorized") + counted(page, "check_limit") == 1000);
}
