// SPDX-License-Identifier: Apache-2.0
// A registry torn at by eight threads while two scrape; and memory after a million series that came and went.
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/testing/value.hpp>

#include <doctest/doctest.h>

#include <malloc.h>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace iafmetrics;

namespace {

#if defined(__SANITIZE_THREAD__) || defined(__SANITIZE_ADDRESS__)
inline constexpr bool is_sanitized = true;
#else
inline constexpr bool is_sanitized = false;
#endif

inline constexpr claimable<counter_spec<"session">> calls{"calls_total", "Calls of \"each\" \\ session\n.",
                                                          series_limit{100'000}};
inline constexpr claimable<histogram_spec<"session", "kind">> waits{"wait_seconds", "Waits.", buckets{1, 2},
                                                                    series_limit{100'000}};
inline constexpr claimable<up_down_counter_spec<"session">> open{"open_connections", "Open."};
inline constexpr counter_spec<"thread"> done_by{"done_total", "Done."};
inline constexpr histogram_spec<"thread"> took{"took_seconds", "Took.", buckets{1}};

/// A page's lines are well-formed, each family has one head and each series one line; every histogram's +Inf is its
/// count. Returns what is wrong first.
std::string first_flaw(std::string_view page)
{
    std::set<std::string, std::less<>> heads;
    std::set<std::string, std::less<>> series;
    std::string_view last_infinity;
    while (!page.empty()) {
        std::size_t const end = page.find('\n');
        if (end == std::string_view::npos) return "a line without an end: " + std::string(page);
        std::string_view const line = page.substr(0, end);
        page.remove_prefix(end + 1);
        if (line.starts_with("# ")) {
            if (!heads.emplace(line.substr(0, line.find(' ', 7))).second)
                return "a head twice: " + std::string(line);
            continue;
        }
        std::size_t const blank = line.rfind(' ');
        std::string_view const name = line.substr(0, blank);
        std::string const number(line.substr(blank + 1));
        char* rest = nullptr;
        (void)std::strtod(number.c_str(), &rest);
        if (blank == std::string_view::npos || number.empty() || *rest != '\0')
            return "not a sample: " + std::string(line);
        if (name.find('{') != std::string_view::npos && name.back() != '}')
            return "open labels: " + std::string(line);
        if (!series.emplace(name).second) return "a series twice: " + std::string(line);
        if (name.find("le=\"+Inf\"") != std::string_view::npos) last_infinity = line.substr(blank + 1);
        if (name.find("_count{") != std::string_view::npos && line.substr(blank + 1) != last_infinity)
            return "a count that is not its +Inf bucket: " + std::string(line);
    }
    return "";
}

}  // namespace

TEST_CASE("stress: eight threads create, claim, drop and observe series while two scrape")
{
    constexpr int threads = 8;
    constexpr int rounds = is_sanitized ? 2'000 : 10'000;
    registry r;
    auto& call = r.add(calls);
    auto& wait = r.add(waits);
    auto& connection = r.add(open);
    auto& done = r.add(done_by);
    auto& time = r.add(took);
    // Owned from the start to the end: what all threads count in it is exact.
    auto const shared = call.claim("shared\"\\\n");
    std::atomic<bool> is_over{false};
    std::atomic<int> pages{0};
    std::vector<std::string> flaws(2);
    {
        std::vector<std::jthread> scrapers;
        for (int s = 0; s != 2; ++s)
            scrapers.emplace_back([&, s] {
                while (!is_over && flaws[static_cast<std::size_t>(s)].empty()) {
                    flaws[static_cast<std::size_t>(s)] = first_flaw(exposition::text(r));
                    ++pages;
                }
            });
        std::vector<std::jthread> pool;
        for (int t = 0; t != threads; ++t)
            pool.emplace_back([&, t] {
                auto const mine = call.claim(t);  // shared by name with the visitors below
                std::vector<claimed_of<waits>> kept(16);
                for (int i = 0; i != rounds; ++i) {
                    mine->increment();
                    call.claim("shared\"\\\n")->increment();
                    auto const visitor = call.claim((t + i) % threads);
                    visitor->increment(0);
                    auto& slot = kept[static_cast<std::size_t>(i) % kept.size()];
                    slot = wait.claim(i % 50, i % 2 == 0);
                    slot->observe(i % 3);
                    auto const under_way = connection.claim(i % 5);
                    under_way->increment();
                    done.with(t).increment();
                    time.with(i % 100).observe(0.5);
                    under_way->decrement();
                    if (i % 64 == 0) std::this_thread::yield();
                }
                CHECK(mine->value().as_unsigned() == rounds);
            });
        pool.clear();
        is_over = true;
    }
    for (std::string const& flaw : flaws)
        CHECK(flaw == "");
    MESSAGE(pages.load(), " pages");
    CHECK(shared->value().as_unsigned() == threads * rounds);
    std::uint64_t observed = 0;
    time.for_each([&](labels_view, histogram const& one) { observed += one.count(); });
    CHECK(observed == threads * rounds);
    for (int t = 0; t != threads; ++t)
        CHECK(done.with(t).value().as_unsigned() == rounds);
    CHECK(call.size() == 1);
    CHECK(wait.size() == 0);
    CHECK(connection.size() == 0);
    CHECK(exposition::text(r).find("wait_seconds") == std::string::npos);
}

TEST_CASE("stress: refusals of series that come and go never go back between pages and are exact at the end")
{
    constexpr int threads = 4;
    constexpr int rounds = is_sanitized ? 1'000 : 20'000;
    registry r;
    auto& call = r.add(calls);
    auto const refusals = [&] {
        return testing::value(r, "iafmetrics_refused_amounts_total", {{"metric", "calls_total"}});
    };
    auto const first = call.claim("first");
    first->increment(-1);
    std::atomic<bool> is_over{false};
    std::atomic<int> steps_back{0};
    {
        std::vector<std::jthread> scrapers;
        for (int s = 0; s != 2; ++s)
            scrapers.emplace_back([&] {
                for (double last = 0; !is_over;) {
                    double const now = refusals();
                    if (now < last) ++steps_back;
                    last = now;
                }
            });
        std::vector<std::jthread> pool;
        for (int t = 0; t != threads; ++t)
            pool.emplace_back([&, t] {
                for (int i = 0; i != rounds; ++i)
                    call.claim((t + i) % 100)->increment(-1);
            });
        pool.clear();
        is_over = true;
    }
    CHECK(steps_back == 0);
    CHECK(refusals() == 1 + threads * rounds);
}

TEST_CASE("stress: memory is what it was after a million series came and went")
{
    constexpr int series = is_sanitized ? 100'000 : 1'000'000;
    registry r;
    auto& call = r.add(calls);
    auto& wait = r.add(waits);
    std::size_t longest_page = 0;
    auto const come_and_go = [&](int from, int count) {
        std::vector<claimed_of<calls>> owners(1000);
        std::vector<claimed_of<waits>> others(100);
        for (int i = from; i != from + count; ++i) {
            auto& owner = owners[static_cast<std::size_t>(i) % owners.size()];
            owner = call.claim(i);
            owner->increment();
            if (i % 10 == 0) {
                auto& other = others[static_cast<std::size_t>(i / 10) % others.size()];
                other = wait.claim(i, "a kind that does not fit into a small string");
                other->observe(1);
            }
            if (i % 50'000 == 0) longest_page = std::max(longest_page, exposition::text(r).size());
        }
    };
    come_and_go(0, 20'000);  // pages, chunks and lists of freed places are there now
    auto const ids = detail::local_store.next_id;
    std::size_t const bytes = ::mallinfo2().uordblks;
    come_and_go(20'000, series);
    CHECK(longest_page > 10'000);
    CHECK(call.size() == 0);
    CHECK(wait.size() == 0);
    CHECK(detail::local_store.next_id == ids);
    if constexpr (!is_sanitized)  // they have an allocator of their own
        CHECK(::mallinfo2().uordblks <= bytes + 4096);
    CHECK(exposition::text(r).empty());
}
