// SPDX-License-Identifier: Apache-2.0
// cell_block under every interleaving of threads that count for the first time and one that adds up, also where its place was
// another block's.
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
std::unique_ptr<cell_block> other;

void count(cell_block& in, std::uint64_t amount)
{
    cell* const mine = in.mine();
    model::check(mine != nullptr, "a thread has cells");
    if (mine != nullptr) add_owned(*mine, amount);
}
void count_one() { count(*block, 1); }

std::uint64_t read(cell& owned) { return model_std::atomic_ref<cell>(owned).load(std::memory_order_relaxed); }

std::uint64_t total()
{
    std::uint64_t sum = 0;
    chunk_reader reader;
    block->for_each(reader, [&](cell* owned) { sum += read(*owned); });
    return sum;
}

/// Of both blocks, as native_generation adds up a head and what lies beside it.
struct totals {
    std::uint64_t of_block = 0;
    std::uint64_t of_other = 0;
};
totals total_by_slabs()
{
    totals sum;
    block->for_each_slab([&](slab& owner, cell* owned) {
        sum.of_block += read(*owned);
        if (cell* const beside = other->in(owner)) sum.of_other += read(*beside);
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

/// The place of a block that is gone, with 5 in it, is that of one which both threads use for the first time at once.
model::program a_place_is_taken_again()
{
    auto made = count_from_the_start({count_one,
                                      [] {
                                          other.reset();
                                          count_one();
                                      }},
                                     2);
    made.before = [] {
        model::reset_library();
        other = std::make_unique<cell_block>(1);
        count(*other, 5);
        block = std::make_unique<cell_block>(1);
    };
    made.end = [] {
        other.reset();
        model::forget_library(block);
    };
    return made;
}

/// A reader goes from slab to slab, where `other` comes beside what is counted in `block`.
model::program one_reads_by_slabs(std::function<void()> before, std::function<void()> counter)
{
    return {.before =
                [before = std::move(before)] {
                    model::reset_library();
                    block = std::make_unique<cell_block>(1);
                    other = std::make_unique<cell_block>(1);
                    before();
                },
            .threads = {[] {
                            totals const sum = total_by_slabs();
                            model::check(sum.of_block <= 2 && sum.of_other <= 1,
                                         "a reader meets zeroed cells");
                        },
                        std::move(counter)},
            .after =
                [] {
                    totals const sum = total_by_slabs();
                    model::check(sum.of_block == 2 && sum.of_other == 1, "nothing is lost");
                },
            .end =
                [] {
                    other.reset();
                    model::forget_library(block);
                },
            .switch_threads = model::switch_library_threads};
}
model::program the_first_comes_while_one_reads_by_slabs()
{
    return one_reads_by_slabs([] {}, [] { count(*block, 2), count(*other, 1); });
}
/// In a chunk of its own.
model::program another_comes_while_one_reads_by_slabs()
{
    return one_reads_by_slabs(
        [] {
            local_store.next_id = 2 * chunk_cells - 1;
            count_one();
            other->reserve();
        },
        [] { count_one(), count(*other, 1); });
}
/// The reader's own slab has what another block has left there.
model::program a_place_is_taken_again_while_one_reads_by_slabs()
{
    static std::unique_ptr<cell_block> gone;
    return one_reads_by_slabs(
        [] {
            gone = std::make_unique<cell_block>(1);
            count(*gone, 5);
            count(*block, 2);
        },
        [] {
            gone.reset();
            count(*other, 1);
        });
}

}  // namespace

TEST_CASE("cell_block model: a scrape during the first increments meets zeroed cells and never goes back")
{
    model::check_every_execution(count_from_the_start({[] { count_one(), count_one(); }, read_twice}, 2));
}

TEST_CASE("cell_block model: two threads that count for the first time at once lose nothing")
{
    model::check_every_execution(count_from_the_start({count_one, count_one}, 2));
}

TEST_CASE("cell_block model: a scrape while a second thread comes meets its cells zeroed")
{
    model::check_every_execution(one_comes_while_another_reads());
}

TEST_CASE(
    "cell_block model: a place that is taken again starts at zero, also for a thread that has counted there")
{
    model::check_every_execution(a_place_is_taken_again());
}

TEST_CASE("cell_block model: who reads by slabs meets zeroed cells, also of a block that comes meanwhile")
{
    model::check_every_execution(the_first_comes_while_one_reads_by_slabs());
    model::check_every_execution(another_comes_while_one_reads_by_slabs());
    model::check_every_execution(a_place_is_taken_again_while_one_reads_by_slabs());
}

TEST_CASE("cell_block model: no ordering is stronger than it must be")
{
    model::check_that_each_ordering_matters(
        {count_from_the_start({count_one, read_twice}, 1), count_from_the_start({count_one, count_one}, 2),
         one_comes_while_another_reads(), a_place_is_taken_again(),
         the_first_comes_while_one_reads_by_slabs(), another_comes_while_one_reads_by_slabs(),
         a_place_is_taken_again_while_one_reads_by_slabs()},
        {"cell_block.hpp", "cell_store.hpp", "chunk_reader.hpp", "slab.hpp"});
}
