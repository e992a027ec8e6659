// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/counter.hpp>
#include <iafmetrics/detail/cell_block.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/histogram.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/up_down_counter.hpp>

#include <doctest/doctest.h>

#include "../skipped.hpp"
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <latch>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <thread>
#include <vector>

using namespace iafmetrics;

namespace {

std::size_t slabs()
{
    std::size_t count = 0;
    for (auto* s = detail::local_store.first_slab.load(); s != nullptr; s = s->next.load())
        ++count;
    return count;
}

/// Of all threads.
std::size_t chunks()
{
    std::size_t count = 0;
    for (auto* s = detail::local_store.first_slab.load(); s != nullptr; s = s->next.load())
        for (std::uint32_t i = 0; i != detail::directory_size; ++i)
            if (s->chunk(i).load(std::memory_order_acquire) != nullptr) ++count;
    return count;
}

/// Runs `body` in a child; true where it ends by itself with status 0.
template <class Body>
bool succeeds_in_child(Body body)
{
    pid_t const child = ::fork();
    if (child == 0) {
        ::alarm(10);  // a child that hangs ends, and fails
        ::_exit(body() ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

}  // namespace

TEST_CASE("cells: numbers of threads that have ended stay and their slabs are used again")
{
    counter c;
    std::size_t const before = slabs();
    for (int i = 0; i != 2000; ++i)
        std::thread([&] { c.increment(); }).join();
    CHECK(c.value().as_unsigned() == 2000);
    CHECK(slabs() <= before + 1);
}

TEST_CASE("cells: sums are exact and never go back while threads come and go under a scrape")
{
    counter c;
    up_down_counter in_flight;
    std::atomic<bool> done{false};
    std::atomic<bool> went_back{false};
    std::jthread scraper([&] {
        double last = 0;
        while (!done) {
            double const now = c.value().as_double();
            if (now < last) went_back = true;
            last = now;
        }
    });
    for (int round = 0; round != 50; ++round) {
        std::vector<std::jthread> pool;
        for (int t = 0; t != 4; ++t)
            pool.emplace_back([&] {
                for (int i = 0; i != 500; ++i) {
                    in_flight.increment();
                    c.increment();
                    c.increment(0.25);
                    in_flight.decrement();
                }
            });
    }
    done = true;
    scraper.join();
    CHECK(c.value().as_double() == 50 * 4 * 500 * 1.25);
    CHECK(in_flight.value().as_signed() == 0);
    CHECK(!went_back);
}

TEST_CASE("cells: an instrument that takes a freed place starts at zero")
{
    for (int i = 0; i != 100; ++i) {
        std::optional<counter> c(std::in_place);
        CHECK(c->value().as_unsigned() == 0);
        c->increment(7);
        std::thread([&] { c->increment(8); }).join();
        CHECK(c->value().as_unsigned() == 15);
        constexpr std::array<double, 2> bounds{1, 2};
        histogram h(bounds);
        CHECK(h.count() == 0);
        CHECK(h.sum() == 0);
        h.observe(1.5);
    }
}

TEST_CASE("cells: places are used again and not taken anew")
{
    {
        counter warm;
        warm.increment();
    }
    std::uint32_t const before = detail::local_store.next_id;
    for (int i = 0; i != 10'000; ++i) {
        counter c;
        c.increment();
    }
    CHECK(detail::local_store.next_id == before);
}

TEST_CASE("cells: many instruments made at once have places of their own")
{
    std::vector<counter> counters(5000);
    constexpr std::array<double, 3> bounds{1, 2, 3};
    std::vector<std::optional<histogram>> histograms(500);
    for (auto& h : histograms)
        h.emplace(bounds);
    for (std::size_t i = 0; i != counters.size(); ++i)
        counters[i].increment(i);
    for (std::size_t i = 0; i != histograms.size(); ++i)
        histograms[i]->observe(static_cast<double>(i));
    for (std::size_t i = 0; i != counters.size(); ++i)
        REQUIRE(counters[i].value().as_unsigned() == i);
    for (std::size_t i = 0; i != histograms.size(); ++i) {
        REQUIRE(histograms[i]->count() == 1);
        REQUIRE(histograms[i]->sum() == static_cast<double>(i));
    }
}

TEST_CASE("cells: of many series a thread takes memory for the neighbourhoods that it touches, once")
{
    std::vector<counter> counters(20 * detail::chunk_cells);
    for (counter& each : counters)
        each.reserve();
    std::size_t const before = chunks();
    for (int i = 0; i != 10; ++i)
        std::thread([&] {
            counters.front().increment();
            counters.back().increment();
        }).join();
    CHECK(chunks() <= before + 2);
    CHECK(counters.front().value().as_unsigned() == 10);
    CHECK(counters.back().value().as_unsigned() == 10);
}

TEST_CASE("cells: a counter used while thread_local objects are destroyed loses nothing")
{
    static counter c;
    struct late {
        bool touched = false;
        ~late() { c.increment(5); }
    };
    std::thread([] {
        // Made before the thread's slab is leased, so destroyed after the slab was given back.
        thread_local late l;
        l.touched = true;
        c.increment();
    }).join();
    CHECK(c.value().as_unsigned() == 6);
}

TEST_CASE("cells: threads that meet at the first use of a counter agree on its place")
{
    for (int round = 0; round != 200; ++round) {
        counter c;
        std::atomic<int> ready{0};
        {
            std::vector<std::jthread> pool;
            for (int t = 0; t != 4; ++t)
                pool.emplace_back([&] {
                    ++ready;
                    while (ready != 4) {}
                    c.increment();
                });
        }
        REQUIRE(c.value().as_unsigned() == 4);
    }
}

TEST_CASE("histogram_cells: a page's sum and buckets differ at most by the observations under way")
{
    constexpr std::array<double, 2> bounds{1, 2};
    histogram h(bounds);
    std::atomic<bool> done{false};
    constexpr int writers = 2;
    std::uint64_t torn = 0;
    std::uint64_t reads = 0;
    {
        std::jthread const scraper([&] {
            std::array<std::uint64_t, 3> counts;
            std::uint64_t last = 0;
            do {
                double const sum = h.read(counts);
                std::uint64_t const total = counts[0] + counts[1] + counts[2];
                double const apart = static_cast<double>(total) - sum;
                if (apart != 0) ++torn;
                REQUIRE(apart >= -writers);
                REQUIRE(apart <= writers);
                REQUIRE(total >= last);
                last = total;
                ++reads;
            } while (!done);
        });
        std::vector<std::jthread> pool;
        for (int t = 0; t != writers; ++t)
            pool.emplace_back([&] {
                for (int i = 0; i != 2000; ++i) {
                    h.observe(1);
                    std::this_thread::yield();
                }
            });
        pool.clear();
        done = true;
    }
    CHECK(h.count() == 4000);
    CHECK(h.sum() == 4000);
    MESSAGE(torn, " of ", reads, " reads met a writer that was preempted in the middle");
    CHECK(torn <= 1 + reads / 10);
}

TEST_CASE("cells: a full directory is asked once and then counted past without a lock")
{
    if (is_under_thread_sanitizer) return skip(forks_are_not_followed);
    CHECK(succeeds_in_child([] {
        detail::local_store.next_id = detail::directory_size << detail::chunk_bits;
        constexpr std::array<double, 1> bounds{1};
        counter c;
        histogram h(bounds);
        c.increment();
        h.observe(1);
        std::lock_guard const lock(detail::local_store.cells);  // whoever takes it again waits for ever
        c.increment(2);
        h.observe(2);
        return c.value().as_unsigned() == 3 && h.count() == 2 && h.sum() == 3;
    }));
}
TEST_CASE("cells: where memory is out a thread counts past its cells without a lock, and nothing is lost")
{
    if (is_under_thread_sanitizer) return skip(forks_are_not_followed);
    if (is_under_address_sanitizer) return skip("AddressSanitizer ends a program where memory is out");
    CHECK(succeeds_in_child([] {
        counter early;
        early.increment();  // the C library registers this thread's end while it has memory for that
        detail::local_store.next_id = (detail::chunk_of(detail::local_store.next_id) + 1)
                                      << detail::chunk_bits;
        counter c;
        std::thread([&] { c.increment(); }).join();  // has cells, which stay counted
        ::rlimit const little{1 << 20, 1 << 20};
        ::setrlimit(RLIMIT_AS, &little);
        for (std::size_t size = 1 << 20; size >= 16; size /= 2)
            for (void* kept = std::malloc(size); kept != nullptr; kept = std::malloc(size))
                *static_cast<void* volatile*>(kept) = nullptr;
        c.increment(2);
        std::lock_guard const lock(detail::local_store.cells);
        c.increment(4);
        return c.value().as_unsigned() == 7;
    }));
}

TEST_CASE("fork: 1,000 times under load, the child has the inherited total and its own")
{
    if (is_under_thread_sanitizer) return skip(forks_are_not_followed);
    constexpr std::uint64_t forks = is_under_address_sanitizer ? 200 : 1000;  // each then takes 50 ms
    registry metrics;
    counter& c = metrics.add(counter_spec{run_time, "busy_total", "Busy."});
    counter& quiet = metrics.add(counter_spec{run_time, "quiet_total", "Quiet."});
    histogram& h = metrics.add(histogram_spec{run_time, "wait_seconds", "Waits.", buckets{1, 2}});
    auto& labelled = metrics.add(counter_spec<"n">{run_time, "labelled_total", "Labelled."});
    std::atomic<bool> done{false};
    std::atomic<std::uint64_t> pages{0};
    std::array<std::uint64_t, 2> counted{};
    // AddressSanitizer does not hold the locks of its heap across fork(): no thread may be in one.
    constexpr bool is_heap_locked = is_under_address_sanitizer;
    std::latch under_way(4);
    std::vector<std::jthread> pool;
    for (std::size_t t = 0; t != counted.size(); ++t)
        pool.emplace_back([&, t] {
            under_way.count_down();
            for (; !done; ++counted[t]) {
                c.increment();
                h.observe(1);
                if (!is_heap_locked)
                    labelled.with(counted[t] % 2000).increment();  // up to the limit new ones, under a lock
                counter short_lived;                               // keeps the other lock busy
                short_lived.increment();
            }
        });
    pool.emplace_back([&] {
        under_way.count_down();
        std::string page;
        for (; !done; ++pages)
            if (!is_heap_locked) page = exposition::text(metrics);
    });
    under_way.arrive_and_wait();
    std::uint64_t right = 0;
    for (; right != forks; ++right) {
        std::uint64_t const in_parent = c.value().as_unsigned();
        quiet.increment();
        bool const is_right = succeeds_in_child([&] {
            std::uint64_t const inherited = c.value().as_unsigned();
            std::uint64_t const observed = h.count();
            c.increment(3);
            h.observe(1);
            quiet.increment(5);
            std::thread([&] {
                c.increment(4);
                h.observe(2);
                labelled.with("of the child").increment();
                counter fresh;
                fresh.increment();
            }).join();
            return inherited >= in_parent && c.value().as_unsigned() == inherited + 7 &&
                   h.count() == observed + 2 && quiet.value().as_unsigned() == right + 1 + 5;
        });
        if (!is_right) break;
    }
    CHECK(right == forks);
    done = true;
    pool.clear();
    CHECK(pages > 0);
    CHECK(quiet.value().as_unsigned() == forks);
    CHECK(c.value().as_unsigned() == counted[0] + counted[1]);
    CHECK(h.count() == counted[0] + counted[1]);
}
