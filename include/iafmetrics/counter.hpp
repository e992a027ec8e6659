// SPDX-License-Identifier: Apache-2.0
// counter: an event count that only goes up.
#pragma once

#include <iafmetrics/detail/cell_block.hpp>
#include <iafmetrics/detail/chunk_reader.hpp>
#include <iafmetrics/detail/exemplar_slot.hpp>
#include <iafmetrics/exemplar.hpp>
#include <iafmetrics/number.hpp>

#include <atomic>
#include <concepts>
#include <cstdint>
#include <limits>
#include <new>

namespace iafmetrics::inline v0 {

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
/// Errors:   none is thrown. NaN, infinite and negative amounts are refused, for a counter that goes back reads
///           as a restart, and counted: see refused(). Beyond 2^64 an integer count begins again at 0, which
///           reads as a restart; fractions stop at infinity.
class counter {
public:
    constexpr counter() noexcept = default;
    counter(counter const&) = delete;
    counter& operator=(counter const&) = delete;
    ~counter() { delete extras_.load(std::memory_order_relaxed); }

    void increment() noexcept { add(1); }

    template <std::integral Amount>
    void increment(Amount amount) noexcept
    {
        if (!is_countable(amount)) [[unlikely]]
            return refuse();
        add(static_cast<std::uint64_t>(amount));
    }

    void increment(std::floating_point auto amount) noexcept
    {
        auto const fraction = static_cast<double>(amount);
        if (!is_countable(fraction)) [[unlikely]]
            return refuse();
        add_fraction(fraction);
    }

    /// With an exemplar, which a page in OpenMetrics or protobuf shows: the newest one. One that no page can show (more
    /// than 128 characters or 208 bytes, see exemplar_labels) is refused and counted; the amount counts all the same. Costs some
    /// 100 ns and the coarse clock.
    template <class Amount>
        requires std::integral<Amount> || std::floating_point<Amount>
    void increment(Amount amount, exemplar_labels labels) noexcept
    {
        increment(amount);
        if (!is_countable(amount)) return;
        detail::exemplar_text const text(labels);
        if (!text.is_right()) return refuse();
        if (extras* const more = find_extras())
            more->exemplar.write(text.view(), static_cast<double>(amount), detail::exemplar_time());
    }

    /// False where it has none. Read it before value(): then what it belongs to has been counted.
    [[nodiscard]] bool read_exemplar(detail::exemplar_copy& into) const noexcept
    {
        auto const* const more = extras_.load(std::memory_order_acquire);
        return more != nullptr && more->exemplar.read(into);
    }

    /// Counted so far. May lag a concurrent increment; never goes back for one reader.
    [[nodiscard]] number value() const noexcept
    {
        detail::chunk_reader alone;
        return value(alone);
    }
    /// For whoever reads one instrument after the other.
    [[nodiscard]] number value(detail::chunk_reader& reader) const noexcept
    {
        std::uint64_t whole = shared_.load(std::memory_order_relaxed);
        cells_.for_each(reader, [&](detail::cell* owned) {
            whole += detail::cell_ref(*owned).load(std::memory_order_relaxed);
        });
        double fraction = shared_fraction_.load(std::memory_order_relaxed);
        if (auto const* const more = extras_.load(std::memory_order_acquire))
            more->fractions.for_each(reader,
                                     [&](detail::cell* owned) { fraction += detail::read_real(*owned); });
        if (fraction == 0) return whole;
        return static_cast<double>(whole) + fraction;
    }

    /// Amounts refused so far; a page shows them by metric in iafmetrics_refused_amounts_total.
    [[nodiscard]] std::uint64_t refused() const noexcept
    {
        auto const* const more = extras_.load(std::memory_order_acquire);
        return more == nullptr ? 0 : more->refused.load(std::memory_order_relaxed);
    }

    /// Takes the counter's place in memory now and not at the first increment: a family does so in the order
    /// of its series, which is the order in which a scrape reads them.
    void reserve() noexcept { cells_.reserve(); }

private:
    template <class Amount>
    [[nodiscard]] static constexpr bool is_countable(Amount amount) noexcept
    {
        if constexpr (std::floating_point<Amount>)
            return amount >= 0 && amount <= std::numeric_limits<double>::max();  // false for NaN
        else
            return !(amount < Amount{});
    }

    [[gnu::always_inline]] void add(std::uint64_t amount) noexcept
    {
        if (detail::cell* const mine = cells_.mine()) [[likely]]
            detail::add_owned(*mine, amount);
        else
            shared_.fetch_add(amount, std::memory_order_relaxed);
    }

    void add_fraction(double amount) noexcept
    {
        extras* const more = find_extras();
        if (detail::cell* const mine = more == nullptr ? nullptr : more->fractions.mine())
            detail::add_owned(*mine, amount);
        else
            shared_fraction_.fetch_add(amount, std::memory_order_relaxed);
    }

    [[gnu::noinline, gnu::cold]] void refuse() noexcept
    {
        if (extras* const more = find_extras()) more->refused.fetch_add(1, std::memory_order_relaxed);
    }

    /// What most counters never need. Made by the first fraction, refusal or exemplar.
    struct extras {
        detail::cell_block fractions{1};
        std::atomic<std::uint64_t> refused{0};
        detail::exemplar_slot exemplar;
    };

    /// Null where memory is out.
    [[nodiscard]] extras* find_extras() noexcept
    {
        extras* const found = extras_.load(std::memory_order_acquire);
        return found == nullptr ? make_extras() : found;
    }

    [[gnu::noinline, gnu::cold]] extras* make_extras() noexcept
    {
        auto* const made = new (std::nothrow) extras;
        extras* found = nullptr;
        if (made == nullptr || extras_.compare_exchange_strong(found, made, std::memory_order_release,
                                                               std::memory_order_acquire))
            return made;
        delete made;
        return found;
    }

    detail::cell_block cells_{1};
    std::atomic<std::uint64_t> shared_{0};  // of threads without cells
    std::atomic<double> shared_fraction_{0};
    std::atomic<extras*> extras_{nullptr};
};

}  // namespace iafmetrics::inline v0
