// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/state_set.hpp>
#include <iafmetrics/testing/fake_clock.hpp>

#include <doctest/doctest.h>

#include "skipped.hpp"
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <cmath>
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <type_traits>
#include <utility>
#include <vector>

using namespace iafmetrics;
using namespace std::chrono_literals;
using testing::fake_clock;

namespace {

inline constexpr claimable<gauge_spec<"session">> memory{"session_memory_bytes", "Memory."};
inline constexpr claimable<counter_spec<"session">> calls{"session_calls_total", "Calls."};
inline constexpr claimable<histogram_spec<"session">> waits{"session_wait_seconds", "Waits.", buckets{1}};
inline constexpr claimable<counter_spec<"session">, fake_clock> lingering{"lingering_total", "Calls.",
                                                                          expire_after{10s}, series_limit{3}};
inline constexpr claimable<counter_spec<"session">> few{"few_total", "Few.", series_limit{2}};

bool shows(registry const& r, std::string_view line)
{
    return ("\n" + exposition::text(r)).find("\n" + std::string(line)) != std::string::npos;
}

template <class Family>
concept has_with = requires(Family& f) { f.with("a"); };

}  // namespace

TEST_CASE("claimable_family: a series is on the page as long as its owner lives")
{
    registry r;
    family_of<memory>& family = r.add(memory);
    static_assert(!has_with<family_of<memory>>);
    static_assert(!std::is_copy_constructible_v<claimed_of<memory>>);
    {
        claimed_of<memory> const mine = family.claim("a");
        mine->set(5);
        CHECK(shows(r, "session_memory_bytes{session=\"a\"} 5\n"));
    }
    CHECK(exposition::text(r).empty());
    CHECK(family.size() == 0);
}

TEST_CASE("claimable_family: claimed twice a series is shared and goes with the last owner")
{
    registry r;
    auto& family = r.add(calls);
    auto first = family.claim("a");
    auto second = family.claim("a");
    CHECK(&*first == &*second);
    first->increment();
    first.reset();
    CHECK(!first);
    second->increment();
    CHECK(shows(r, "session_calls_total{session=\"a\"} 2\n"));
    auto moved = std::move(second);
    CHECK(!second);
    moved = family.claim("b");
    CHECK(!shows(r, "session_calls_total{session=\"a\"}"));
    CHECK(shows(r, "session_calls_total{session=\"b\"} 0\n"));
}

TEST_CASE("claimable_family: labels claimed again after their end start at zero, whatever thread counted")
{
    registry r;
    auto& count = r.add(calls);
    auto& wait = r.add(waits);
    for (int i = 0; i != 50; ++i) {
        auto const c = count.claim("a");
        auto const w = wait.claim("a");
        REQUIRE(c->value().as_unsigned() == 0);
        REQUIRE(w->count() == 0);
        std::thread([&] {
            c->increment(3);
            w->observe(2);
        }).join();
        c->increment(4);
        REQUIRE(c->value().as_unsigned() == 7);
        REQUIRE(w->sum() == 2);
    }
}

TEST_CASE("claimable_family: series come in the order in which they were claimed")
{
    registry r;
    auto& family = r.add(memory);
    auto c = family.claim("c");
    auto a = family.claim("a");
    auto b = family.claim("b");
    a.reset();
    a = family.claim("a");
    CHECK(exposition::text(r) ==
          "# HELP session_memory_bytes Memory.\n# TYPE session_memory_bytes gauge\n"
          "session_memory_bytes{session=\"c\"} 0\nsession_memory_bytes{session=\"b\"} 0\n"
          "session_memory_bytes{session=\"a\"} 0\n");
    std::string seen;
    family.for_each([&](labels_view labels, gauge const&) { seen += labels.text(); });
    CHECK(seen == "session=\"c\"session=\"b\"session=\"a\"");
}

