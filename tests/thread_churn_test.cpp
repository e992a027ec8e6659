// SPDX-License-Identifier: Apache-2.0
// Threads that come and go, one after another: what they counted stays, and what they took is taken again.
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>

#include <doctest/doctest.h>

#include <malloc.h>

#include <cstddef>
#include <string>
#include <thread>

using namespace iafmetrics;

namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr int threads = 1'000;
#else
constexpr int threads = 10'000;
#endif

/// In every arena, and in mappings of its own. A sanitizer's allocator says 0.
std::size_t heap_bytes()
{
    struct mallinfo2 const now = ::mallinfo2();
    return now.uordblks + now.hblkhd;
}

}  // namespace

TEST_CASE("threads: 10,000 one after another lose nothing and leave no memory behind")
{
    registry metrics;
    auto& orders =
        metrics.add(counter_spec<"shop", "status">{run_time, "orders_total", "Orders."}).with("north", 200);
    auto& open = metrics.add(up_down_counter_spec{run_time, "orders_open", "Open orders."});
    auto& durations = metrics.add(histogram_spec{run_time, "order_duration_seconds", "Durations."});
    auto const run_one = [&] {
        std::thread([&] {
            orders.increment(3);
            open.add(1);
            durations.observe(0.5);
        }).join();
    };
    for (int i = 0; i != 10; ++i)
        run_one();
    std::size_t const before = heap_bytes();
    for (int i = 0; i != threads; ++i)
        run_one();
    std::size_t const after = heap_bytes();
    CHECK(after < before + 16 * 1024);  // a byte or two a thread

    std::string const page = exposition::text(metrics);
    std::string const all = std::to_string(threads + 10);
    CHECK(page.find("orders_total{shop=\"north\",status=\"200\"} " + std::to_string(3 * (threads + 10)) +
                    "\n") != std::string::npos);
    CHECK(page.find("\norders_open " + all + "\n") != std::string::npos);
    CHECK(page.find("\norder_duration_seconds_count " + all + "\n") != std::string::npos);
}
