// SPDX-License-Identifier: Apache-2.0
// native_reading: what a native histogram has counted at one moment, with room for all that it may be.
#pragma once

#include <iafmetrics/buckets.hpp>
#include <iafmetrics/detail/native_generation.hpp>
#include <iafmetrics/native_snapshot.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace iafmetrics::inline v0::detail {

/// Counts of a generation and of those before it in its epoch, by the places of the youngest.
class native_reading {
public:
    /// Of the generation and of those before it in this epoch; false where the epoch ends meanwhile.
    template <class Generation>
    [[nodiscard]] bool read(Generation& youngest, std::uint64_t epoch) noexcept
    {
        counts_.fill(0);
        classic.fill(0);
        schema = youngest.schema();
        zero_threshold = youngest.zero_threshold();
        created = youngest.created();
        sum = 0;
        for (auto* at = &youngest; at != nullptr; at = at->previous()) {
            if (at->epoch() != epoch) return false;
            sum += at->read(epoch, adder<Generation>{*this, *at, &youngest});
        }
        collect(youngest);
        fit_classic(youngest.classic_buckets());
        return true;
    }

    [[nodiscard]] native_snapshot snapshot() const noexcept
    {
        std::span const all(buckets_);
        return {schema,
                zero_threshold,
                zero_count,
                count,
                sum,
                all.subspan(positive_, negative_),
                all.first(positive_)};
    }

    int schema = 0;
    double zero_threshold = 0;
    double sum = 0;
    std::uint64_t zero_count = 0;
    std::uint64_t count = 0;
    std::int64_t created = 0;                                  // nanoseconds since 1970
    std::array<std::uint64_t, max_bucket_bounds + 1> classic;  // where none are declared, +Inf alone

private:
    template <class Generation>
    struct adder {
        native_reading& into;
        Generation const& from;
        Generation const* youngest;

        void count(native_place place, std::uint64_t amount)
        {
            if (amount == 0) return;
            if (place.is_slot() && &from != youngest)
                place = youngest->place_of(from.key(place.value), from.schema());
            into.counts_[place.value] += amount;
        }
        void classic(std::size_t bucket, std::uint64_t amount) { into.classic[bucket] += amount; }
    };

    /// Buckets that hold something, in the order of their keys.
    template <class Generation>
    void collect(Generation const& youngest) noexcept
    {
        zero_count = counts_[native_place::zero];
        count = zero_count + counts_[native_place::none];
        std::array<std::uint64_t, most_native_buckets> keys;  // each above its slot
        std::size_t used = 0;
        for (std::uint32_t slot = 0; slot != most_native_buckets; ++slot)
            if (counts_[slot] != 0) keys[used++] = std::uint64_t{youngest.key(slot).bits} << 32U | slot;
        sort(std::span(keys).first(used));
        positive_ = negative_ = 0;
        for (std::uint64_t const one : std::span(keys).first(used)) {
            native_key const key{static_cast<std::uint32_t>(one >> 32U)};
            std::uint64_t const amount = counts_[one & 0xFFFF'FFFFU];
            buckets_[positive_ + negative_] = {key.index(), amount};
            ++(key.is_negative() ? negative_ : positive_);
            count += amount;
        }
    }

    /// Who gives up before a busy writer has read its declared buckets some observations later than the others. +Inf is
    /// then what the finite ones leave of the count, and these end where it does: cumulated, each is the lesser of
    /// two numbers that never go back, and does not either.
    void fit_classic(std::size_t buckets) noexcept
    {
        std::uint64_t left = count;
        for (std::size_t i = 0; i + 1 < buckets; ++i) {
            if (classic[i] > left) classic[i] = left;
            left -= classic[i];
        }
        classic[buckets == 0 ? 0 : buckets - 1] = left;
    }

    /// By shells: a few hundred numbers, mostly in order, and no <algorithm>.
    static void sort(std::span<std::uint64_t> numbers) noexcept
    {
        for (std::size_t const gap : {std::size_t{132}, std::size_t{57}, std::size_t{23}, std::size_t{10},
                                      std::size_t{4}, std::size_t{1}})
            for (std::size_t i = gap; i < numbers.size(); ++i) {
                std::uint64_t const one = numbers[i];
                std::size_t at = i;
                for (; at >= gap && numbers[at - gap] > one; at -= gap)
                    numbers[at] = numbers[at - gap];
                numbers[at] = one;
            }
    }

    std::array<std::uint64_t, native_place::unknown + 1> counts_;
    std::array<native_snapshot::bucket, most_native_buckets> buckets_;
    std::size_t positive_ = 0;
    std::size_t negative_ = 0;
};

}  // namespace iafmetrics::inline v0::detail
