// SPDX-License-Identifier: Apache-2.0
// native_cells under every interleaving of one thread that puts another generation in the place of the current one, and one
// that observes into it or reads it.
// clang-format off: the order of the first three counts, see std_on_model.hpp
#include "std_on_model.hpp"
#include <iafmetrics/detail/native_cells.hpp>
#include "std_again.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "library_state.hpp"
#include "weakening.hpp"

#include <limits>

using namespace iafmetrics::detail;

namespace {

using small_cells = basic_native_cells<basic_native_generation<8>>;
std::unique_ptr<small_cells> cells;
std::int64_t ticks = 0;

/// Count and sum, which tell each other where they are of one epoch.
struct reading {
    std::uint64_t count;
    double sum;

    [[nodiscard]] static reading now()
    {
        native_reading into;
        cells->read(into);
        return {into.count, into.sum};
    }
    [[nodiscard]] bool is(std::uint64_t its_count, double its_sum) const
    {
        return count == its_count && sum == its_sum;
    }
};

model::program
of(native_options options, std::vector<std::function<void()>> threads, std::function<void()> after)
{
    return {.before =
                [options] {
                    model::reset_library();
                    ticks = 0;
                    cells = std::make_unique<small_cells>(options, std::span<double const>{},
                                                          [] { return ticks; });
                    cells->observe(2);
                },
            .threads = std::move(threads),
            .after = std::move(after),
            .end = [] { model::forget_library(cells); },
            .switch_threads = model::switch_library_threads};
}

/// There is room for one bucket: 4 needs another, and both share a wider one.
native_options const one_bucket{
    .schema = 0, .bucket_limit = 1, .min_reset_nanoseconds = native_options::never};
void widen() { cells->observe(4); }

model::program wider_buckets_come_while_one_asks()
{
    return of(one_bucket,
              {[] {
                   cells->reset_if_due();
                   cells->reserve();
               },
               widen},
              [] { model::check(reading::now().is(2, 6), "nothing is lost"); });
}

/// A zero bucket that is never as it is declared, so that a new epoch is due with each tick.
native_options const always_due{
    .schema = 0, .zero_threshold = std::numeric_limits<double>::quiet_NaN(), .min_reset_nanoseconds = 1};
void begin_anew()
{
    ++ticks;
    cells->reset_if_due();
}

model::program begun_anew_while_one_observes()
{
    return of(always_due, {[] { cells->observe(2); }, begin_anew}, [] {
        reading const now = reading::now();
        model::check(now.is(1, 2) || now.is(0, 0),
                     "what is late is not in the next epoch, what comes in it is");
    });
}
/// The generation that was read is then the current one again.
model::program begun_anew_twice_while_one_reads()
{
    return of(always_due,
              {[] {
                   reading const now = reading::now();
                   model::check(now.is(1, 2) || now.is(0, 0), "a reading is of one epoch");
               },
               [] {
                   begin_anew();
                   begin_anew();
               }},
              [] { model::check(reading::now().is(0, 0), "a new epoch begins empty"); });
}

}  // namespace

TEST_CASE("native_cells model: an observation while a histogram begins anew is before or behind that")
{
    model::check_every_execution(begun_anew_while_one_observes());
}

TEST_CASE("native_cells model: who asks while buckets become wider meets a generation that is there")
{
    model::check_every_execution(wider_buckets_come_while_one_asks());
}

TEST_CASE("native_cells model: a scrape while a histogram begins anew twice reads one epoch")
{
    model::check_every_execution(begun_anew_twice_while_one_reads());
}

TEST_CASE("native_cells model: no ordering is stronger than it must be")
{
    model::check_that_each_ordering_matters({begun_anew_while_one_observes(),
                                             wider_buckets_come_while_one_asks(),
                                             begun_anew_twice_while_one_reads()},
                                            {"native_cells.hpp"});
}
