// SPDX-License-Identifier: Apache-2.0
// native_cells: what a native histogram counts in, and how its number of buckets stays below the limit.
#pragma once

#include <iafmetrics/detail/bucket_search.hpp>
#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/detail/native_generation.hpp>
#include <iafmetrics/detail/native_options.hpp>
#include <iafmetrics/detail/native_reading.hpp>

#include <sched.h>
#include <time.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <new>
#include <span>
#include <utility>

namespace iafmetrics::inline v0::detail {

/// A chain of generations, the youngest of which is written. A value without a bucket takes the lock and gets one; where
/// that is one too many, either a new epoch begins, with an empty generation, or a generation of wider buckets joins the
/// chain. Who still holds an older one goes on counting there, and a reader adds up the chain by the buckets of the
/// youngest: wider buckets hold whole narrower ones, so that nothing is lost and nothing is guessed.
///
/// Memory: 3 KB for a generation and 150 bytes for 16 of its buckets, and 8 bytes for each bucket and thread. An epoch has
///         at most 12 generations of a coarser schema and 20 of a wider zero bucket, each of which reaches twice as
///         many bucket widths further as the one before. Generations of ended epochs are used again, and freed
///         with the histogram: whoever still holds one writes into memory that is there, for an epoch that is
///         not read any more.
///
/// Ordering: a generation is made, or emptied for its next use, then published in current_ with release, and found there
///         with acquire; under the lock, relaxed. A reader looks at current_ once more, behind all that it read and
///         with acquire, and at the epoch behind that: who has met anything of a later use of its generation, see
///         native_generation, finds another one there, or the same again and then the later epoch in it.
template <class Generation>
class basic_native_cells {
public:
    using clock = std::int64_t (*)();

    /// The bounds, of declared buckets, may be none and outlive this.
    basic_native_cells(native_options const& options, std::span<double const> bounds, clock now)
        : options_(options), search_(bounds), now_(now), last_reset_(now())
    {
        made_ = new Generation(classic_buckets());
        made_->clear(options_.schema, options_.zero_threshold, nullptr);
        made_->begin_epoch(++epoch_, wall_clock());
        current_.store(made_, std::memory_order_relaxed);  // who knows the histogram knows its first one
    }
    basic_native_cells(basic_native_cells const&) = delete;
    basic_native_cells& operator=(basic_native_cells const&) = delete;
    ~basic_native_cells()
    {
        while (made_ != nullptr)
            delete std::exchange(made_, made_->next_made);
    }

    [[gnu::always_inline]] void observe(double value) noexcept
    {
        std::size_t const classic = bounds().empty() ? 0 : classic_bucket_of(value);
        if (!current_.load(std::memory_order_acquire)->add(value, classic)) [[unlikely]]
            observe_slowly(value, classic);
    }

    /// Tries again while a reading meets the end of an epoch or a new generation; at last under the lock, where there is
    /// neither.
    void read(native_reading& into) const noexcept
    {
        constexpr int most_attempts = 64;
        for (int attempt = 0; attempt != most_attempts; ++attempt) {
            Generation& youngest = *current_.load(std::memory_order_acquire);
            std::uint64_t const epoch = youngest.epoch();
            if (into.read(youngest, epoch) && current_.load(std::memory_order_acquire) == &youngest &&
                youngest.epoch() == epoch)
                return;
            if (attempt % 16 == 15) ::sched_yield();
        }
        std::lock_guard const lock(structure_);
        Generation& youngest = *current_.load(std::memory_order_relaxed);
        (void)into.read(youngest, youngest.epoch());
    }

    /// Begins a new epoch where buckets are wider than declared and the last one began long enough ago.
    void reset_if_due() noexcept
    {
        if (!is_coarsened(*current_.load(std::memory_order_acquire)) || !is_reset_due()) return;
        std::lock_guard const lock(structure_);
        if (is_coarsened(*current_.load(std::memory_order_relaxed)) && is_reset_due()) reset();
    }

    void reserve() noexcept { current_.load(std::memory_order_acquire)->reserve(); }

