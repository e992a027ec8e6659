// SPDX-License-Identifier: Apache-2.0
// slab: the cells that one thread writes, and nobody else.
#pragma once

#include <iafmetrics/config.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace iafmetrics::inline v0::detail {

struct cell_store;

/// One number of one thread. Written by the thread that owns its slab, read by scrapes, both through
/// cell_ref.
using cell = std::uint64_t;
using cell_ref = std::atomic_ref<cell>;

/// Cells come in chunks of 4 KiB: a thread pays for the neighbourhood of what it touched.
inline constexpr std::uint32_t chunk_bits = 9;
inline constexpr std::uint32_t chunk_cells = 1U << chunk_bits;

/// Chunks in a directory: 8,388,608 cells. What is declared beyond counts in shared atomics. The directory is
/// 128 KiB of address space, of which the kernel backs what was touched: one page per 262,144 cells.
inline constexpr std::uint32_t directory_size = 1U << 14U;

/// Which chunk and which cell in it. Chunk 0 never exists, so that a zero id leads to the slow path.
[[nodiscard]] constexpr std::uint32_t chunk_of(std::uint32_t id) noexcept { return id >> chunk_bits; }
[[nodiscard]] constexpr std::uint32_t place_of(std::uint32_t id) noexcept { return id & (chunk_cells - 1); }

/// A thread's cells by id. Slabs live for ever: a thread that ends leaves its slab, with its numbers, to the
/// next one.
///
/// Threads:  chunks are added by the owner, under the store's lock; read by anyone.
/// Ordering: a chunk is zeroed, then published with release; a scrape reads it with acquire. The owner itself
///           reads it relaxed: it wrote it, or adopted the slab under the lock that its last owner gave it
///           back under.
struct slab {
    cell_store* home;         // the store whose ids lead here; null in the empty slab
    std::atomic<slab*> next;  // of all slabs, oldest first
    slab* next_free;          // of those without a thread
    bool is_free;
    cell* chunks[directory_size];

    [[nodiscard, gnu::always_inline]] std::atomic_ref<cell*> chunk(std::uint32_t index) noexcept
    {
        return std::atomic_ref<cell*>(chunks[index]);
    }
};

/// A slab of nothing, where a thread starts: its null chunks lead to the slow path with the check that is
/// there anyway.
inline constinit IAFMETRICS_SHARED slab empty_slab{};

/// A slab of nothing, too, where a thread is once its thread_local objects are gone: it counts in shared atomics from
/// there on. A flag would take room of its own for each module: the loader has 1,664 bytes for all of them.
inline constinit IAFMETRICS_SHARED slab ended_slab{};

/// The hot pointer. Nothing but a constant initializer and no destructor, or each access would pay for it.
inline constinit thread_local IAFMETRICS_SHARED slab* this_thread_slab IAFMETRICS_TLS_MODEL = &empty_slab;

}  // namespace iafmetrics::inline v0::detail
