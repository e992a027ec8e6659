// SPDX-License-Identifier: Apache-2.0
// sketch_buckets: counts by index, in one run of memory from the lowest to the highest there is.
#pragma once

#include <cstddef>
#include <cstdint>
#include <new>

namespace iafmetrics::inline v0::detail {

/// The store of a DDSketch: bounded by a number of buckets, of which the lowest takes what would lie below it.
///
/// Threads: one at a time.
class sketch_buckets {
public:
    sketch_buckets() = default;
    sketch_buckets(sketch_buckets const&) = delete;
    sketch_buckets& operator=(sketch_buckets const&) = delete;
    ~sketch_buckets() { delete[] counts_; }

    /// False where memory is out: nothing is counted then. `most` is how many buckets there may be, a multiple of `step`.
    bool add(std::int32_t index, std::int32_t most) noexcept
    {
        if (index < first_ || index >= end_) [[unlikely]] {
            if (!reach(index, most)) return false;
            if (index < first_) index = first_;
        }
        ++counts_[index - first_];
        ++total_;
        return true;
    }

    void clear() noexcept
    {
        delete[] counts_;
        counts_ = nullptr;
        first_ = end_ = 0;
        total_ = 0;
    }

    [[nodiscard]] std::uint64_t total() const noexcept { return total_; }
    [[nodiscard]] bool is_empty() const noexcept { return total_ == 0; }
    [[nodiscard]] std::int32_t first() const noexcept { return first_; }
    [[nodiscard]] std::int32_t end() const noexcept { return end_; }  // behind the highest

    [[nodiscard]] std::uint64_t count(std::int32_t index) const noexcept
    {
        return index >= first_ && index < end_ ? counts_[index - first_] : 0;
    }
    [[nodiscard]] std::uint64_t count_below(std::int32_t index) const noexcept
    {
        std::uint64_t count = 0;
        for (std::int32_t at = first_; at < index && at < end_; ++at)
            count += counts_[at - first_];
        return count;
    }

    static constexpr std::int32_t step = 64;  // by which the run grows

private:
    /// Makes the run long enough for the index, or full.
    [[gnu::noinline, gnu::cold]] bool reach(std::int32_t index, std::int32_t most) noexcept
    {
        std::int32_t const below = index & ~(step - 1);
        bool const has_none = counts_ == nullptr;
        std::int32_t first = has_none || below < first_ ? below : first_;
        std::int32_t const end = has_none || below + step > end_ ? below + step : end_;
        if (end - first > most) first = end - most;
        if (first == first_ && end == end_) return true;
        auto* const longer = new (std::nothrow) std::uint64_t[static_cast<std::size_t>(end - first)]();
        if (longer == nullptr) return false;
        for (std::int32_t at = first_; at != end_; ++at)
            longer[(at < first ? first : at) - first] += counts_[at - first_];
        delete[] counts_;
        counts_ = longer;
        first_ = first;
        end_ = end;
        return true;
    }

    std::uint64_t* counts_ = nullptr;
    std::int32_t first_ = 0;
    std::int32_t end_ = 0;
    std::uint64_t total_ = 0;
};

}  // namespace iafmetrics::inline v0::detail
