// SPDX-License-Identifier: Apache-2.0
// intrusive_ptr under every interleaving of owners that end, and of one that asks whether it is the last.
// clang-format off: the order of the first three counts, see std_on_model.hpp
#include "std_on_model.hpp"
#include <iafmetrics/detail/intrusive_ptr.hpp>
#include "std_again.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "weakening.hpp"

using namespace iafmetrics::detail;

namespace {

int destroyed = 0;

/// Each owner leaves something in it.
struct owned : reference_counted {
    ~owned() override
    {
        ++destroyed;
        std::uint64_t left = 0;
        for (auto const& one : written)
            left += one.load(std::memory_order_relaxed);
        model::check(left == written.size(), "what all owners did happened before the destruction");
    }
    std::array<model_std::atomic<std::uint64_t>, 2> written{};
};

std::array<intrusive_ptr<owned>, 2> owners;

void write_and_end(std::size_t which)
{
    intrusive_ptr<owned> const moved = std::move(owners[which]);
    intrusive_ptr<owned> const copy = moved;
    copy->written[which].store(1, std::memory_order_relaxed);
}

model::program two_owners_end()
{
    return {.before =
                [] {
                    destroyed = 0;
                    owners[0] = intrusive_ptr<owned>(new owned);
                    owners[1] = owners[0];
                },
            .threads = {[] { write_and_end(0); }, [] { write_and_end(1); }},
            .after = [] { model::check(destroyed == 1, "the last owner destroys it, and nobody else"); }};
}

model::program one_owner_asks_for_others()
{
    auto made = two_owners_end();
    made.threads[0] = [] {
        if (owners[0]->has_one_owner())
            model::check(owners[0]->written[1].load(std::memory_order_relaxed) == 1,
                         "what the owners before did has happened");
        write_and_end(0);
    };
    return made;
}

}  // namespace

TEST_CASE("intrusive_ptr model: the last owner destroys what all others have done with")
{
    model::check_every_execution(two_owners_end());
}

TEST_CASE("intrusive_ptr model: an owner that knows it is alone knows what the others did")
{
    model::check_every_execution(one_owner_asks_for_others());
}

TEST_CASE("intrusive_ptr model: no ordering is stronger than it must be")
{
    model::check_that_each_ordering_matters({two_owners_end(), one_owner_asks_for_others()},
                                            {"intrusive_ptr.hpp"});
}
