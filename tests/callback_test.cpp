// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/callback.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/testing/value.hpp>

#include <doctest/doctest.h>

#include "skipped.hpp"
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <source_location>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>
#include <vector>

using namespace iafmetrics;

namespace {
inline constexpr gauge_spec waiting{"pool_waiting", "Requests that wait."};
inline constexpr gauge_spec<"cache", "shard"> entries{"cache_entries", "Entries."};
inline constexpr counter_spec reads{"file_reads_total", "Reads."};
}  // namespace

TEST_CASE("callback: shows what its function returns at each scrape")
{
    registry r;
    int calls = 0;
    callback const shown{r, waiting, [&] { return ++calls; }};
    CHECK(calls == 0);
    CHECK(testing::value(r, "pool_waiting") == 1);
    CHECK(exposition::text(r).starts_with(
        "# HELP pool_waiting Requests that wait.\n# TYPE pool_waiting gauge\npool_waiting 2\n"));
}

TEST_CASE("callback: a counter beyond 2^53 keeps its last digit")
{
    registry r;
    callback const shown{r, reads, [] { return std::numeric_limits<std::uint64_t>::max(); }};
    CHECK(exposition::text(r).find(
              "# TYPE file_reads_total counter\nfile_reads_total 18446744073709551615\n") !=
          std::string::npos);
}

TEST_CASE("callback: those of one metric share its family, each with labels of its own")
{
    registry r;
    callback const sessions{r, entries, label_values{"sessions", 7}, [] { return 3; }};
    callback const others{r, entries, [](auto& series) {
                              for (int shard = 0; shard != 2; ++shard)
                                  series.with("us\"ers", shard).set(shard * 10.5);
                          }};
    CHECK(exposition::text(r).starts_with("# HELP cache_entries Entries.\n# TYPE cache_entries gauge\n"
                                          "cache_entries{cache=\"sessions\",shard=\"7\"} 3\n"
                                          "cache_entries{cache=\"us\\\"ers\",shard=\"0\"} 0\n"
                                          "cache_entries{cache=\"us\\\"ers\",shard=\"1\"} 10.5\n"));
}

TEST_CASE("callback: is not called and shows nothing after its end, and another may take its place")
{
    registry r;
    {
        callback first{r, waiting, [alive = std::make_unique<int>(1)] { return *alive; }};
        callback const moved{std::move(first)};
        CHECK(testing::value(r, "pool_waiting") == 1);
    }
    CHECK(exposition::text(r).find("pool_waiting") == std::string::npos);
    callback const second{r, waiting, [] { return 2; }};
    CHECK(testing::value(r, "pool_waiting") == 2);
}

TEST_CASE("callback: one that throws costs its own family, not a line of it is shown, and it is counted")
{
    registry r;
    callback const good{r, entries, label_values{"sessions", 7}, [] { return 3; }};
    callback const bad{r, entries, [](auto& series) {
                           series.with("users", 1).set(1);
                           throw std::runtime_error("no cache");
                       }};
    callback const other{r, reads, [] { return 5; }};
    std::string const page = exposition::text(r);
    CHECK(page.find("cache_entries") == std::string::npos);
    CHECK(testing::value(r, "file_reads_total") == 5);
    CHECK(page.find("iafmetrics_collector_errors_total 1\n") != std::string::npos);
}

TEST_CASE("callback: labels given twice cost their sample and no other, and the page tells")
{
    registry r;
    callback const all{r, entries, [](auto& series) {
                           series.with("a", 1).set(1);
                           series.with("a", 1).set(2);
                           series.with("b", 1).set(3);
                       }};
    CHECK(testing::value(r, "cache_entries", {{"cache", "a"}, {"shard", 1}}) == 1);
    CHECK(testing::value(r, "cache_entries", {{"cache", "b"}, {"shard", 1}}) == 3);
    CHECK(testing::value(r, "iafmetrics_series_refused",
                         {{"metric", "cache_entries"},
                          {"reason", "the page has a series of these labels already"}}) == 1);
}

TEST_CASE("callback: what no counter can be is left out and counted, and a gauge may be it")
{
    registry r;
    double now = -1;
    callback const shown{r, reads, [&] { return now; }};
    callback const gauge{r, waiting, [&] { return now; }};
    CHECK(exposition::text(r).find("file_reads_total ") == std::string::npos);
    now = std::numeric_limits<double>::quiet_NaN();
    CHECK(exposition::text(r).find("pool_waiting NaN\n") != std::string::npos);
    now = std::numeric_limits<double>::infinity();
    CHECK(testing::value(r, "iafmetrics_refused_amounts_total", {{"metric", "file_reads_total"}}) == 3);
    CHECK(testing::value(r, "iafmetrics_collector_errors_total") == 0);
}

TEST_CASE("callback: its name is taken for other metrics, and theirs for it")
{
    registry r;
    {
        callback const shown{r, waiting, [] { return 1; }};
    }
    CHECK_THROWS_AS(r.add(waiting), registration_error);
    r.add(reads);
    auto const make = [&](auto const& spec) { callback const made{r, spec, [] { return 1; }}; };
    CHECK_THROWS_AS(make(reads), registration_error);
    CHECK_THROWS_AS(make(gauge_spec{run_time, "pool_waiting", "Otherwise."}), registration_error);
}

TEST_CASE("callback: no call runs when its end returns, whatever is scraped meanwhile")
{
    registry r;
    std::atomic<bool> done{false};
    std::jthread const scraper([&] {
        while (!done)
            (void)exposition::text(r);
    });
    for (int i = 0; i != 500; ++i) {
        auto value = std::make_unique<int>(7);
        std::optional<callback> shown;
        shown.emplace(r, waiting, [&] { return *value; });
        std::this_thread::yield();
        shown.reset();
        *value = -1;
        value.reset();  // a call now would read freed memory
    }
    done = true;
}

