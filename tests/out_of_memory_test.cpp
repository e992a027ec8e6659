// SPDX-License-Identifier: Apache-2.0
// Each allocation of a set-up fails once: nothing leaks, nothing is half there, and the set-up succeeds afterwards.
#include <iafmetrics/callback.hpp>
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/collector_registration.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <cstdlib>
#include <new>
#include <string>

using namespace iafmetrics;

namespace {

std::ptrdiff_t live = 0;
std::ptrdiff_t allocations_left = -1;  // until one fails; negative: none does

void* allocate(std::size_t bytes) noexcept
{
    if (allocations_left == 0) return nullptr;
    if (allocations_left > 0) --allocations_left;
    void* const made = std::malloc(bytes);
    if (made != nullptr) ++live;
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
