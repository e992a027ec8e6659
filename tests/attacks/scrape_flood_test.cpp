// SPDX-License-Identifier: Apache-2.0
// Passwords that are tried out and scrapes that come all at once, while Prometheus scrapes on.
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/http/basic_auth.hpp>
#include <iafmetrics/serve.hpp>

#include <http_service/metrics_routes.hpp>
#include <http_service/refusals.hpp>
#include <http_service/server.hpp>

#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/write.hpp>

#include <doctest/doctest.h>

#include "../skipped.hpp"
#include <poll.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <list>
#include <mutex>
#include <stop_token>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace net = boost::asio;
using net::ip::tcp;

namespace {

// htpasswd -nbBC 8: a check takes 15 ms.
constexpr char const* of_s3cret = "$2y$08$bscYTeep5Inbfg2Q0WQn1ux4f0pKkloYMsjheoz9sLaY4HgRKc1wa";
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

constexpr char const* attacker = "127.0.0.2";
constexpr char const* prometheus = "127.0.0.1";

std::string request_with(char const* credentials)
{
    return "GET /metrics HTTP/1.1\r\nHost: x\r\nConnection: close\r\nAuthorization: Basic " +
           std::string(credentials) + "\r\n\r\n";
}

/// One request, and those before it, whose pages are dropped as they come, until it is over.
outcome scrape(std::uint16_t port,
               char const* from,
               char const* credentials,
               std::string const& before = "",
               std::stop_token const& over = {})
{
    net::io_context io;
    tcp::socket socket(io, tcp::endpoint{net::ip::make_address(from), 0});
    boost::system::error_code error;
    socket.connect({net::ip::address_v4::loopback(), port}, error);
    net::write(socket, net::buffer(before + request_with(credentials)), error);
    outcome found;
    std::array<char, 64 * 1024> piece{};
    while (!error && !over.stop_requested()) {
        std::size_t const got = socket.read_some(net::buffer(piece), error);
        if (found.bytes == 0 && got > 12) found.status = std::stoi(std::string(piece.data() + 9, 3));
        found.bytes += got;
    }
    return found;
}

struct shop {
    explicit shop(std::size_t padding = 0)
    {
        auto& orders = metrics.add(orders_total);
        for (std::size_t i = 0; i != series; ++i)
            orders.with("customer-" + std::string(padding, '-') + std::to_string(i)).increment();
        page = iafmetrics::exposition::text(metrics).size();
        options.address = "127.0.0.1";
        options.metrics = &scrapes;
        options.authorize = iafmetrics::http::basic_auth({{"prometheus", of_s3cret}});
        idle = resident_bytes();
    }

    [[nodiscard]] std::size_t refused(char const* reason)
    {
        return static_cast<std::size_t>(scrapes.refused.with(reason).value().as_double());
    }

    /// 100 scrapes, ten at a time, the first of which are of a password that is not known yet.
    void scrape_in_good_faith(std::uint16_t port)
    {
        std::atomic<int> whole{0};
        std::mutex mutex;
        std::chrono::nanoseconds longest{};
        std::size_t most = 0;
        std::vector<std::jthread> scrapers;
        for (int i = 0; i != 10; ++i)
            scrapers.emplace_back([&] {
                for (int round = 0; round != 10; ++round) {
                    auto const before = std::chrono::steady_clock::now();
                    auto const got = scrape(port, prometheus, right);
                    auto const took = std::chrono::steady_clock::now() - before;
                    whole += got.status == 200 && got.bytes >= page ? 1 : 0;
                    std::lock_guard const lock(mutex);
                    longest = std::max<std::chrono::nanoseconds>(longest, took);
                    most = std::max(most, resident_bytes());
                }
            });
        scrapers.clear();
        CHECK(whole == 100);
        CHECK(longest < std::chrono::seconds(10));
        // AddressSanitizer keeps 256 MiB of what was freed, ThreadSanitizer shadows each byte.
        if (!is_under_address_sanitizer && !is_under_thread_sanitizer)
            CHECK(most <= idle + (std::size_t{200} << 20U));
        MESSAGE("longest scrape " << std::chrono::duration_cast<std::chrono::milliseconds>(longest).count()
                                  << " ms, memory at most idle + " << (most - std::min(most, idle)) / 1048576
                                  << " MiB, of a page of " << page / 1048576 << " MiB");
    }

    iafmetrics::registry metrics;
    iafmetrics::beast::scrape_metrics scrapes{metrics};
    iafmetrics::serve_options options;  // limits and waits are the defaults
    std::size_t page = 0;
    std::size_t idle = 0;
};

/// Its page is more than a socket's buffer takes.
struct large_shop : shop {
    large_shop() : shop(100) {}
};

/// http_service with the routes of metrics, by default.
class service {
public:
    explicit service(shop& of)
        : turned_away_(of.metrics), scrapes_(of.metrics, {.metrics = &of.scrapes}),
          server_({.refusals = &turned_away_}, {})
    {
        scrapes_.add_to(server_.routes());
        thread_ = std::jthread([this] { server_.run(); });
    }
    service(service const&) = delete;
    service& operator=(service const&) = delete;
    ~service() { server_.stop(); }

