// SPDX-License-Identifier: Apache-2.0
// Each allocation of a set-up fails once: nothing leaks, nothing is half there, and the set-up succeeds afterwards.
#include <iafmetrics/callback.hpp>
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/collector_registration.hpp>
#include <iafmetrics/counter.hpp>
#include <iafmetrics/detail/chunk_reader.hpp>
#include <iafmetrics/exposition/page.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <latch>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using namespace iafmetrics;

namespace {

std::atomic<std::ptrdiff_t> live = 0;
std::atomic<std::size_t> allocations = 0;
std::atomic<std::ptrdiff_t> allocations_left = -1;  // until one fails; negative: none does

void* allocate(std::size_t bytes) noexcept
{
    if (allocations_left == 0) return nullptr;
    if (allocations_left > 0) --allocations_left;
    void* const made = std::malloc(bytes);
    if (made != nullptr) ++live;
    ++allocations;
    return made;
}
void release(void* freed) noexcept
{
    if (freed != nullptr) --live;
    std::free(freed);
}

}  // namespace

void* operator new(std::size_t bytes)
{
    if (void* const made = allocate(bytes)) return made;
    throw std::bad_alloc();
}
void* operator new(std::size_t bytes, std::nothrow_t const&) noexcept { return allocate(bytes); }
void operator delete(void* freed) noexcept { release(freed); }
void operator delete(void* freed, std::size_t) noexcept { release(freed); }

namespace {

// Names too long for a string's own room.
inline constexpr counter_spec orders{"shop_orders_that_were_placed_total", "Orders that were placed."};
inline constexpr histogram_spec waits{"shop_wait_for_a_free_worker_seconds", "Waiting for a worker.",
                                      buckets{1, 2}};
inline constexpr claimable<gauge_spec<"session_of_the_user">> memory{"shop_session_memory_in_use_bytes",
                                                                     "Memory."};
inline constexpr gauge_spec<"pool_of_connections"> open{"shop_open_database_connections", "Connections."};

/// Sets up with the first allocation failing, with the second, …, until none does; and each time once more without.
/// It returns what holds what it made, and `line` tells on a page that it is there.
template <class SetUp>
void check_each_failure(char const* line, SetUp const& set_up)
{
    bool is_whole = false;
    for (int before_failure = 0; !is_whole; ++before_failure) {
        std::ptrdiff_t const live_before = live;
        bool is_shown = false;
        {
            registry r;
            allocations_left = before_failure;
            try {
                [[maybe_unused]] auto const made = set_up(r);
                is_whole = allocations_left != 0;
            } catch (std::bad_alloc const&) {}
            allocations_left = -1;
            [[maybe_unused]] auto const made = set_up(r);
            is_shown = exposition::text(r).find(line) != std::string::npos;
        }
        std::ptrdiff_t const leaked = live - live_before;
        CHECK(is_shown);
        CHECK(leaked == 0);
    }
}

}  // namespace

TEST_CASE("out of memory: a declaration is added whole or not at all")
{
    check_each_failure("\nshop_orders_that_were_placed_total 0\n",
                       [](registry& r) { return &r.add(orders); });
    check_each_failure("\nshop_wait_for_a_free_worker_seconds_count 0\n",
                       [](registry& r) { return &r.add(waits); });
    check_each_failure(
        "\npart_shop_orders_that_were_placed_total{part_of_the_program=\"one\"} 0\n", [](registry& r) {
            return &r.sub({.prefix = "part_", .labels = {{"part_of_the_program", "one"}}}).add(orders);
        });
}

TEST_CASE("out of memory: a second registry's part of a family is added whole or not at all")
{
    check_each_failure("\nshop_orders_that_were_placed_total{part_of_the_program=\"two\"} 0\n",
                       [](registry& r) {
                           r.sub({.labels = {{"part_of_the_program", "one"}}}).add(orders);
                           r.add(waits);
                           return &r.sub({.labels = {{"part_of_the_program", "two"}}}).add(orders);
                       });
}

TEST_CASE("out of memory: a claim counts in the overflow series, and the next one has its own")
{
    check_each_failure("\nshop_session_memory_in_use_bytes{session_of_the_user=\"a\"} 0\n",
                       [](registry& r) { return r.add(memory).claim("a"); });
}

TEST_CASE("out of memory: a callback or collector is added whole or not at all")
{
    check_each_failure(
        "\nshop_open_database_connections{pool_of_connections=\"orders\"} 1\n",
        [](registry& r) { return callback(r, open, label_values{"orders"}, [] { return 1; }); });
    check_each_failure("\nshop_open_database_connections 1\n", [](registry& r) {
        return collector_registration(
            r, [](collector_output& out) { out.gauge("shop_open_database_connections", "Connections.", 1); });
    });
}

TEST_CASE("out of memory: a page of 40 threads' counts is whole")
{
    constexpr int threads = 40;
    counter counted;
    std::latch all(threads);
    std::vector<std::jthread> writers;
    for (int t = 0; t != threads; ++t)
        writers.emplace_back([&] {
            counted.increment();
            all.arrive_and_wait();  // each thread has a slab of its own
        });
    writers.clear();
    detail::chunk_reader reader;
    allocations_left = 0;
    std::uint64_t const read = counted.value(reader).as_unsigned();
    allocations_left = -1;
    CHECK(read == threads);
}

TEST_CASE("a page allocates no more often for 1,000 families than for 100, with a collector or without")
{
    registry r;
    auto grow_to = [&, made = 0](int families) mutable {
        for (; made != families; ++made) {
            registry part = r.sub({.prefix = "part_" + std::to_string(made) + "_"});
            part.add(orders);
            part.add(waits);
        }
    };
    auto const of_a_page = [&] {
        std::size_t bytes = 0;
        auto const make = [&] {
            exposition::write_page(r, {}, [&](std::string_view piece) { bytes += piece.size(); });
        };
        make();
        std::size_t const before = allocations;
        make();
        return allocations - before;
    };
    grow_to(50);
    std::size_t const few = of_a_page();
    grow_to(500);
    CHECK(of_a_page() == few);
    r.add([](collector_output& out) { out.gauge("pool_connections", "Open connections.", 1); });
    std::size_t const collected = of_a_page();
    grow_to(1000);
    CHECK(of_a_page() == collected);
}
