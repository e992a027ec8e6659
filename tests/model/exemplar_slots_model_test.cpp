// SPDX-License-Identifier: Apache-2.0
// exemplar_slots under every interleaving of those who make the slots and of one that reads.
// clang-format off: the order of the first three counts, see std_on_model.hpp
#include "std_on_model.hpp"
#include <iafmetrics/detail/exemplar_slots.hpp>
#include "std_again.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "weakening.hpp"

using namespace iafmetrics::detail;

namespace {

std::unique_ptr<exemplar_slots> slots;

/// Text and value tell each other.
void write(std::size_t slot) { slots->write(slot, 2, slot == 0 ? "a" : "b", static_cast<double>(slot)); }

bool has(std::size_t slot)
{
    exemplar_copy copy;
    if (!slots->read(slot, copy)) return false;
    model::check(!slots->is_empty(), "who has seen an exemplar knows that there is one");
    model::check(copy.view().labels.text() == (slot == 0 ? "a" : "b") &&
                     copy.value == static_cast<double>(slot),
                 "a whole exemplar, in its slot");
    return true;
}

model::program of(std::vector<std::function<void()>> threads, std::function<void()> after)
{
    return {.before = [] { slots = std::make_unique<exemplar_slots>(); },
            .threads = std::move(threads),
            .after = std::move(after),
            .end = [] { slots.reset(); }};
}

model::program write_while_one_reads()
{
    return of({[] { write(1); }, [] { (void)has(1), (void)has(0); }},
              [] { model::check(has(1) && !has(0), "an exemplar is in its slot and in no other"); });
}
model::program two_that_make_the_slots()
{
    return of({[] { write(0); }, [] { write(1); }},
              [] { model::check(has(0) && has(1), "both write into the same slots"); });
}

}  // namespace

TEST_CASE("exemplar_slots model: a scrape during the first exemplar meets slots that are there")
{
    model::check_every_execution(write_while_one_reads());
}

TEST_CASE("exemplar_slots model: two threads that make the slots at once write into the same")
{
    model::check_every_execution(two_that_make_the_slots());
}

TEST_CASE("exemplar_slots model: no ordering is stronger than it must be")
{
    model::check_that_each_ordering_matters({write_while_one_reads(), two_that_make_the_slots()},
                                            {"exemplar_slots.hpp"});
}