TEST_CASE("callback: others of its metric may be made and ended under a lock that its function takes")
{
    registry r;
    std::mutex pools;
    std::atomic<bool> is_inside{false};
    callback const first{r, entries, label_values{"a", 1}, [&] {
                             is_inside = true;
                             std::lock_guard const lock(pools);
                             return 1;
                         }};
    std::optional<std::jthread> scraper;
    {
        std::lock_guard const lock(pools);
        scraper.emplace([&] { (void)exposition::text(r); });
        while (!is_inside)
            std::this_thread::yield();
        callback const second{r, entries, label_values{"b", 1}, [] { return 2; }};
    }
    scraper.reset();
    CHECK(testing::value(r, "cache_entries", {{"cache", "a"}, {"shard", 1}}) == 1);
}

TEST_CASE("callback: its function may end it, make another and make a page")
{
    registry r;
    auto captured = std::make_shared<int>(7);
    std::optional<callback> shown;
    std::optional<callback> next;
    int calls = 0;
    shown.emplace(r, entries, label_values{"a", 1}, [&, captured] {
        ++calls;
        shown.reset();
        next.emplace(r, entries, label_values{"a", 1}, [] { return 8; });
        CHECK(testing::value(r, "cache_entries", {{"cache", "a"}, {"shard", 1}}) == 8);
        return *captured;
    });
    CHECK(testing::value(r, "cache_entries", {{"cache", "a"}, {"shard", 1}}) == 7);
    CHECK(testing::value(r, "cache_entries", {{"cache", "a"}, {"shard", 1}}) == 8);
    CHECK(calls == 1);
    CHECK(captured.use_count() == 1);
}

TEST_CASE("callback: it may outlive the registry, and assigning over one ends it")
{
    auto captured = std::make_shared<int>(7);
    std::optional<callback> shown;
    {
        registry r;
        shown.emplace(r, waiting, [captured] { return *captured; });
        callback& same = *shown;
        *shown = std::move(same);
        CHECK(testing::value(r, "pool_waiting") == 7);
        registry other;
        *shown = callback(other, waiting, [captured] { return *captured + 1; });
        CHECK(exposition::text(r).find("pool_waiting") == std::string::npos);
        CHECK(testing::value(other, "pool_waiting") == 8);
    }
    CHECK(captured.use_count() == 2);
    shown.reset();
    CHECK(captured.use_count() == 1);
}

TEST_CASE("callback: a child of a process that was in one makes pages, makes callbacks and ends them")
{
    if (is_under_thread_sanitizer) return skip(forks_are_not_followed);
    registry r;
    std::atomic<bool> is_inside{false};
    std::atomic<bool> may_leave{false};
    std::optional<callback> first;
    first.emplace(r, entries, label_values{"a", 1}, [&] {
        is_inside = true;
        while (!may_leave)
            std::this_thread::yield();
        return 1;
    });
    std::jthread const scraper([&] { (void)exposition::text(r); });
    while (!is_inside)
        std::this_thread::yield();
    pid_t const child = ::fork();
    if (child == 0) {
        ::alarm(10);
        callback const second{r, entries, label_values{"b", 1}, [] { return 2; }};
        may_leave = true;
        bool const is_whole = testing::value(r, "cache_entries", {{"cache", "b"}, {"shard", 1}}) == 2;
        first.reset();
        ::_exit(is_whole ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    may_leave = true;
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

namespace {
template <class Series>
concept sets = requires(Series& series) { series.set(1); };
}  // namespace

TEST_CASE("callback: a sample is set once")
{
    static_assert(!sets<callback_series<1>::one>);
    static_assert(requires(callback_series<1>& series) { series.with("a").set(1); });
}

TEST_CASE("callback: a series has one callback")
{
    registry r;
    gauge_spec<"pool"> const connections{run_time, "pool_connections", "Connections."};
    callback const first(r, connections, label_values{"a"}, [] { return 1; });
    auto const make_again = [&] {
        callback const again(r, connections, label_values{"a"}, [] { return 2; });
    };
    std::string const file = std::source_location::current().file_name();
    auto const line = std::source_location::current().line();
    std::string const message = "metric \"pool_connections\": has a callback of these labels already, at " +
                                file + ":" + std::to_string(line - 5) + "; this is " + file + ":" +
                                std::to_string(line - 3);
    CHECK_THROWS_WITH_AS(make_again(), message.c_str(), registration_error);
    callback const other(r, connections, label_values{"b"}, [] { return 3; });
    std::string const page = exposition::text(r);
    CHECK(page.find("pool_connections{pool=\"a\"} 1\n") != std::string::npos);
    CHECK(page.find("pool_connections{pool=\"b\"} 3\n") != std::string::npos);
}

TEST_CASE("callback: series beyond the limit are left out and counted")
{
    registry r;
    gauge_spec<"pool"> const connections{run_time, "pool_connections", "Connections.", series_limit{2}};
    callback const all(r, connections, [](auto& series) {
        for (int i = 0; i != 5; ++i)
            series.with(i).set(i);
    });
    std::string const page = exposition::text(r);
    CHECK(page.find("pool_connections{pool=\"1\"} 1\n") != std::string::npos);
    CHECK(page.find("pool_connections{pool=\"2\"}") == std::string::npos);
    CHECK(page.find("iafmetrics_series_dropped_total{metric=\"pool_connections\"} 3\n") != std::string::npos);
}
