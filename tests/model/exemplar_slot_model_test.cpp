// SPDX-License-Identifier: Apache-2.0
// exemplar_slot under every interleaving of two writers, and of one writer and one reader.
// clang-format off: the order of the first three counts, see std_on_model.hpp
#include "std_on_model.hpp"
#include <iafmetrics/detail/exemplar_slot.hpp>
#include "std_again.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "weakening.hpp"

using namespace iafmetrics::detail;

namespace {

std::unique_ptr<exemplar_slot> slot;

/// Text, value and time tell each other.
std::string_view text_of(double which) { return which == 1 ? "a" : "bb"; }
void write(int which) { slot->write(text_of(which), which, 10 * which); }

void check_read()
{
    exemplar_copy copy;
    if (!slot->read(copy)) return;
    auto const seen = copy.view();
    model::check(seen.labels.text() == text_of(seen.value) && seen.timestamp == 10 * seen.value,
                 "a whole exemplar");
}

model::program of(std::vector<std::function<void()>> threads)
{
    return {.before = [] { slot = std::make_unique<exemplar_slot>(); },
            .threads = std::move(threads),
            .after = check_read,
            .end = [] { slot.reset(); },
            .switch_threads = [](std::size_t, std::size_t) {},
            .most_accesses = 40};
}

}  // namespace

TEST_CASE("exemplar_slot model: a reader sees whole exemplars")
{
    auto const all = model::explore(of({[] { write(1), write(2); }, check_read}));
    CHECK(all.failure == "");
    CHECK(all.executions > 100);
    MESSAGE(all.executions << " executions");
}

TEST_CASE("exemplar_slot model: of two writers one may go without, and what is left is whole")
{
    auto const all = model::explore(of({[] { write(1); }, [] { write(2); }}));
    CHECK(all.failure == "");
    MESSAGE(all.executions << " executions");
}

TEST_CASE("exemplar_slot model: no ordering is stronger than it must be")
{
    model::check_that_each_ordering_matters(
        {of({[] { write(1), write(2); }, check_read}), of({[] { write(1); }, [] { write(2); }})},
        {"exemplar_slot.hpp"});
}
