// SPDX-License-Identifier: Apache-2.0
// node_chunks under every interleaving of one thread that appends and one that walks.
// clang-format off: the order of the first three counts, see std_on_model.hpp
#include "std_on_model.hpp"
#include <iafmetrics/detail/node_chunks.hpp>
#include "std_again.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "weakening.hpp"

using namespace iafmetrics::detail;

namespace {

/// A series: what its maker wrote into it must be seen by whoever meets it.
struct node {
    explicit node(std::uint64_t number) : written(number + 1) {}
    model_std::atomic<std::uint64_t> written;
};

std::optional<node_chunks<node>> list;

void append(std::uint64_t number)
{
    (void)list->append(number);
    list->publish();
}

void walk()
{
    std::uint64_t next = 1;
    list->for_each([&](node const& met) {
        model::check(met.written.load(std::memory_order_relaxed) == next++,
                     "a walk meets whole nodes in order");
    });
}

/// Chunks hold 1, 2, 4 nodes: the second, the fourth take a new one.
model::program append_while_one_walks(std::uint64_t nodes_before)
{
    return {.before =
                [nodes_before] {
                    list.emplace();
                    for (std::uint64_t i = 0; i != nodes_before; ++i)
                        append(i);
                },
            .threads = {[nodes_before] { append(nodes_before); }, walk},
            .after =
                [nodes_before] {
                    std::uint64_t met = 0;
                    list->for_each([&](node const&) { ++met; });
                    model::check(met == nodes_before + 1, "no node is lost");
                },
            .end = [] { list.reset(); }};
}

}  // namespace

TEST_CASE("node_chunks model: a walk meets whole nodes")
{
    for (std::uint64_t const before : {0U, 1U, 2U, 3U}) {
        auto const all = model::explore(append_while_one_walks(before));
        CHECK(all.failure == "");
        CHECK(all.executions > 1);
        MESSAGE(all.executions << " executions");
    }
}

TEST_CASE("node_chunks model: no ordering is stronger than it must be")
{
    model::check_that_each_ordering_matters({append_while_one_walks(0), append_while_one_walks(1)},
                                            {"node_chunks.hpp"});
}
