// SPDX-License-Identifier: Apache-2.0
// counter: an event count that only goes up.
#pragma once

#include <iafmetrics/detail/cell_block.hpp>
#include <iafmetrics/number.hpp>

#include <atomic>
#include <concepts>
#include <cstdint>
#include <limits>
#include <new>

namespace iafmetrics {

/// A count of things that only happen: requests, bytes, errors. For what comes and goes, use up_down_counter.
///
///     sessions.increment();            // one
///     bytes.increment(packet.size());  // many
///     paid.increment(12.50);           // a fraction
///
/// Unit:     what the metric's name says; integers are exact up to 2^64, fractions are doubles.
/// Threads:  every member may be called from any thread at any time; not from a signal handler.
/// Cost:     0.5 ns, the same for any number of threads: each writes cells of its own, which a scrape adds
///           up. A thread's first increment of a counter takes a lock and may allocate. Fractions take 3 ns,
///           the latency of the addition. 8 bytes per thread that touched the counter's neighbourhood of 512.
/// Ordering: none. value() says nothing about other writes being visible.
/// Errors:   none is thrown. NaN, infinite and negative amounts are refused: a counter that goes back reads
///           as a restart.
class counter {
public:
    constexpr counter() noexcept = default;
    counter(counter const&) = delete;
    counter& operator=(counter const&) = delete;
    ~counter() { delete fraction_cells_.load(std::memory_order_relaxed); }

    void increment() noexcept { add(1); }

    template <std::integral Amount>
    void increment(Amount amount) noexcept
    {
        if (amount < Amount{}) return;
        add(static_cast<std::uint64_t>(amount));
    }

    void increment(std::floating_point auto amount) noexcept
    {
        auto const fraction = static_cast<double>(amount);
        if (!(fraction >= 0 && fraction <= std::numeric_limits<double>::max())) return;  // NaN compares false
        add_fraction(fraction);
    }

    /// Counted so far. May lag a concurrent increment; never goes back for one reader.
    [[nodiscard]] number value() const noexcept
    {
        std::uint64_t whole = shared_.load(std::memory_order_relaxed);
        cells_.for_each(
            [&](detail::cell* owned) { whole += detail::cell_ref(*owned).load(std::memory_order_relaxed); });
        double fraction = shared_fraction_.load(std::memory_order_relaxed);
        if (auto const* const block = fraction_cells_.load(std::memory_order_acquire))
            block->for_each([&](detail::cell* owned) { fraction += detail::read_real(*owned); });
        if (fraction == 0) return whole;
        return static_cast<double>(whole) + fraction;
    }

    /// Takes the counter's place in memory now and not at the first increment: a family does so in the order
    /// of its series, which is the order in which a scrape reads them.
    void reserve() noexcept { cells_.reserve(); }

private:
    [[gnu::always_inline]] void add(std::uint64_t amount) noexcept
    {
        if (detail::cell* const mine = cells_.mine()) [[likely]]
            detail::add_owned(*mine, amount);
        else
            shared_.fetch_add(amount, std::memory_order_relaxed);
    }

    void add_fraction(double amount) noexcept
    {
        detail::cell_block* block = fraction_cells_.load(std::memory_order_acquire);
        if (block == nullptr) block = make_fraction_cells();
        if (detail::cell* const mine = block == nullptr ? nullptr : block->mine())
            detail::add_owned(*mine, amount);
        else
            shared_fraction_.fetch_add(amount, std::memory_order_relaxed);
    }

    [[gnu::noinline, gnu::cold]] detail::cell_block* make_fraction_cells() noexcept
    {
        auto* const made = new (std::nothrow) detail::cell_block(1);
        detail::cell_block* found = nullptr;
        if (made == nullptr ||
            fraction_cells_.compare_exchange_strong(found, made, std::memory_order_acq_rel))
            return made;
        delete made;
        return found;
    }

    detail::cell_block cells_{1};
    std::atomic<std::uint64_t> shared_{0};  // of threads without cells
    std::atomic<double> shared_fraction_{0};
    std::atomic<detail::cell_block*> fraction_cells_{nullptr};  // made by the first fraction
};

}  // namespace iafmetrics
