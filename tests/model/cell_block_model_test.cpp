// SPDX-License-Identifier: Apache-2.0
// cell_block under every interleaving of threads that count for the first time and one that adds up.
// clang-format off: the order of the first three counts, see std_on_model.hpp
#include "std_on_model.hpp"
#include <iafmetrics/detail/cell_block.hpp>
#include "std_again.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "library_state.hpp"
#include "weakening.hpp"

using namespace iafmetrics::detail;

namespace {

std::unique_ptr<cell_block> block;

void count_one()
{
    cell* const mine = block->mine();
    model::check(mine != nullptr, "a thread has cells");
    if (mine != nullptr) add_owned(*mine, std::uint64_t{1});
}

std::uint64_t total()
{
    std::uint64_t sum = 0;
    chunk_reader reader;
    block->for_each(reader, [&](cell* owned) {
        sum += model_std::atomic_ref<cell>(*owned).load(std::memory_order_relaxed);
    });
    return sum;
}

void read_twice()
{
    auto const first = total();
    auto const second = total();
    model::check(first <= second, "a counter never goes back");
    model::check(second <= 2, "a reader meets zeroed cells");
}

model::program count_from_the_start(std::vector<std::function<void()>> threads, std::uint64_t counted)
{
    return {.before =
                [] {
                    model::reset_library();
                    block = std::make_unique<cell_block>(1);
                },
            .threads = std::move(threads),
            .after = [counted] { model::check(total() == counted, "nothing is lost"); },
            .end = [] { model::forget_library(block); },
            .switch_threads = model::switch_library_threads};
}

/// The reader has a slab already, so that the second is found through the first.
model::program one_comes_while_another_reads()
{
    auto made = count_from_the_start({read_twice, count_one}, 2);
    made.before = [] {
        model::reset_library();
        block = std::make_unique<cell_block>(1);
        count_one();
    };
    return made;
}

}  // namespace

TEST_CASE("cell_block model: a scrape during the first increments meets zeroed cells and never goes back")
{
    auto const all = model::explore(count_from_the_start({[] { count_one(), count_one(); }, read_twice}, 2));
    CHECK(all.failure == "");
    MESSAGE(all.executions << " executions");
}

TEST_CASE("cell_block model: two threads that count for the first time at once lose nothing")
{
    auto const all = model::explore(count_from_the_start({count_one, count_one}, 2));
    CHECK(all.failure == "");
    MESSAGE(all.executions << " executions");
}

TEST_CASE("cell_block model: a scrape while a second thread comes meets its cells zeroed")
{
    auto const all = model::explore(one_comes_while_another_reads());
    CHECK(all.failure == "");
    MESSAGE(all.executions << " executions");
}

TEST_CASE("cell_block model: no ordering is stronger than it must be")
{
    model::check_that_each_ordering_matters(
        {count_from_the_start({count_one, read_twice}, 1), count_from_the_start({count_one, count_one}, 2),
         one_comes_while_another_reads()},
        {"cell_block.hpp", "cell_store.hpp", "chunk_reader.hpp", "slab.hpp"});
}
