// SPDX-License-Identifier: Apache-2.0
// cell_block: an instrument's cells, one run of them for every thread that touched it.
#pragma once

#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/detail/chunk_reader.hpp>
#include <iafmetrics/detail/slab.hpp>

#include <atomic>
#include <bit>
#include <cstdint>
#include <mutex>

namespace iafmetrics::inline v0::detail {

/// A run of `length` cells per thread, addressed by one id.
///
///     if (cell* const mine = block.mine()) [[likely]]
///         add_owned(*mine, 1);
///     else
///         shared.fetch_add(1, std::memory_order_relaxed);
///
/// Threads:  mine(), for_each() from any thread at any time.
/// Cost:     mine() is one thread_local load, three others and two predictable branches: 0.5 ns with the add.
/// Ordering: a cell has one writer, so that a relaxed load and a relaxed store lose nothing and need no lock
///           prefix. Its reader sees some value the cell had; by coherence never an older one than it saw
///           before, so that a sum over all threads never goes back for one reader. The numbers of a thread
///           that has ended are read for ever.
///           The id is published with release, behind the home and behind the zeros that the block before left in its
///           place; all read it with acquire, also mine(), whose thread may have counted in that place before. The id
///           that stands for none publishes nothing.
/// Errors:   mine() is null where the calling thread has no cells; the caller has a shared atomic for that. Where the
///           directory is full or memory is out, the block remembers it: the next calls take no lock.
class cell_block {
public:
    constexpr explicit cell_block(std::uint32_t length) noexcept : length_(static_cast<std::uint16_t>(length))
    {}
    cell_block(cell_block const&) = delete;
    cell_block& operator=(cell_block const&) = delete;
    ~cell_block()
    {
        std::uint32_t const id = id_.load(std::memory_order_relaxed);
        if (id > no_cells) give_block_back(*home_.load(std::memory_order_relaxed), id, length_);
    }

    /// The calling thread's cells.
    [[nodiscard, gnu::always_inline]] cell* mine() noexcept
    {
        slab* const s = this_thread_slab;
        std::uint32_t const id = id_.load(std::memory_order_acquire);
        cell* const chunk = s->chunk(chunk_of(id)).load(std::memory_order_relaxed);
        if (chunk != nullptr && s->home == home_.load(std::memory_order_relaxed)) [[likely]]
            return chunk + place_of(id);
        return find_mine();
    }

    /// Takes the id now, so that cells lie in the order in which instruments are made.
    void reserve() noexcept
    {
        if (id_.load(std::memory_order_relaxed) != 0) return;
        std::uint32_t const id = take_block(local_store, length_);
        if (id == 0) {
            std::uint32_t none = 0;
            id_.compare_exchange_strong(none, no_cells, std::memory_order_relaxed);
            return;
        }
        // Two threads may meet here: the second one's run goes back.
        cell_store* home = nullptr;
        std::uint32_t none = 0;
        bool const is_ours = home_.compare_exchange_strong(home, &local_store, std::memory_order_relaxed) ||
                             home == &local_store;
        if (!is_ours || !id_.compare_exchange_strong(none, id, std::memory_order_release))
            give_block_back(local_store, id, length_);
    }

    /// Calls `visit(cells)` for each thread that ever touched the block.
    template <class Visit>
    [[gnu::always_inline]] void for_each(chunk_reader& reader, Visit&& visit) const
    {
        std::uint32_t const id = id_.load(std::memory_order_acquire);
        if (id > no_cells) reader.for_each(*home_.load(std::memory_order_relaxed), id, visit);
    }
    /// The same with the slab, where other blocks have cells of the same thread.
    template <class Visit>
    void for_each_slab(Visit&& visit) const
    {
        std::uint32_t const id = id_.load(std::memory_order_acquire);
        if (id <= no_cells) return;
        slab* s = home_.load(std::memory_order_relaxed)->first_slab.load(std::memory_order_acquire);
        for (; s != nullptr; s = s->next.load(std::memory_order_acquire))
            if (cell* const chunk = s->chunk(chunk_of(id)).load(std::memory_order_acquire))
                visit(*s, chunk + place_of(id));
    }
    /// Those in the slab; null where its thread has not touched the block.
    [[nodiscard]] cell* in(slab& of) const noexcept
    {
        std::uint32_t const id = id_.load(std::memory_order_acquire);
        if (id <= no_cells || of.home != home_.load(std::memory_order_relaxed)) return nullptr;
        cell* const chunk = of.chunk(chunk_of(id)).load(std::memory_order_acquire);
        return chunk == nullptr ? nullptr : chunk + place_of(id);
    }

private:
    [[nodiscard, gnu::noinline, gnu::cold]] cell* find_mine() noexcept
    {
        reserve();
        std::uint32_t const id = id_.load(std::memory_order_acquire);
        if (id <= no_cells || is_out_of_memory_.load(std::memory_order_relaxed)) return nullptr;
        bool is_out_of_memory = false;
        cell* const chunk = lease_chunk(home_.load(std::memory_order_relaxed), id, is_out_of_memory);
        if (is_out_of_memory) is_out_of_memory_.store(true, std::memory_order_relaxed);
        return chunk == nullptr ? nullptr : chunk + place_of(id);
    }

    /// An id in chunk 0, which no slab has: mine() finds nothing there, and find_mine() takes no lock for it.
    static constexpr std::uint32_t no_cells = 1;

    std::atomic<std::uint32_t> id_{0};  // 0: none yet; no_cells: the directory was full
    std::uint16_t length_;
    std::atomic<bool> is_out_of_memory_{false};  // threads without a chunk try no more
    std::atomic<cell_store*> home_{nullptr};
};

/// Adds to a cell that the calling thread owns.
[[gnu::always_inline]] inline void add_owned(cell& owned, std::uint64_t amount) noexcept
{
    cell_ref const c(owned);
    c.store(c.load(std::memory_order_relaxed) + amount, std::memory_order_relaxed);
}

/// A cell that holds a double.
[[nodiscard]] inline double read_real(cell& owned) noexcept
{
    return std::bit_cast<double>(cell_ref(owned).load(std::memory_order_relaxed));
}
[[gnu::always_inline]] inline void add_owned(cell& owned, double amount) noexcept
{
    cell_ref const c(owned);
    c.store(std::bit_cast<cell>(std::bit_cast<double>(c.load(std::memory_order_relaxed)) + amount),
            std::memory_order_relaxed);
}

}  // namespace iafmetrics::inline v0::detail
