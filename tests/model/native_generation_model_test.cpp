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

/// With a table for a few buckets.
using small_generation = basic_native_generation<8>;
std::unique_ptr<small_generation> generation;
/// As native_cells has it: whether the generation is the youngest.
std::unique_ptr<model_std::atomic<bool>> is_current;

/// With schema 0: 1 is in the bucket with index 0, 4 with 2, 16 with 4.
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
    std::array<std::uint64_t, 3> counts{};  // of 1, 4 and 16
    std::uint64_t in_zero = 0;
    double sum = 0;

    void count(native_place place, std::uint64_t amount)
    {
        if (place.value == native_place::zero) in_zero += amount;
        if (amount != 0 && place.is_slot())
            counts.at(static_cast<std::size_t>(generation->key(place.value).index()) / 2) += amount;
    }
    void classic(std::size_t, std::uint64_t) {}
    [[nodiscard]] bool is_whole() const
    {
        return sum == static_cast<double>(counts[0] + 4 * counts[1] + 16 * counts[2]);
    }
};

reading read_all(std::uint64_t epoch)
{
    reading all;
    all.sum = generation->read(epoch, all);
    return all;
}

void read_whole() { model::check(read_all(1).is_whole(), "buckets and sum of whole observations"); }

void begin(std::initializer_list<int> buckets)
{
    model::reset_library();
    is_current = std::make_unique<model_std::atomic<bool>>(true);
    generation = std::make_unique<small_generation>(0);
    generation->clear(0, 0x1p-128, nullptr);
    for (int const index : buckets)
        (void)generation->add_slot(native_key::of(false, index));
    generation->begin_epoch(1, 10);
}

/// As native_cells and native_reading read: false where another generation or epoch came meanwhile.
struct described {
    std::uint64_t epoch = 0;
    int schema = 0;
    double zero_threshold = 0;
    std::int64_t created = 0;
    bool has_previous = false;
    bool has_bucket_of_one = false;
    reading counted;

    [[nodiscard]] bool read()
    {
        if (!is_current->load(std::memory_order_acquire)) return false;
        epoch = generation->epoch();
        schema = generation->schema();
        zero_threshold = generation->zero_threshold();
        created = generation->created();
        counted = read_all(epoch);
        has_previous = generation->previous() != nullptr;
        has_bucket_of_one = generation->place_of(native_key::of(false, 0)).is_slot();
        return is_current->load(std::memory_order_acquire) && generation->epoch() == epoch;
    }
};

/// Of the first epoch, or of the third as use_again() begins it.
void check_that_it_is_of_one_epoch()
{
    described now;
    if (!now.read()) return;
    if (now.epoch == 1) {
        model::check(now.schema == 0 && now.zero_threshold == 0x1p-128 && now.created == 10 &&
                         !now.has_previous && now.has_bucket_of_one,
                     "a reading of an epoch that has ended since is not taken for one");
        model::check(now.counted.is_whole() && now.counted.counts[0] == 1,
                     "what is read of an epoch is what was counted in it");
    } else {
        model::check(now.schema == -1 && now.zero_threshold == 2 && now.created == 30 && now.has_previous &&
                         !now.has_bucket_of_one,
                     "who knows an epoch knows what it began with");
        model::check(now.counted.counts[0] == 0 && now.counted.in_zero == 0, "nothing of an earlier epoch");
    }
}

/// The second epoch goes on in another generation, and the third in this one again.
void use_again()
{
    is_current->store(false, std::memory_order_release);
    generation->clear(-1, 2, generation.get());
    (void)generation->add_slot(native_key::of(false, 2));
    generation->begin_epoch(3, 30);
    is_current->store(true, std::memory_order_release);
}

model::program of(std::size_t most_accesses,
                  std::function<void()> before,
                  std::vector<std::function<void()>> threads,
                  std::function<void()> after)
{
    return {.before = std::move(before),
            .threads = std::move(threads),
            .after = std::move(after),
            .end =
                [] {
                    is_current.reset();
                    model::forget_library(generation);
                },
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
            model::check(all.sum == 17 && all.counts[0] == 1 && all.counts[2] == 1, "nothing is lost");
        });
}