TEST_CASE("claimable_family: beyond its limit owners share one visible series and room comes back")
{
    registry r;
    auto& family = r.add(few);
    auto one = family.claim("1");
    auto two = family.claim("2");
    {
        auto three = family.claim("3");
        three->increment(3);
    }
    CHECK(shows(r, "few_total{session=\"_other\"} 3\n"));
    CHECK(shows(r, "iafmetrics_series_dropped_total{metric=\"few_total\"} 1\n"));
    one.reset();
    auto const four = family.claim("4");
    four->increment(4);
    CHECK(shows(r, "few_total{session=\"4\"} 4\n"));
    CHECK(shows(r, "iafmetrics_series_dropped_total{metric=\"few_total\"} 1\n"));
    auto const other = family.claim("_other");
    CHECK(other->value().as_unsigned() == 3);
}

TEST_CASE("claimable_family: values that are not UTF-8 share the series that they look like")
{
    registry r;
    auto& family = r.add(memory);
    auto const a = family.claim("a\"\n\xFF");
    auto const b = family.claim("a\"\n\xFE");
    CHECK(&*a == &*b);
    CHECK(shows(r, "session_memory_bytes{session=\"a\\\"\\n\xEF\xBF\xBD\"} 0\n"));
}

TEST_CASE("claimable_family: owners may outlive the registry")
{
    claimed_of<calls> mine;
    claimed_of<few> other;
    {
        registry r;
        mine = r.add(calls).claim("a");
        other = r.add(few).claim("_other");
    }
    mine->increment();
    other->increment();
    CHECK(mine->value().as_unsigned() == 1);
}

TEST_CASE("claimable_family: a declaration that is not claimable is another one, and both places are named")
{
    registry r;
    r.add(memory);
    CHECK_THROWS_AS(r.add(gauge_spec<"session">{run_time, "session_memory_bytes", "Memory."}),
                    registration_error);
    r.add(lingering);
    claimable<counter_spec<"session">, fake_clock> const longer{run_time, "lingering_total", "Calls.",
                                                                expire_after{11s}, series_limit{3}};
    CHECK_THROWS_AS(r.add(longer), registration_error);
}

TEST_CASE("claimable_family: an expiry that is no time at all is refused")
{
    using spec = claimable<gauge_spec<"session">>;
    CHECK_THROWS_AS((spec{run_time, "a_bytes", "A.", expire_after{0s}}), registration_error);
    CHECK_THROWS_AS((spec{run_time, "a_bytes", "A.", expire_after{-1s}}), registration_error);
    CHECK_THROWS_AS((spec{run_time, "a_bytes", "A.", expire_after{std::chrono::duration<double>(NAN)}}),
                    registration_error);
}