    [[nodiscard]] std::uint16_t port() const { return server_.port(); }

private:
    iafmetrics::http_service::refusals turned_away_;
    iafmetrics::http_service::metrics_routes scrapes_;
    iafmetrics::http_service::server server_;
    std::jthread thread_;
};

/// Connections that ask for so many pages, without a password, and read no answer; one that was closed is made anew.
class unread {
public:
    unread(std::uint16_t port, int connections, int pages)
    {
        for (int i = 0; i != pages; ++i)
            requests_ += "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
        for (int i = 0; i != connections; ++i)
            threads_.emplace_back([this, port](std::stop_token const& over) {
                while (!over.stop_requested())
                    hold(port, requests_, over);
            });
    }

private:
    static void hold(std::uint16_t port, std::string_view requests, std::stop_token const& over)
    {
        net::io_context io;
        tcp::socket socket(io);
        boost::system::error_code error;
        socket.open(tcp::v4(), error);
        socket.set_option(net::socket_base::receive_buffer_size(4096), error);
        socket.bind({net::ip::make_address(attacker), 0}, error);
        socket.connect({net::ip::address_v4::loopback(), port}, error);
        socket.non_blocking(true, error);
        std::size_t sent = 0;
        while (!error && !over.stop_requested()) {
            bool const has_more = sent != requests.size();
            pollfd next{socket.native_handle(), POLLRDHUP, 0};
            if (has_more) next.events |= POLLOUT;
            (void)::poll(&next, 1, 100);
            if ((next.revents & ~POLLOUT) != 0) break;
            if (next.revents != 0) sent += socket.write_some(net::buffer(requests) + sent, error);
        }
    }

    std::string requests_;
    std::vector<std::jthread> threads_;
};

}  // namespace

TEST_CASE_FIXTURE(
    shop,
    "attack: 1,000 wrong passwords and 50 scrapes at a time leave 100 of 100 scrapes their page in time")
{
    auto const server = iafmetrics::serve(metrics, 0, options);
    std::atomic<int> guesses{0};
    std::atomic<int> passed{0};
    std::atomic<std::size_t> unauthorized{0};
    std::atomic<std::size_t> closed{0};
    std::atomic<bool> is_over{false};
    std::vector<std::jthread> attackers;
    for (int i = 0; i != 8; ++i)
        attackers.emplace_back([&] {
            while (guesses.fetch_add(1) < 1000) {
                int const status = scrape(server.port(), attacker, wrong).status;
                passed += status == 200 ? 1 : 0;
                unauthorized += status == 401 ? 1 : 0;
                closed += status == 0 ? 1 : 0;
            }
        });
    for (int i = 0; i != 50; ++i)
        attackers.emplace_back([&] {
            while (!is_over)
                (void)scrape(server.port(), attacker, right);
        });
    scrape_in_good_faith(server.port());
    is_over = true;
    attackers.clear();

    CHECK(passed == 0);
    CHECK(unauthorized > 0);
    CHECK(refused("unauthorized") + refused("rate_limit") + refused("check_limit") + closed >=
          1000);  // and first logins that waited for long
    CHECK(refused("unauthorized") >= unauthorized);
    CHECK(refused("connection_limit") >= closed);
}

TEST_CASE_FIXTURE(large_shop,
                  "attack: 60 scrapes whose page is not read leave 100 of 100 scrapes their page in time")
{
    auto const server = iafmetrics::serve(metrics, 0, options);
    net::io_context io;
    std::list<tcp::socket> unread;
    for (int i = 0; i != 60; ++i) {
        auto& one = unread.emplace_back(io, tcp::endpoint{net::ip::make_address(attacker), 0});
        one.set_option(net::socket_base::receive_buffer_size(4096));
        one.connect({net::ip::address_v4::loopback(), server.port()});
        net::write(one, net::buffer(request_with(right)));
    }
    scrape_in_good_faith(server.port());
}

TEST_CASE_FIXTURE(
    shop,
    "attack: 64 peers that ask without a password and read none of their many answers leave 100 of "
    "100 scrapes their page in time")
{
    auto const server = iafmetrics::serve(metrics, 0, options);
    unread const attackers{server.port(), 64, 100'000};
    scrape_in_good_faith(server.port());
    CHECK(refused("connection_limit") > 0);
}

TEST_CASE_FIXTURE(
    shop,
    "attack: http_service: 50 scrapes at a time, with 150 requests on each connection or with one, leave 100 "
    "of 100 scrapes their page in time")
{
    service const server{*this};
    for (int const pipelined : {1, 150}) {
        std::string requests;
        for (int i = 1; i < pipelined; ++i)
            requests += "GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n";
        std::atomic<std::size_t> turned_away{0};
        std::vector<std::jthread> attackers;
        for (int i = 0; i != 50; ++i)
            attackers.emplace_back([&](std::stop_token const& over) {
                while (!over.stop_requested())
                    turned_away +=
                        scrape(server.port(), attacker, right, requests, over).status == 503 ? 1 : 0;
            });
        scrape_in_good_faith(server.port());
        for (auto& one : attackers)
            one.request_stop();
        attackers.clear();
        CHECK(refused("scrape_limit") >= turned_away);
    }
}

TEST_CASE_FIXTURE(large_shop,
                  "attack: http_service: 50 peers that ask for 150 pages each and read none leave 100 of 100 "
                  "scrapes their page in time")
{
    service const server{*this};
    unread const attackers{server.port(), 50, 150};
    scrape_in_good_faith(server.port());
    CHECK(refused("write_timeout") > 0);
}
