// SPDX-License-Identifier: Apache-2.0
// Passwords that are tried out and scrapes that come all at once, while Prometheus scrapes on.
#include <iafmetrics/http/basic_auth.hpp>
#include <iafmetrics/serve.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/read_until.hpp>
#include <boost/asio/write.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace net = boost::asio;
using net::ip::tcp;

namespace {

// htpasswd -nbBC 10: a check takes 50 ms.
constexpr char const* of_s3cret = "$2y$10$bscYTeep5Inbfg2Q0WQn1uiA4TNi.D1Xk5BZ/otC39eSlP00L5kFO";
constexpr char const* right = "cHJvbWV0aGV1czpzM2NyZXQ=";  // prometheus:s3cret
constexpr char const* wrong = "cHJvbWV0aGV1czpndWVzcw==";  // prometheus:guess
constexpr std::size_t series = 100'000;
constexpr iafmetrics::counter_spec<"customer"> orders_total{"orders_total", "Orders, by customer.",
                                                            iafmetrics::series_limit{series + 1}};

std::size_t resident_bytes()
{
    std::ifstream status("/proc/self/status");
    for (std::string line; std::getline(status, line);)
        if (line.starts_with("VmRSS:")) return std::stoul(line.substr(6)) * 1024;
    return 0;
}

struct outcome {
    int status = 0;
    std::size_t bytes = 0;
};

/// One request, whose page is dropped as it comes.
outcome scrape(std::uint16_t port, char const* credentials)
{
    net::io_context io;
    tcp::socket socket(io);
    boost::system::error_code error;
    socket.connect({net::ip::address_v4::loopback(), port}, error);
    std::string const request =
        "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic " +
        std::string(credentials) + "\r\n\r\n";
    net::write(socket, net::buffer(request), error);
    std::string head;
    outcome found;
    std::array<char, 64 * 1024> piece{};
    while (!error) {
        std::size_t const got = socket.read_some(net::buffer(piece), error);
        if (found.bytes == 0 && got > 12) found.status = std::stoi(std::string(piece.data() + 9, 3));
        found.bytes += got;
    }
    return found;
}

struct shop {
    shop()
    {
        auto& orders = metrics.add(orders_total);
        for (std::size_t i = 0; i != series; ++i)
            orders.with("customer-" + std::to_string(i)).increment();
        options.address = "127.0.0.1";
        options.metrics = &scrapes;
        options.scrape_wait = std::chrono::seconds(30);
        options.connection_limit = 256;
        options.authorize = iafmetrics::http::basic_auth({{"prometheus", of_s3cret}});
    }

    iafmetrics::registry metrics;
    iafmetrics::beast::scrape_metrics scrapes{metrics};
    iafmetrics::serve_options options;
};

}  // namespace

TEST_CASE_FIXTURE(
    shop,
    "attack: 1,000 wrong passwords and 50 scrapes at a time leave 100 of 100 scrapes their page in time")
{
    auto const server = iafmetrics::serve(metrics, 0, options);
    auto const first = scrape(server.port(), right);
    REQUIRE(first.status == 200);
    std::size_t const idle = resident_bytes();

    std::atomic<int> guesses{0};
    std::atomic<int> passed{0};
    std::atomic<int> unanswered{0};
    std::atomic<bool> is_over{false};
    std::vector<std::jthread> attackers;
    for (int i = 0; i != 8; ++i)
        attackers.emplace_back([&] {
            while (guesses.fetch_add(1) < 1000) {
                int const status = scrape(server.port(), wrong).status;
                passed += status == 200 ? 1 : 0;
                unanswered += status != 401 && status != 503 ? 1 : 0;
            }
        });
    for (int i = 0; i != 50; ++i)
        attackers.emplace_back([&] {
            while (!is_over)
                (void)scrape(server.port(), right);
        });

    std::atomic<int> whole{0};
    std::mutex mutex;
    std::chrono::nanoseconds longest{};
    std::size_t most = 0;
    std::vector<std::jthread> scrapers;
    for (int i = 0; i != 10; ++i)
        scrapers.emplace_back([&] {
            for (int round = 0; round != 10; ++round) {
                auto const before = std::chrono::steady_clock::now();
                auto const page = scrape(server.port(), right);
                auto const took = std::chrono::steady_clock::now() - before;
                whole += page.status == 200 && page.bytes >= first.bytes ? 1 : 0;
                std::lock_guard const lock(mutex);
                longest = std::max<std::chrono::nanoseconds>(longest, took);
                most = std::max(most, resident_bytes());
            }
        });
    scrapers.clear();
    is_over = true;
    attackers.clear();

    CHECK(whole == 100);
    CHECK(longest < std::chrono::seconds(10));
    CHECK(passed == 0);
    CHECK(unanswered == 0);
    CHECK(most <= idle + (std::size_t{200} << 20U));
    std::size_t refused = 0;
    for (char const* reason : {"unauthorized", "rate_limit", "check_limit"})
        refused += static_cast<std::size_t>(scrapes.refused.with(reason).value().as_double());
    CHECK(refused == 1000);
    MESSAGE("longest scrape " << std::chrono::duration_cast<std::chrono::milliseconds>(longest).count()
                              << " ms, memory at most idle + " << (most - std::min(most, idle)) / 1048576
                              << " MiB, of a page of " << first.bytes / 1048576 << " MiB");
}