TEST_CASE("expire_after: any duration is understood, and one too long for a clock is for ever")
{
    CHECK(expire_after{std::chrono::duration<double>(1.5)}.nanoseconds == 1'500'000'000);
    CHECK(expire_after{std::chrono::duration<int, std::pico>(2'000)}.nanoseconds == 2);
    CHECK(expire_after{std::chrono::hours::max()}.nanoseconds == std::numeric_limits<std::int64_t>::max());
    CHECK(expire_after{std::chrono::duration<double>(INFINITY)}.nanoseconds ==
          std::numeric_limits<std::int64_t>::max());
}

namespace {

/// A clock that counts halves of a second.
struct clock_of_halves {
    using duration = std::chrono::duration<double>;
    using time_point = std::chrono::time_point<clock_of_halves>;
    static constexpr bool is_steady = true;
    static time_point now() { return time_point(duration(seconds)); }
    static inline double seconds = 1000;
};

}  // namespace

TEST_CASE("expire_after: a clock may count in any unit")
{
    registry r;
    auto& family = r.add(claimable<counter_spec<"session">, clock_of_halves>{
        run_time, "halves_total", "Halves.", expire_after{1500ms}});
    (void)family.claim("a");
    clock_of_halves::seconds += 1;
    CHECK(shows(r, "halves_total{session=\"a\"} 0\n"));
    clock_of_halves::seconds += 0.5;
    CHECK(!shows(r, "halves_total{session=\"a\"}"));
}

TEST_CASE("expire_after: without an owner a series stays for that time, and goes on where it was")
{
    registry r;
    auto& family = r.add(lingering);
    family.claim("a")->increment(2);
    CHECK(shows(r, "lingering_total{session=\"a\"} 2\n"));
    fake_clock::advance(9s);
    family.claim("a")->increment(3);
    CHECK(shows(r, "lingering_total{session=\"a\"} 5\n"));
    fake_clock::advance(9s);
    CHECK(shows(r, "lingering_total{session=\"a\"} 5\n"));
    CHECK(family.size() == 1);
    fake_clock::advance(1s);
    CHECK(!shows(r, "lingering_total{session=\"a\"}"));
    CHECK(family.size() == 0);
    CHECK(family.claim("a")->value().as_unsigned() == 0);
}

TEST_CASE("expire_after: with an owner a series is hidden while it is not used and comes back with its value")
{
    registry r;
    auto& family = r.add(lingering);
    auto const mine = family.claim("a");
    counter& held = *mine;
    held.increment(2);
    CHECK(shows(r, "lingering_total{session=\"a\"} 2\n"));
    fake_clock::advance(10s);
    CHECK(!shows(r, "lingering_total{session=\"a\"}"));
    held.increment();  // not seen by the owner: the scrape finds another value
    CHECK(shows(r, "lingering_total{session=\"a\"} 3\n"));
    fake_clock::advance(10s);
    CHECK(!shows(r, "lingering_total{session=\"a\"}"));
    mine->increment(0);  // the value stays, and it is a use all the same
    CHECK(shows(r, "lingering_total{session=\"a\"} 3\n"));
}

TEST_CASE("expire_after: what has expired makes room for new series also where nobody scrapes")
{
    registry r;
    auto& family = r.add(lingering);
    for (char const* session : {"1", "2", "3"})
        (void)family.claim(session);
    (void)family.claim("4");
    CHECK(family.size() == 3);
    CHECK(family.dropped() == 1);
    fake_clock::advance(10s);
    auto const five = family.claim("5");
    CHECK(family.size() == 1);
    CHECK(family.dropped() == 1);
    CHECK(five.labels().text() == "session=\"5\"");
}

namespace {

/// A family that counts which series it is asked about.
class watched_family final : public detail::claimable_base {
public:
    explicit watched_family(detail::family_options options) : claimable_base(std::move(options))
    {
        make_overflow();
    }
    ~watched_family() override { destroy_all(); }

    [[nodiscard]] detail::claimed_node& claim(int session)
    {
        std::string const text = std::to_string(session);
        std::array<std::string_view, 1> const values{text};
        return take(values);
    }
    mutable std::size_t visited = 0;
    std::size_t freed = 0;

private:
    detail::claimed_node* make_node() override { return new detail::claimed_node; }
    void destroy_node(detail::claimed_node* node) noexcept override
    {
        if (node != nullptr) ++freed;
        delete node;
    }
    void show(detail::claimed_node const&, visitor&, detail::chunk_reader&) const override {}
    std::uint64_t refused(detail::claimed_node const&) const noexcept override
    {
        ++visited;
        return 0;
    }
    std::uint64_t observed(detail::claimed_node const&) const noexcept override
    {
        ++visited;
        return 0;
    }
};

std::int64_t& watched_clock()
{
    static std::int64_t now = 0;
    return now;
}

}  // namespace

TEST_CASE("expire_after: a claim at the limit visits those that have expired, some at a time, and no others")
{
    constexpr int limit = 1000;
    detail::family_options options;
    options.label_names = {"session"};
    options.limit = limit;
    options.expire_after = 10;
    options.clock = {[] { return watched_clock(); }};
    watched_family family(options);
    std::vector<detail::claimed_node*> owned;
    for (int i = 0; i != limit; ++i)
        owned.push_back(&family.claim(i));
    family.visited = 0;
    family.release(family.claim(limit));  // all are owned
    CHECK(family.visited == 0);
    for (detail::claimed_node* const node : owned)
        family.release(*node);
    watched_clock() += 9;
    for (int i = 0; i < limit; i += 2)  // used again: no longer the oldest
        family.release(family.claim(i));
    family.release(family.claim(limit + 1));
    CHECK(family.visited == 0);
    CHECK(family.dropped() == 2);
    watched_clock() += 1;
    auto& made = family.claim(limit + 2);
    CHECK(family.freed == 64);
    CHECK(family.visited <= 64);
    CHECK(family.dropped() == 2);
    for (int i = 0; i != limit; ++i)
        family.release(family.claim(limit + 3 + i));
    CHECK(family.freed == limit / 2);
    CHECK(family.dropped() == 2 + limit + 1 - limit / 2);
    family.release(made);
}

TEST_CASE("claimable_family: what a series refused stays counted when it goes, is hidden or expires")
{
    registry r;
    auto const line = [](auto metric, int refusals) {
        return "iafmetrics_refused_amounts_total{metric=\"" + std::string(metric) + "\"} " +
               std::to_string(refusals) + "\n";
    };
    auto& family = r.add(calls);
    {
        auto const mine = family.claim("a");
        mine->increment(-1);
        mine->increment(-1);
        CHECK(shows(r, line(family.name(), 2)));
        mine->increment(-1);
    }
    CHECK(shows(r, line(family.name(), 3)));
    family.claim("a")->increment(-1);  // never seen by a page
    CHECK(shows(r, line(family.name(), 4)));
    family.claim("_other")->increment(-1);
    CHECK(shows(r, line(family.name(), 5)));
    CHECK(shows(r, line(family.name(), 5)));

    auto& expiring = r.add(lingering);
    auto const held = expiring.claim("a");
    expiring.claim("b")->increment(-1);
    held->increment(-1);
    CHECK(shows(r, line(expiring.name(), 2)));
    fake_clock::advance(10s);
    CHECK(!shows(r, "lingering_total{"));
    CHECK(expiring.size() == 1);
    CHECK(shows(r, line(expiring.name(), 2)));
}

TEST_CASE("claimable_family: an owner that ends while its series is shown is shown to the end")
{
    registry r;
    auto& family = r.add(calls);
    std::vector<claimed_of<calls>> owners;
    for (int i = 0; i != 200; ++i)
        owners.push_back(family.claim(i));
    // The first piece of the walk drops everything and claims the same labels anew.
    class dropper final : public visitor {
    public:
        dropper(std::vector<claimed_of<calls>>& held, family_of<calls>& claims) : owners(held), family(claims)
        {}
        void begin_family(family_header const&) override {}
        void histogram(labels_view, histogram_snapshot const&) override {}
        void summary(labels_view, summary_snapshot const&) override {}
        void value(labels_view labels, number) override
        {
            seen.emplace_back(labels.text());
            if (seen.size() != 1) return;
            owners.clear();
            for (int i = 0; i != 200; ++i)
                owners.push_back(family.claim(i));
        }
        std::vector<claimed_of<calls>>& owners;
        family_of<calls>& family;
        std::vector<std::string> seen;
    } out(owners, family);
    r.visit(out);
    // 64 were pinned; of the others no label may come twice.
    CHECK(out.seen.size() == 64);
    std::vector<std::string> sorted = out.seen;
    std::sort(sorted.begin(), sorted.end());
    CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
    CHECK(family.size() == 200);
    owners.clear();
    CHECK(family.size() == 0);
    CHECK(exposition::text(r).empty());
}

TEST_CASE("claimable_family: a scrape that fails in the middle lets go of what it showed")
{
    registry r;
    auto& family = r.add(calls);
    auto mine = family.claim("a");
    CHECK_THROWS_AS(exposition::write_text(r, [](std::string_view) { throw std::runtime_error("gone"); }),
                    std::runtime_error);
    family.for_each([](labels_view, counter const&) {});
    CHECK_THROWS_AS(family.for_each([](labels_view, counter const&) { throw 1; }), int);
    mine.reset();
    CHECK(family.size() == 0);
    CHECK(exposition::text(r).empty());
}

TEST_CASE("claimable_family: a walk that fails leaves no series behind in memory")
{
    registry r;
    auto& family = r.add(calls);
    auto const fail_once = [&] {
        auto const mine = family.claim("a");
        CHECK_THROWS_AS(family.for_each([](labels_view, counter const&) { throw 1; }), int);
    };
    fail_once();
    std::uint32_t const places = detail::local_store.next_id;
    for (int i = 0; i != 20'000; ++i)
        fail_once();
    CHECK(detail::local_store.next_id == places);
}

TEST_CASE("claimed: assigned to itself it stays an owner")
{
    registry r;
    auto& family = r.add(calls);
    auto mine = family.claim("a");
    mine->increment();
    auto& same = mine;
    mine = std::move(same);
    REQUIRE(mine);
    CHECK(mine->value().as_unsigned() == 1);
    CHECK(family.size() == 1);
}

namespace {

/// A counter that is freed gives one place back.
template <class Act>
bool frees_a_counter(Act const& act)
{
    while (detail::local_store.free_blocks[1] != nullptr)
        (void)detail::take_block(detail::local_store, 1);
    act();
    return detail::local_store.free_blocks[1] != nullptr;
}

}  // namespace

TEST_CASE("claimable_family: what a scrape of the parent process pinned is freed in a child")
{
    if (is_under_thread_sanitizer) return skip(forks_are_not_followed);
    registry r;
    auto& family = r.add(calls);
    auto before = family.claim("gone before the fork");
    auto after = family.claim("gone after the fork");
    std::atomic<bool> is_inside{false};
    std::atomic<bool> may_leave{false};
    std::jthread const scraper([&] {
        family.for_each([&](labels_view, counter const&) {
            is_inside = true;
            while (!may_leave)
                std::this_thread::yield();
        });
    });
    while (!is_inside)
        std::this_thread::yield();
    before.reset();
    pid_t const child = ::fork();
    if (child == 0) {
        ::alarm(10);
        bool const first = frees_a_counter([&] { family.for_each([](labels_view, counter const&) {}); });
        bool const second = frees_a_counter([&] { after.reset(); });
        ::_exit((first ? 0 : 1) + (second ? 0 : 2));
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    may_leave = true;
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("claimable_family: in a child that was forked in the middle of a walk what the walk pinned stays")
{
    if (is_under_thread_sanitizer) return skip(forks_are_not_followed);
    registry r;
    auto& family = r.add(calls);
    auto mine = family.claim("a");
    mine->increment(3);
    pid_t child = -1;
    bool is_kept = false;
    bool is_freed = frees_a_counter([&] {
        family.for_each([&](labels_view, counter const& shown) {
            child = ::fork();
            if (child != 0) return;
            ::alarm(10);
            bool const is_freed_early = frees_a_counter([&] {
                std::thread([&] {
                    mine.reset();
                    family.for_each([](labels_view, counter const&) {});
                }).join();
            });
            is_kept = !is_freed_early && shown.value().as_unsigned() == 3;
        });
    });
    if (child == 0) ::_exit(is_kept && is_freed ? 0 : 1);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("claim_index: finds what is in it while it grows and shrinks, with equal hashes too")
{
    detail::claim_index index;
    std::vector<std::unique_ptr<detail::claimed_node>> nodes;
    auto const find = [&](std::size_t i, std::uint64_t hash) {
        return index.find(hash, [&](detail::claimed_node const& node) { return node.sequence == i; });
    };
    auto const hash_of = [](std::size_t i) { return std::uint64_t{i % 7 == 0 ? 7 : i}; };
    for (std::size_t i = 0; i != 5000; ++i) {
        auto& node = *nodes.emplace_back(std::make_unique<detail::claimed_node>());
        node.hash = hash_of(i);
        node.sequence = i;
        REQUIRE(index.insert(node));
    }
    CHECK(index.bucket_count() >= 4096);
    for (std::size_t i = 0; i != 5000; ++i)
        REQUIRE(find(i, hash_of(i)) == nodes[i].get());
    for (std::size_t i = 0; i != 5000; i += 2)
        index.erase(*nodes[i]);
    for (std::size_t i = 0; i != 5000; ++i)
        REQUIRE(find(i, hash_of(i)) == (i % 2 == 0 ? nullptr : nodes[i].get()));
    for (std::size_t i = 1; i < 5000; i += 2)
        index.erase(*nodes[i]);
    CHECK(index.size() == 0);
    CHECK(index.bucket_count() == 8);
}
