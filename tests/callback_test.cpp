// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/callback.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/testing/value.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <limits>
#include <memory>
#include <optional>
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

TEST_CASE("callback: labels given twice are shown once, and counted")
{
    registry r;
    callback const all{r, entries, [](auto& series) {
                           series.with("a", 1).set(1);
                           series.with("a", 1).set(2);
                       }};
    CHECK(testing::value(r, "cache_entries", {{"cache", "a"}, {"shard", 1}}) == 1);
    CHECK(testing::value(r, "iafmetrics_collector_errors_total") == 2);  // a scrape each
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

TEST_CASE("callback: a series has one callback")
{
    registry r;
    gauge_spec<"pool"> const connections{run_time, "pool_connections", "Connections."};
    callback const first(r, connections, label_values{"a"}, [] { return 1; });
    auto const make_again = [&] {
        callback const again(r, connections, label_values{"a"}, [] { return 2; });
    };
    CHECK_THROWS_WITH_AS(make_again(), doctest::Contains("has a callback of these labels already"),
                         registration_error);
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
