// SPDX-License-Identifier: Apache-2.0
// native_generation under every interleaving of one that observes, one that makes buckets or ends the epoch, and one that
// reads.
// clang-format off: the order of the first three counts, see std_on_model.hpp
#include "std_on_model.hpp"
#include <iafmetrics/detail/native_generation.hpp>
#include "std_again.hpp"
// clang-format on

#include <doctest/doctest.h>

#include "library_state.hpp"
#include "weakening.hpp"

using namespace iafmetrics::detail;

namespace {

std::unique_ptr<native_generation> generation;

/// With schema 0: 1 is in the first bucket, 16 in the second.
void observe(double value)
{
    std::uint64_t const epoch = generation->epoch();
    if (!generation->add(value, 0)) {
        native_place const place = generation->place_of(value);
        if (place.value != native_place::unknown)
            model::check(generation->add_at(place, epoch, value, 0), "a thread has cells");
    }
}

struct reading {
    std::array<std::uint64_t, 2> counts{};
    double sum = 0;

    void count(native_place place, std::uint64_t amount)
    {
        if (amount != 0 && place.is_slot())
            counts.at(generation->key(place.value).index() == 0 ? 0 : 1) += amount;
    }
    void classic(std::size_t, std::uint64_t) {}
};

reading read_all(std::uint64_t epoch)
{
    reading all;
    all.sum = generation->read(epoch, all);
    return all;
}

void read_whole()
{
    reading const all = read_all(1);
    model::check(all.sum == static_cast<double>(all.counts[0] + 16 * all.counts[1]),
                 "buckets and sum of whole observations");
}

void begin(std::initializer_list<int> buckets)
{
    model::reset_library();
    generation = std::make_unique<native_generation>(0);
    generation->clear(0, 0x1p-128, nullptr);
    for (int const index : buckets)
        (void)generation->add_slot(native_key::of(false, index));
    generation->begin_epoch(1, 0);
}

model::program of(std::size_t most_accesses,
                  std::function<void()> before,
                  std::vector<std::function<void()>> threads,
                  std::function<void()> after)
{
    return {.before = std::move(before),
            .threads = std::move(threads),
            .after = std::move(after),
            .end = [] { model::forget_library(generation); },
            .switch_threads = model::switch_library_threads,
            .most_accesses = most_accesses};
}

model::program observe_while_one_reads()
{
    return of(
        80,
        [] {
            begin({0, 4});
            observe(1);
        },
        {[] { observe(16); }, read_whole},
        [] {
            reading const all = read_all(1);
            model::check(all.sum == 17 && all.counts[0] == 1 && all.counts[1] == 1, "nothing is lost");
        });
}

/// The slot and its segment are made while another thread observes into it and a third looks.
model::program a_bucket_comes_while_one_observes()
{
    return of(
        200, [] { begin({0}); },
        {[] { (void)generation->add_slot(native_key::of(false, 4)); }, [] { observe(16); }},
        [] {
            reading const all = read_all(1);
            model::check(all.sum == static_cast<double>(16 * all.counts[1]) && all.counts[1] <= 1,
                         "what found its bucket is counted there");
        });
}
model::program a_bucket_comes_while_one_reads()
{
    return of(
        70,
        [] {
            begin({});
            observe(0);
        },
        {[] {
             (void)generation->add_slot(native_key::of(false, 0));
             observe(1);
         },
         read_whole},
        [] { model::check(read_all(1).sum == 1, "nothing is lost"); });
}

/// Of a generation that is used again: the writer has numbers of an earlier epoch in its cells.
model::program observe_in_a_new_epoch_while_one_reads(std::size_t most_accesses)
{
    return of(
        most_accesses,
        [] {
            begin({0, 4});
            observe(1);
            observe(16);
            generation->begin_epoch(2, 0);
        },
        {[] { observe(16); },
         [] {
             reading const all = read_all(2);
             model::check(all.sum == static_cast<double>(all.counts[0] + 16 * all.counts[1]) && all.sum <= 16,
                          "nothing of an earlier epoch");
         }},
        [] { model::check(read_all(2).sum == 16, "nothing is lost"); });
}
model::program an_epoch_ends_while_one_observes()
{
    return of(
        60,
        [] {
            begin({0, 4});
            observe(1);
        },
        {[] { observe(16); },
         [] {
             generation->begin_epoch(2, 0);
             reading const all = read_all(2);
             model::check(all.sum == static_cast<double>(16 * all.counts[1]) && all.counts[0] == 0,
                          "what is late is not in the next epoch");
         }},
        [] {
            reading const all = read_all(2);
            model::check(all.sum == static_cast<double>(16 * all.counts[1]) && all.counts[0] == 0,
                         "what is late is not in the next epoch");
        });
}

}  // namespace

TEST_CASE("native_generation model: a reader sees whole observations")
{
    model::check_every_execution(observe_while_one_reads());
}

TEST_CASE("native_generation model: a value finds the bucket that comes meanwhile, or none")
{
    model::check_every_execution(a_bucket_comes_while_one_observes());
}

TEST_CASE("native_generation model: a reader meets a bucket that comes with what is counted in it")
{
    model::check_every_execution(a_bucket_comes_while_one_reads());
}

TEST_CASE("native_generation model: a generation that is used again shows nothing of an earlier epoch")
{
    model::check_every_execution(observe_in_a_new_epoch_while_one_reads(70));
}

TEST_CASE("native_generation model: what is late for an epoch is not in the next one")
{
    model::check_every_execution(an_epoch_ends_while_one_observes());
}

/// Of an observation and of its reader. The rest is published under the histogram's lock by more than one
/// release.
TEST_CASE("native_generation model: no ordering of the seqlock is stronger than it must be")
{
    model::check_that_each_ordering_matters(
        {observe_while_one_reads(), observe_in_a_new_epoch_while_one_reads(64)}, {"native_generation.hpp"},
        {"write", "count_release", "read_one"});
}
