// SPDX-License-Identifier: Apache-2.0
// counter under every interleaving of what makes its extras and of those who read them: fractions, refusals, exemplars.
// clang-format off: the order of the first three counts, see std_on_model.hpp
#include "std_on_model.hpp"
#include <iafmetrics/counter.hpp>
#include "std_again.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "library_state.hpp"
#include "weakening.hpp"

using namespace iafmetrics;

namespace {

std::unique_ptr<counter> counted;

model::program of(std::vector<std::function<void()>> threads, std::function<void()> after)
{
    return {.before =
                [] {
                    model::reset_library();
                    counted = std::make_unique<counter>();
                },
            .threads = std::move(threads),
            .after = std::move(after),
            .end = [] { model::forget_library(counted); },
            .switch_threads = model::switch_library_threads};
}

void add_half() { counted->increment(0.5); }
void refuse_one() { counted->increment(-1); }
/// By a thread whose thread_local objects are gone.
void add_without_cells()
{
    detail::this_thread_slab = &detail::ended_slab;
    counted->increment(0.5);
    counted->increment(2);
}

void read_value()
{
    double const now = counted->value().as_double();
    model::check(now == 0 || now == 0.5, "a fraction is read whole");
}
void read_refused() { model::check(counted->refused() <= 1, "refusals are read from memory that is there"); }

void show_exemplar() { counted->increment(3, {{"a", "b"}}); }
void read_exemplar()
{
    detail::exemplar_copy copy;
    if (!counted->read_exemplar(copy)) return;
    model::check(copy.view().labels.text() == "a=\"b\"" && copy.value == 3, "a whole exemplar");
    model::check(counted->value().as_double() == 3, "what an exemplar belongs to has been counted");
}

model::program a_fraction_while_one_reads()
{
    return of({add_half, read_value},
              [] { model::check(counted->value().as_double() == 0.5, "nothing is lost"); });
}
model::program a_refusal_while_one_reads()
{
    return of({refuse_one, read_refused},
              [] { model::check(counted->refused() == 1, "each refusal counts"); });
}
model::program two_that_make_the_extras()
{
    return of({refuse_one, refuse_one},
              [] { model::check(counted->refused() == 2, "one of the extras is kept"); });
}
model::program an_exemplar_while_one_reads()
{
    return of({show_exemplar, read_exemplar},
              [] { model::check(counted->value().as_double() == 3, "nothing is lost"); });
}

}  // namespace

TEST_CASE("counter model: a scrape during the first fraction meets cells that are there")
{
    model::check_every_execution(a_fraction_while_one_reads());
}

TEST_CASE("counter model: a scrape during the first refusal meets a count that is there")
{
    model::check_every_execution(a_refusal_while_one_reads());
}

TEST_CASE("counter model: two threads that make the extras at once count in the same")
{
    model::check_every_execution(two_that_make_the_extras());
}

TEST_CASE("counter model: a scrape that has seen an exemplar sees what it belongs to")
{
    model::check_every_execution(an_exemplar_while_one_reads());
}

TEST_CASE("counter model: threads without cells lose nothing in the shared atomics, which never go back")
{
    model::check_every_execution(of({add_without_cells, add_without_cells}, [] {
        model::check(counted->value().as_double() == 5, "nothing is lost");
    }));
    model::check_every_execution(
        of({add_without_cells,
            [] {
                double const first = counted->value().as_double();
                model::check(first <= counted->value().as_double(), "a counter never goes back");
            }},
           [] { model::check(counted->value().as_double() == 2.5, "nothing is lost"); }));
}

TEST_CASE("counter model: no ordering is stronger than it must be")
{
    model::check_that_each_ordering_matters({a_fraction_while_one_reads(), a_refusal_while_one_reads(),
                                             two_that_make_the_extras(), an_exemplar_while_one_reads()},
                                            {"counter.hpp"});
}
