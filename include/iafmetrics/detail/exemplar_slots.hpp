// SPDX-License-Identifier: Apache-2.0
// exemplar_slots: the newest exemplar of each of several buckets.
#pragma once

#include <iafmetrics/detail/exemplar_slot.hpp>
#include <iafmetrics/exemplar.hpp>

#include <atomic>
#include <cstddef>
#include <new>
#include <string_view>

namespace iafmetrics::inline v0::detail {

/// Takes no memory before the first exemplar; then 240 bytes for each slot.
///
/// Threads:  any.
/// Ordering: the slots are published with release and read with acquire. is_empty() looks into none: relaxed.
class exemplar_slots {
public:
    exemplar_slots() = default;
    exemplar_slots(exemplar_slots const&) = delete;
    exemplar_slots& operator=(exemplar_slots const&) = delete;
    ~exemplar_slots() { delete[] slots_.load(std::memory_order_relaxed); }

    [[nodiscard]] bool is_empty() const noexcept { return slots_.load(std::memory_order_relaxed) == nullptr; }

    /// False where the slot has none.
    [[nodiscard]] bool read(std::size_t slot, exemplar_copy& into) const noexcept
    {
        exemplar_slot const* const found = slots_.load(std::memory_order_acquire);
        return found != nullptr && found[slot].read(into);
    }

    /// There are `size` slots, the same number in every call. Where memory is out there is no exemplar.
    [[gnu::noinline]] void
    write(std::size_t slot, std::size_t size, std::string_view labels, double value) noexcept
    {
        if (exemplar_slot* const found = find_or_make(size))
            found[slot].write(labels, value, exemplar_time());
    }

private:
    [[nodiscard]] exemplar_slot* find_or_make(std::size_t size) noexcept
    {
        exemplar_slot* found = slots_.load(std::memory_order_acquire);
        if (found != nullptr) return found;
        auto* const made = new (std::nothrow) exemplar_slot[size];
        if (made == nullptr ||
            slots_.compare_exchange_strong(found, made, std::memory_order_release, std::memory_order_acquire))
            return made;
        delete[] made;
        return found;
    }

    std::atomic<exemplar_slot*> slots_{nullptr};
};

}  // namespace iafmetrics::inline v0::detail
