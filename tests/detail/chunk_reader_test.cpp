// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/counter.hpp>
#include <iafmetrics/detail/chunk_reader.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <deque>
#include <latch>
#include <thread>
#include <vector>

using namespace iafmetrics;

TEST_CASE("chunk_reader: counters of several chunks, with more threads than it has room for itself")
{
    constexpr int threads = 70;
    std::deque<counter> counters(2 * detail::chunk_cells);
    std::latch all(threads);
    std::vector<std::jthread> writers;
    for (int t = 0; t != threads; ++t)
        writers.emplace_back([&] {
            for (counter& each : counters)
                each.increment();
            all.arrive_and_wait();  // each thread has a slab of its own
        });
    writers.clear();
    detail::chunk_reader reader;
    int right = 0;
    for (counter const& each : counters)
        right += each.value(reader).as_unsigned() == threads ? 1 : 0;
    CHECK(right == counters.size());
    CHECK(counters.front().value(reader).as_unsigned() == threads);
}