    [[nodiscard]] std::span<double const> bounds() const noexcept { return search_.bounds(); }

    /// Among the declared buckets. NaN is above all bounds, as in the other clients.
    [[nodiscard]] std::size_t classic_bucket_of(double value) const noexcept
    {
        return value != value ? bounds().size() : search_.bucket_of(value);
    }

    /// Generations there are, in use or not.
    [[nodiscard]] std::size_t generations() const noexcept
    {
        std::lock_guard const lock(structure_);
        std::size_t count = 0;
        for (auto const* at = made_; at != nullptr; at = at->next_made)
            ++count;
        return count;
    }

private:
    [[gnu::noinline, gnu::cold]] void observe_slowly(double value, std::size_t classic) noexcept
    {
        for (;;) {
            Generation* at = nullptr;
            native_place place{};
            std::uint64_t epoch = 0;
            {
                std::lock_guard const lock(structure_);
                place = find_or_make(value);
                at = current_.load(std::memory_order_relaxed);
                epoch = at->epoch();
            }
            // Cells are taken without the lock, see claimable_base::place_node.
            if (at->add_at(place, epoch, value, classic)) return;
            std::lock_guard const lock(structure_);
            if (at->epoch() != epoch) continue;  // ended meanwhile
            return at->add_shared(place, value, classic);
        }
    }

    // What follows is under the lock.

    /// A place in the current generation, which may be another one afterwards.
    [[nodiscard]] native_place find_or_make(double value) noexcept
    {
        Generation* at = current_.load(std::memory_order_relaxed);
        if (is_coarsened(*at) && is_reset_due() && at->place_of(value).value == native_place::unknown &&
            reset())
            at = current_.load(std::memory_order_relaxed);
        if (native_place const found = at->place_of(value); found.value != native_place::unknown)
            return found;
        if (at->slots() >= options_.bucket_limit) {
            if (!make_room(value)) return {native_place::none};
            at = current_.load(std::memory_order_relaxed);
            if (native_place const found = at->place_of(value); found.value != native_place::unknown)
                return found;
        }
        return at->add_slot(key_in(*at, value));
    }

    static native_key key_in(Generation const& of, double value) noexcept
    {
        return of.key_of(value < 0 ? -value : value, value < 0);
    }

    [[nodiscard]] bool is_coarsened(Generation const& now) const noexcept
    {
        return now.schema() != options_.schema || now.zero_threshold() != options_.zero_threshold;
    }
    [[nodiscard]] bool is_reset_due() const noexcept
    {
        return options_.min_reset_nanoseconds != native_options::never &&
               now_() - last_reset_.load(std::memory_order_relaxed) >= options_.min_reset_nanoseconds;
    }

    /// The limit is reached and this value needs a bucket more: a new epoch, a wider zero bucket, wider buckets, in that
    /// order. False where memory is out.
    [[nodiscard]] bool make_room(double value) noexcept
    {
        if (is_reset_due()) return reset();
        Generation& from = *current_.load(std::memory_order_relaxed);
        Generation* const into = take_generation();
        if (into == nullptr) return false;
        if (!into->reserve_slots(options_.bucket_limit)) {
            give_generation_back(*into);
            return false;
        }
        widen_zero(*into, from, value) || widen_buckets(*into, from, value);
        into->begin_epoch(from.epoch(), from.created());
        current_.store(into, std::memory_order_release);
        return true;
    }

    /// To the bound of the smallest bucket at least, as far as is allowed.
    [[nodiscard]] bool widen_zero(Generation& into, Generation& from, double value) noexcept
    {
        int const schema = from.schema();
        std::int32_t const smallest = smallest_index(from, value);
        if (upper_bound(smallest, schema) > options_.max_zero_threshold) return false;
        std::int32_t further = widths_further_;
        while (upper_bound(smallest + further, schema) > options_.max_zero_threshold)
            further /= 2;
        reach_further();
        return fill(into, from, value, schema, upper_bound(smallest + further, schema));
    }

