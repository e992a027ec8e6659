// SPDX-License-Identifier: Apache-2.0
// pointer_rows, in which http/series_table keeps the series of a route, under every interleaving of threads that meet an
// empty place.
// clang-format off: the order of the first three counts, see std_on_model.hpp
#include "std_on_model.hpp"
#include <iafmetrics/detail/pointer_rows.hpp>
#include "std_again.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "weakening.hpp"

namespace {

/// A series: what its maker wrote into it must be seen by whoever finds it.
struct series {
    explicit series(std::uint64_t number) : written(number) {}
    model_std::atomic<std::uint64_t> written;
};

struct fixture {
    iafmetrics::detail::pointer_rows<series, 2, 2> rows;
    std::vector<std::unique_ptr<series>> made = std::vector<std::unique_ptr<series>>(4);

    /// As series_table::at; the family gives the same series to all that ask for it.
    void use(std::size_t row, std::size_t column)
    {
        series const* found = rows.find(row, column);
        if (found == nullptr) {
            std::unique_ptr<series>& one = made[2 * row + column];
            if (one == nullptr) one = std::make_unique<series>(2 * row + column);
            rows.add(row, column, *one);
            found = one.get();
        }
        check(found, row, column);
    }
    void check(series const* found, std::size_t row, std::size_t column)
    {
        if (found == nullptr) return;
        std::uint64_t const number = found->written.load(std::memory_order_relaxed);
        model::check(number == 2 * row + column, "a series is found whole, in its place");
    }
    void check_that_it_is_there(std::size_t row, std::size_t column)
    {
        model::check(rows.find(row, column) == made[2 * row + column].get(), "what was added is found");
    }
};
std::optional<fixture> f;

model::program
of(std::function<void()> before, std::vector<std::function<void()>> threads, std::function<void()> after)
{
    return {.before =
                [before] {
                    f.emplace();
                    before();
                },
            .threads = std::move(threads),
            .after = std::move(after),
            .end = [] { f.reset(); }};
}

model::program add_while_one_finds()
{
    return of([] {},
              {[] { f->use(0, 0), f->use(0, 1); },
               [] {
                   f->check(f->rows.find(0, 0), 0, 0);
                   f->check(f->rows.find(0, 1), 0, 1);
                   f->check(f->rows.find(1, 0), 1, 0);
               }},
              [] { f->check_that_it_is_there(0, 0), f->check_that_it_is_there(0, 1); });
}
model::program two_that_make_one_row()
{
    return of([] {}, {[] { f->use(1, 0); }, [] { f->use(1, 1); }},
              [] { f->check_that_it_is_there(1, 0), f->check_that_it_is_there(1, 1); });
}
/// The family has made the series, so that its lock has told both of it.
model::program two_that_meet_in_one_place()
{
    return of([] { f->made[3] = std::make_unique<series>(3); }, {[] { f->use(1, 1); }, [] { f->use(1, 1); }},
              [] { f->check_that_it_is_there(1, 1); });
}

}  // namespace

TEST_CASE("pointer_rows model: a series is found whole or not at all")
{
    model::check_every_execution(add_while_one_finds());
}

TEST_CASE("pointer_rows model: two that make a row at once put their series into the same")
{
    model::check_every_execution(two_that_make_one_row());
}

TEST_CASE("pointer_rows model: two that meet in an empty place leave their series there")
{
    model::check_every_execution(two_that_meet_in_one_place());
}

TEST_CASE("pointer_rows model: no ordering is stronger than it must be")
{
    model::check_that_each_ordering_matters({add_while_one_finds(), two_that_make_one_row()},
                                            {"pointer_rows.hpp"});
}