/// The slot and its segment are made while another thread observes into it and a third looks.
model::program a_bucket_comes_while_one_observes()
{
    return of(
        200,
        [] {
            begin({});
            observe(0);
        },
        {[] { observe(16); }, [] { (void)generation->add_slot(native_key::of(false, 4)); }},
        [] {
            reading const all = read_all(1);
            model::check(all.is_whole() && all.counts[2] <= 1, "what found its bucket is counted there");
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
/// A thread whose cells are of an earlier epoch clears those of the segment, whoever has made it.
model::program a_segment_comes_while_one_begins_an_epoch()
{
    return of(
        200,
        [] {
            begin({});
            observe(0);
            generation->begin_epoch(2, 20);
        },
        {[] { observe(0); }, [] { (void)generation->add_slot(native_key::of(false, 0)); }},
        [] {
            observe(1);
            model::check(read_all(2).sum == 1 && read_all(2).in_zero == 1, "nothing is lost");
        });
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
            generation->begin_epoch(2, 20);
        },
        {[] { observe(16); },
         [] {
             reading const all = read_all(2);
             model::check(all.is_whole() && all.sum <= 16, "nothing of an earlier epoch");
         }},
        [] { model::check(read_all(2).sum == 16, "nothing is lost"); });
}
model::program an_epoch_ends_while_one_observes()
{
    auto const check = [] {
        reading const all = read_all(2);
        model::check(all.is_whole() && all.counts[0] == 0, "what is late is not in the next epoch");
    };
    return of(
        60,
        [] {
            begin({0, 4});
            observe(1);
        },
        {[] { observe(16); },
         [check] {
             generation->begin_epoch(2, 20);
             check();
         }},
        check);
}
/// The writer has counted in the first epoch, and does so in the third.
model::program used_again_while_one_reads()
{
    return of(
        120,
        [] {
            begin({0});
            observe(1);
        },
        {use_again, check_that_it_is_of_one_epoch}, [] {});
}
model::program counted_in_again_while_one_reads()
{
    return of(
        64,
        [] {
            begin({0});
            observe(1);
        },
        {[] {
             generation->begin_epoch(2, 20);
             observe(0);
         },
         [] {
             reading const all = read_all(1);
             if (generation->epoch() == 1)
                 model::check(all.sum == 1 && all.counts[0] == 1,
                              "what is read of an epoch is what was counted in it");
         }},
        [] { model::check(read_all(2).in_zero == 1, "nothing is lost"); });
}
/// Late for the first epoch, a writer may meet buckets of the third, but no reader with its observation among them.
model::program used_again_while_one_observes()
{
    return of(
        120,
        [] {
            begin({0, 2, 4});
            observe(1);
        },
        {[] {
             observe(16);
             check_that_it_is_of_one_epoch();
         },
         use_again},
        [] {});
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

TEST_CASE("native_generation model: who begins an epoch clears what another thread makes meanwhile")
{
    model::check_every_execution(a_segment_comes_while_one_begins_an_epoch());
}

TEST_CASE("native_generation model: a generation that is used again shows nothing of an earlier epoch")
{
    model::check_every_execution(observe_in_a_new_epoch_while_one_reads(70));
}

TEST_CASE("native_generation model: what is late for an epoch is not in the next one")
{
    model::check_every_execution(an_epoch_ends_while_one_observes());
}

TEST_CASE(
    "native_generation model: who reads while a generation is used again reads one epoch or tries again")
{
    model::check_every_execution(used_again_while_one_reads());
    model::check_every_execution(counted_in_again_while_one_reads());
    model::check_every_execution(used_again_while_one_observes());
}

TEST_CASE("native_generation model: no ordering is stronger than it must be")
{
    model::check_that_each_ordering_matters(
        {used_again_while_one_reads(), a_bucket_comes_while_one_observes(), a_bucket_comes_while_one_reads(),
         a_segment_comes_while_one_begins_an_epoch(), counted_in_again_while_one_reads(),
         used_again_while_one_observes(), observe_while_one_reads(),
         observe_in_a_new_epoch_while_one_reads(64)},
        {"native_generation.hpp"});
}
