// SPDX-License-Identifier: Apache-2.0
// cell_store: gives out ids of cells, and slabs to threads; keeps both through thread exits and forks.
#pragma once

#include <iafmetrics/config.hpp>
#include <iafmetrics/detail/slab.hpp>

#include <pthread.h>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <mutex>
#include <new>

namespace iafmetrics::inline v0::detail {

/// The longest run of cells that one id may stand for; see cell_block.
inline constexpr std::uint32_t longest_block = 80;

/// All of it is immortal: nothing here has a destructor, so that a counter may be used while statics are
/// destroyed.
///
/// A process has one store where its modules share this inline variable, as they do by default. A module that
/// hides it (RTLD_LOCAL without -rdynamic, a linker script) has its own; an instrument remembers its store,
/// its home, and a thread of another module counts in the instrument's shared atomics instead of a foreign
/// slab.
///
/// Locks: structure before cells. Both are held across fork(), so that a child never inherits one locked.
struct cell_store {
    std::mutex structure;  // families, series and routes are made under it
    std::mutex cells;      // everything below changes under it, but the generation

    std::atomic<std::uint32_t> generation{
        0};  // how many forks lie between this process and the program's start

    // All slabs there are, oldest first, only ever appended to: a sum of doubles taken in this order never
    // goes back by a rounding when a thread comes.
    std::atomic<slab*> first_slab{nullptr};
    slab* last_slab = nullptr;
    slab* free_slabs = nullptr;
    std::uint32_t next_id = chunk_cells;  // chunk 0 stays unused

    struct free_block {
        std::uint32_t id;
        free_block* next;
    };
    free_block* free_blocks[longest_block + 1]{};  // by length
};

inline constinit IAFMETRICS_SHARED cell_store local_store{};

/// Gives the slab back at the end of the thread. Not on the hot path: a thread_local with a destructor costs
/// 1 to 2.6 ns.
struct IAFMETRICS_SHARED slab_lease {
    slab* held = nullptr;

    constexpr slab_lease() = default;
    slab_lease(slab_lease const&) = delete;
    slab_lease& operator=(slab_lease const&) = delete;
    ~slab_lease()
    {
        this_thread_slab = &ended_slab;
        if (held == nullptr) return;
        std::lock_guard const lock(held->home->cells);
        held->is_free = true;
        held->next_free = held->home->free_slabs;
        held->home->free_slabs = held;
    }
};
inline thread_local IAFMETRICS_SHARED slab_lease this_thread_lease;

/// In a child only the thread that forked is left: the slabs of the others, with what they counted, are free.
inline void free_orphaned_slabs(cell_store& store) noexcept
{
    for (slab* s = store.first_slab.load(std::memory_order_relaxed); s != nullptr;
         s = s->next.load(std::memory_order_relaxed)) {
        if (s->is_free || s == this_thread_slab) continue;
        s->is_free = true;
        s->next_free = store.free_slabs;
        store.free_slabs = s;
    }
}

/// Registered while the module's statics are initialized, before its threads: a fork that began before its
/// handlers were there could give the child a lock that nobody is left to release.
inline IAFMETRICS_SHARED int const fork_handlers = pthread_atfork(
    [] {
        local_store.structure.lock();
        local_store.cells.lock();
    },
    [] {
        local_store.cells.unlock();
        local_store.structure.unlock();
    },
    [] {
        free_orphaned_slabs(local_store);
        local_store.generation.fetch_add(1, std::memory_order_relaxed);
        local_store.cells.unlock();
        local_store.structure.unlock();
    });

/// A run of `length` ids in one chunk, their cells zero in every slab; 0 where the directory is full.
inline std::uint32_t take_block(cell_store& store, std::uint32_t length) noexcept
{
    std::lock_guard const lock(store.cells);
    if (auto* const free = store.free_blocks[length]) {
        store.free_blocks[length] = free->next;
        std::uint32_t const id = free->id;
        std::free(free);  // NOLINT(cppcoreguidelines-no-malloc): no exceptions here
        return id;
    }
    std::uint32_t id = store.next_id;
    if (place_of(id) + length > chunk_cells) id = (chunk_of(id) + 1) << chunk_bits;
    if (chunk_of(id) >= directory_size) return 0;
    store.next_id = id + length;
    return id;
}

/// Gives a run back, cleared. Its instrument is destroyed: no thread writes it, and all that did happened
/// before. Where memory for the note is out, the run is lost and nothing else.
inline void give_block_back(cell_store& store, std::uint32_t id, std::uint32_t length) noexcept
{
    std::lock_guard const lock(store.cells);
    for (slab* s = store.first_slab.load(std::memory_order_relaxed); s != nullptr;
         s = s->next.load(std::memory_order_relaxed))
        if (cell* const chunk = s->chunk(chunk_of(id)).load(std::memory_order_relaxed))
            for (std::uint32_t i = 0; i != length; ++i)
                cell_ref(chunk[place_of(id) + i]).store(0, std::memory_order_relaxed);
    // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): no exceptions here
    auto* const note = static_cast<cell_store::free_block*>(std::malloc(sizeof(cell_store::free_block)));
    if (note == nullptr) return;
    *note = {id, store.free_blocks[length]};
    store.free_blocks[length] = note;
}

/// This thread's slab: the one it has, one that another thread left, or a new one. Under store.cells. Null
/// where memory is out.
inline slab* lease_slab(cell_store& store) noexcept
{
    if (this_thread_lease.held != nullptr) return this_thread_lease.held;
    slab* s = store.free_slabs;
    if (s != nullptr) {
        store.free_slabs = s->next_free;
        s->is_free = false;
    } else {
        // calloc leaves untouched pages to the kernel; constructing the directory would touch all 128 KiB.
        s = static_cast<slab*>(std::calloc(1, sizeof(slab)));  // NOLINT(cppcoreguidelines-no-malloc)
        if (s == nullptr) return nullptr;
        new (&s->next) std::atomic<slab*>(nullptr);
        s->home = &store;
        (store.last_slab == nullptr ? store.first_slab : store.last_slab->next)
            .store(s, std::memory_order_release);
        store.last_slab = s;
    }
    this_thread_lease.held = s;
    this_thread_slab = s;
    return s;
}

/// This thread's chunk for an id of `home`, made where it is not there; null where the thread must use shared
/// atomics: the id belongs to another module's store, the thread has ended, or memory is out.
[[gnu::noinline, gnu::cold]] inline cell*
lease_chunk(cell_store* home, std::uint32_t id, bool& is_out_of_memory) noexcept
{
    if (home != &local_store || id == 0 || this_thread_slab == &ended_slab) return nullptr;
    std::lock_guard const lock(home->cells);
    slab* const mine = lease_slab(*home);
    is_out_of_memory = mine == nullptr;
    if (mine == nullptr) return nullptr;
    cell* chunk = mine->chunk(chunk_of(id)).load(std::memory_order_relaxed);
    if (chunk == nullptr) {
        // NOLINTNEXTLINE(cppcoreguidelines-no-malloc): no exceptions here
        chunk = static_cast<cell*>(std::aligned_alloc(64, sizeof(cell) * chunk_cells));
        is_out_of_memory = chunk == nullptr;
        if (chunk == nullptr) return nullptr;
        std::memset(chunk, 0, sizeof(cell) * chunk_cells);
        mine->chunk(chunk_of(id)).store(chunk, std::memory_order_release);
    }
    return chunk;
}

}  // namespace iafmetrics::inline v0::detail
