// SPDX-License-Identifier: Apache-2.0
// label_index under every interleaving of one thread that inserts and one that finds.
// clang-format off: the order of the first three counts, see std_on_model.hpp
#include "std_on_model.hpp"
#include <iafmetrics/detail/label_index.hpp>
#include "std_again.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "weakening.hpp"

using namespace iafmetrics::detail;

namespace {

/// A series: what its maker wrote into it must be seen by whoever finds it.
struct node : index_node {
    explicit node(std::uint64_t number) : written(number + 1) { hash = number << 63U | number; }
    model_std::atomic<std::uint64_t> written;
};

/// Tables of 4 slots, 3 of them taken at most; of 8 from the fourth node on, and two tables from the seventh.
struct fixture {
    basic_label_index<4, 8> index;
    std::vector<std::unique_ptr<node>> nodes;

    void insert(std::uint64_t number)
    {
        nodes.push_back(std::make_unique<node>(number));
        index.insert(*nodes.back());
    }
    [[nodiscard]] node const* find(std::uint64_t number) const
    {
        return static_cast<node const*>(
            index.find(number << 63U | number, [](index_node const&) { return true; }));
    }
};
std::optional<fixture> f;

void check_whole(node const* found)
{
    if (found != nullptr)
        model::check(found->written.load(std::memory_order_relaxed) == (found->hash & 0xFF) + 1,
                     "a node is found whole");
}

model::program insert_while_one_reads(std::uint64_t nodes_before, std::function<void()> reader)
{
    return {.before =
                [nodes_before] {
                    f.emplace();
                    f->nodes.reserve(8);  // its memory is no business of the reader's
                    for (std::uint64_t i = 0; i != nodes_before; ++i)
                        f->insert(i);
                },
            .threads = {[nodes_before] { f->insert(nodes_before); }, std::move(reader)},
            .after =
                [nodes_before] {
                    for (std::uint64_t i = 0; i != nodes_before + 1; ++i)
                        model::check(f->find(i) != nullptr, "no node is lost");
                },
            .end = [] { f.reset(); }};
}

void find_old_and_new(std::uint64_t number)
{
    check_whole(f->find(number));
    model::check(f->find(0) != nullptr, "a node that was there is found");
}

}  // namespace

TEST_CASE("label_index model: a node is found whole or not at all")
{
    for (std::uint64_t const before : {1U, 3U, 6U}) {
        auto const all =
            model::explore(insert_while_one_reads(before, [before] { find_old_and_new(before); }));
        CHECK(all.failure == "");
        CHECK(all.executions > 1);
        MESSAGE(all.executions << " executions");
    }
}

TEST_CASE("label_index model: no ordering is stronger than it must be")
{
    model::check_that_each_ordering_matters({insert_while_one_reads(1, [] { find_old_and_new(1); }),
                                             insert_while_one_reads(3, [] { find_old_and_new(3); }),
                                             insert_while_one_reads(6, [] { find_old_and_new(6); })},
                                            {"label_index.hpp"});
}
