// SPDX-License-Identifier: Apache-2.0
// up_down_counter: how many are under way.
#pragma once

#include <iafmetrics/detail/cell_block.hpp>
#include <iafmetrics/number.hpp>

#include <atomic>
#include <concepts>
#include <cstdint>

namespace iafmetrics::inline v0 {

/// A count of what comes and goes: requests in flight, open connections. Exposed as a gauge.
///
///     in_flight.increment();
///     …
///     in_flight.decrement();
///
/// It has no set(): whoever adds also subtracts. in_progress does both in one. Amounts are integers: what counts
/// fractions does not compile.
///
/// Threads:  every member may be called from any thread at any time; not from a signal handler.
/// Cost:     as counter: 0.5 ns, the same for any number of threads.
/// Ordering: none. A scrape may see a decrement before its increment, and shows 0 rather than a negative
///           count; it is exact when nothing is under way.
class up_down_counter {
public:
    constexpr up_down_counter() noexcept = default;
    up_down_counter(up_down_counter const&) = delete;
    up_down_counter& operator=(up_down_counter const&) = delete;

    void add(std::integral auto amount) noexcept { add_modulo(static_cast<std::uint64_t>(amount)); }
    void sub(std::integral auto amount) noexcept
    {
        add_modulo(std::uint64_t{0} - static_cast<std::uint64_t>(amount));
    }
    void increment() noexcept { add(1); }
    void decrement() noexcept { sub(1); }

    /// Never below 0.
    [[nodiscard]] number value() const noexcept
    {
        detail::chunk_reader alone;
        return value(alone);
    }
    /// For whoever reads one instrument after the other.
    [[nodiscard]] number value(detail::chunk_reader& reader) const noexcept
    {
        std::uint64_t sum = shared_.load(std::memory_order_relaxed);
        cells_.for_each(reader, [&](detail::cell* owned) {
            sum += detail::cell_ref(*owned).load(std::memory_order_relaxed);
        });
        auto const now = static_cast<std::int64_t>(sum);
        return now < 0 ? std::int64_t{0} : now;
    }

    /// See counter::reserve.
    void reserve() noexcept { cells_.reserve(); }

private:
    /// Modulo 2^64 a thread's cell may go below zero and the sum of all is right all the same.
    [[gnu::always_inline]] void add_modulo(std::uint64_t amount) noexcept
    {
        if (detail::cell* const mine = cells_.mine()) [[likely]]
            detail::add_owned(*mine, amount);
        else
            shared_.fetch_add(amount, std::memory_order_relaxed);
    }

    detail::cell_block cells_{1};
    std::atomic<std::uint64_t> shared_{0};  // of threads without cells
};

}  // namespace iafmetrics::inline v0
