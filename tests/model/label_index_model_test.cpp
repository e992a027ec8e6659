// SPDX-License-Identifier: Apache-2.0
// label_index under every interleaving of one thread that inserts and one that finds and walks.
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
    explicit node(std::uint64_t number) : written(number + 1)
    {
        hash = number;
        lengths = {0};
    }
    model_std::atomic<std::uint64_t> written;
};

struct fixture {
    label_index index;
    std::vector<std::unique_ptr<node>> nodes;

    void insert(std::uint64_t number)
    {
        nodes.push_back(std::make_unique<node>(number));
        index.insert(*nodes.back());
    }
    [[nodiscard]] node const* find(std::uint64_t number) const
    {
        std::array<std::string_view, 1> const empty{};
        return static_cast<node const*>(index.find(number, empty));
    }
};
std::optional<fixture> f;

void check_whole(node const* found)
{
    if (found != nullptr)
        model::check(found->written.load(std::memory_order_relaxed) == found->hash + 1,
                     "a node is found whole");
}

/// Tables hold half of their size: the fifth node takes a new one.
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

void walk()
{
    for (auto const* at = f->index.first(); at != nullptr; at = at->next.load(std::memory_order_acquire))
        check_whole(static_cast<node const*>(at));
}

}  // namespace

TEST_CASE("label_index model: a node is found whole or not at all")
{
    for (std::uint64_t const before : {1U, 4U}) {
        auto const all =
            model::explore(insert_while_one_reads(before, [before] { find_old_and_new(before); }));
        CHECK(all.failure == "");
        CHECK(all.executions > 1);
        MESSAGE(all.executions << " executions");
    }
}

TEST_CASE("label_index model: a walk meets whole nodes")
{
    for (std::uint64_t const before : {0U, 1U, 4U}) {
        auto const all = model::explore(insert_while_one_reads(before, walk));
        CHECK(all.failure == "");
        CHECK(all.executions > 1);
        MESSAGE(all.executions << " executions");
    }
}

TEST_CASE("label_index model: no ordering is stronger than it must be")
{
    model::check_that_each_ordering_matters({insert_while_one_reads(1, [] { find_old_and_new(1); }),
                                             insert_while_one_reads(4, [] { find_old_and_new(4); }),
                                             insert_while_one_reads(0, walk),
                                             insert_while_one_reads(1, walk)},
                                            {"label_index.hpp"});
}
