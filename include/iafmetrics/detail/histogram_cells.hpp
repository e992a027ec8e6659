// SPDX-License-Identifier: Apache-2.0
// histogram_cells: buckets and sum, written by each thread for itself and read as one.
#pragma once

#include <iafmetrics/buckets.hpp>
#include <iafmetrics/detail/cell_block.hpp>
#include <iafmetrics/detail/chunk_reader.hpp>

#include <sched.h>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

namespace iafmetrics::inline v0::detail {

/// Buckets of a histogram with all the bounds it may have, and +Inf.
inline constexpr std::size_t most_buckets = max_bucket_bounds + 1;

/// A thread's cells: a sequence number, the sum, the buckets.
///
/// Writing is a seqlock with one writer. The sequence is odd while an observation is under way:
///
///     sequence = odd      relaxed
///     bucket              release   whoever reads it new (acquire) reads the sequence at least as odd afterwards
///     sum                 release   likewise
///     sequence = even     release   whoever reads it (acquire) reads bucket and sum at least that new
///
/// A reader that sees the same even sequence before and after has therefore read bucket and sum of whole
/// observations only. It gives up after `most_attempts` and takes what it read last: it never waits for a
/// writer, which may be preempted in the middle or, after a fork, not exist any more. The writer makes the
/// sequence odd with `| 1`, so that one left odd by such a thread is even again after the next observation in
/// its slab.
///
/// Threads without cells (see cell_block::mine) add to a bucket and then to the sum, in atomics that all of them share: a
/// reader may have one of both. Neither goes back, and nothing is lost.
class histogram_cells {
public:
    explicit histogram_cells(std::size_t buckets)
        : block_(static_cast<std::uint32_t>(buckets + first_bucket)),
          shared_(new std::atomic<std::uint64_t>[buckets] {})
    {}
    histogram_cells(histogram_cells const&) = delete;
    histogram_cells& operator=(histogram_cells const&) = delete;
    ~histogram_cells() { delete[] shared_; }

    [[gnu::always_inline]] void add(std::size_t bucket, double value) noexcept
    {
        cell* const mine = block_.mine();
        if (mine == nullptr) [[unlikely]]
            return add_shared(bucket, value);
        cell_ref const sequence(mine[0]);
        cell_ref const sum(mine[1]);
        cell_ref const count(mine[first_bucket + bucket]);
        std::uint64_t const odd = sequence.load(std::memory_order_relaxed) | 1U;
        double const new_sum = std::bit_cast<double>(sum.load(std::memory_order_relaxed)) + value;
        sequence.store(odd, std::memory_order_relaxed);
        count.store(count.load(std::memory_order_relaxed) + 1, std::memory_order_release);
        sum.store(std::bit_cast<cell>(new_sum), std::memory_order_release);
        sequence.store(odd + 1, std::memory_order_release);
    }

    /// Adds up all threads: counts per bucket, as many as there are; the sum is returned.
    double read(chunk_reader& reader, std::span<std::uint64_t> counts) const noexcept
    {
        double sum = shared_sum_.load(std::memory_order_relaxed);
        for (std::size_t i = 0; i != counts.size(); ++i)
            counts[i] = shared_[i].load(std::memory_order_relaxed);
        block_.for_each(reader, [&](cell* owned) { sum += read_one(owned, counts); });
        return sum;
    }

    void reserve() noexcept { block_.reserve(); }

private:
    static constexpr std::size_t first_bucket = 2;
    static_assert(most_buckets + first_bucket <= longest_block);
    static constexpr int most_attempts = 64;

    static double read_one(cell* owned, std::span<std::uint64_t> counts) noexcept
    {
        std::array<std::uint64_t, most_buckets> read;
        double sum = 0;
        for (int attempt = 0; attempt != most_attempts; ++attempt) {
            std::uint64_t const before = cell_ref(owned[0]).load(std::memory_order_acquire);
            for (std::size_t i = 0; i != counts.size(); ++i)
                read[i] = cell_ref(owned[first_bucket + i]).load(std::memory_order_acquire);
            sum = std::bit_cast<double>(cell_ref(owned[1]).load(std::memory_order_acquire));
            if (before % 2 == 0 && cell_ref(owned[0]).load(std::memory_order_relaxed) == before) break;
            if (attempt % 16 == 15) ::sched_yield();  // to a writer that was preempted in the middle
        }
        for (std::size_t i = 0; i != counts.size(); ++i)
            counts[i] += read[i];
        return sum;
    }

    [[gnu::noinline, gnu::cold]] void add_shared(std::size_t bucket, double value) noexcept
    {
        shared_[bucket].fetch_add(1, std::memory_order_relaxed);
        shared_sum_.fetch_add(value, std::memory_order_relaxed);
    }

    cell_block block_;
    std::atomic<std::uint64_t>* shared_;  // one a bucket, of threads without cells
    std::atomic<double> shared_sum_{0};
};

}  // namespace iafmetrics::inline v0::detail