    /// The limit is a limit: where the widest buckets are too many, the zero bucket takes what is next to it, however
    /// wide it becomes.
    bool widen_buckets(Generation& into, Generation& from, double value) noexcept
    {
        for (int schema = from.schema() - 1; schema >= coarsest_schema; --schema)
            if (fill(into, from, value, schema, from.zero_threshold())) return true;
        std::int32_t const smallest =
            coarser_index(smallest_index(from, value), from.schema() - coarsest_schema);
        for (;; reach_further()) {
            double const bound = upper_bound(smallest + widths_further_, coarsest_schema);
            constexpr double most = std::numeric_limits<double>::max();
            if (fill(into, from, value, coarsest_schema, bound < most ? bound : most)) return true;
        }
    }

    void reach_further() noexcept
    {
        constexpr std::int32_t all_there_are = 1 << 20;
        if (widths_further_ < all_there_are) widths_further_ = 2 * widths_further_ + 1;
    }

    /// Of all buckets and of the value, that nearest to 0.
    static std::int32_t smallest_index(Generation const& of, double value) noexcept
    {
        std::int32_t smallest = key_in(of, value).index();
        for (std::uint32_t slot = 0; slot != of.slots(); ++slot) {
            std::int32_t const index = of.key(slot).index();
            if (index < smallest) smallest = index;
        }
        return smallest;
    }

    /// Makes it the one behind `from`, with a slot for each bucket that holds one of there. False where there are more than the
    /// limit, with that of the value.
    [[nodiscard]] bool
    fill(Generation& into, Generation& from, double value, int schema, double threshold) const noexcept
    {
        into.clear(schema, threshold, &from);
        for (std::uint32_t slot = 0; slot != from.slots(); ++slot) {
            native_key const key = from.key(slot);
            if (into.place_of(key, from.schema()).value != native_place::unknown) continue;
            (void)into.add_slot(
                native_key::of(key.is_negative(), coarser_index(key.index(), from.schema() - schema)));
        }
        return into.place_of(value).value != native_place::unknown || into.slots() != options_.bucket_limit;
    }

    bool reset() noexcept
    {
        Generation* const into = take_generation();
        if (into == nullptr) return false;
        Generation* ended = current_.load(std::memory_order_relaxed);
        into->clear(options_.schema, options_.zero_threshold, nullptr);
        into->begin_epoch(++epoch_, wall_clock());
        current_.store(into, std::memory_order_release);
        for (; ended != nullptr; ended = ended->previous())
            give_generation_back(*ended);
        last_reset_.store(now_(), std::memory_order_relaxed);
        widths_further_ = 0;
        return true;
    }

    /// One of an ended epoch, or a new one; null where memory is out.
    [[nodiscard]] Generation* take_generation() noexcept
    {
        if (free_ != nullptr) return std::exchange(free_, free_->next_free);
        auto* const made = new (std::nothrow) Generation(classic_buckets());
        if (made == nullptr) return nullptr;
        made->next_made = std::exchange(made_, made);
        return made;
    }
    void give_generation_back(Generation& ended) noexcept { ended.next_free = std::exchange(free_, &ended); }

    [[nodiscard]] std::size_t classic_buckets() const noexcept
    {
        return bounds().empty() ? 0 : bounds().size() + 1;
    }

    /// Nanoseconds since 1970.
    static std::int64_t wall_clock() noexcept
    {
        ::timespec now{};
        ::clock_gettime(CLOCK_REALTIME, &now);
        return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
    }

    native_options const options_;
    bucket_search const search_;
    clock const now_;
    std::atomic<Generation*> current_{nullptr};
    std::mutex& structure_ = local_store.structure;  // held across fork()
    std::atomic<std::int64_t> last_reset_;           // or the beginning
    std::uint64_t epoch_ = 0;                        // of the current generation; no two are the same
    std::int32_t widths_further_ = 0;                // than the smallest bucket the next widening reaches
    Generation* made_ = nullptr;
    Generation* free_ = nullptr;
};

using native_cells = basic_native_cells<native_generation>;

}  // namespace iafmetrics::inline v0::detail
