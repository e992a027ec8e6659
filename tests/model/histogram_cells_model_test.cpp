// SPDX-License-Identifier: Apache-2.0
// histogram_cells under every interleaving of one writer and one reader.
// clang-format off: the order of the first three counts, see std_on_model.hpp
#include "std_on_model.hpp"
#include <iafmetrics/detail/histogram_cells.hpp>
#include "std_again.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "library_state.hpp"
#include "weakening.hpp"

using namespace iafmetrics::detail;

namespace {

std::unique_ptr<histogram_cells> cells;

double read(std::span<std::uint64_t> counts)
{
    chunk_reader reader;
    return cells->read(reader, counts);
}

/// Observations of 1 in the first bucket and of 16 in the second: buckets and sum tell each other.
model::program observe_while_one_reads()
{
    return {.before =
                [] {
                    model::reset_library();
                    cells = std::make_unique<histogram_cells>(2);
                    cells->add(0, 1);
                },
            .threads = {[] {
                            cells->add(1, 16);
                            cells->add(0, 1);
                        },
                        [] {
                            std::array<std::uint64_t, 2> counts{};
                            double const sum = read(counts);
                            model::check(sum == static_cast<double>(counts[0] + 16 * counts[1]),
                                         "buckets and sum of whole observations");
                        }},
            .after =
                [] {
                    std::array<std::uint64_t, 2> counts{};
                    model::check(read(counts) == 18 && counts[0] == 2 && counts[1] == 1, "nothing is lost");
                },
            .end = [] { model::forget_library(cells); },
            .switch_threads = model::switch_library_threads,
            .most_accesses = 22};
}

}  // namespace

TEST_CASE("histogram_cells model: a reader sees whole observations")
{
    auto const all = model::explore(observe_while_one_reads());
    CHECK(all.failure == "");
    CHECK(all.executions > 100);
    MESSAGE(all.executions << " executions");
}

TEST_CASE("histogram_cells model: no ordering is stronger than it must be")
{
    model::check_that_each_ordering_matters({observe_while_one_reads()}, {"histogram_cells.hpp"});
}
