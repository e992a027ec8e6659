// SPDX-License-Identifier: Apache-2.0
// chunk_reader: the chunks of all threads, looked up once for the blocks that lie in them.
#pragma once

#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/detail/slab.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>

namespace iafmetrics::inline v0::detail {

/// Reads blocks one after the other, those of a page for instance. Most lie in the chunk of the one before, whose
/// chunks are kept: with eight threads a page is made in half the time.
///
/// Threads:  one; its life is that of one walk.
/// Memory:   that of the chunks of 32 threads is its own; beyond, it allocates. Where it cannot, the slabs of further
///           threads are walked for each block: five times the time of a page.
/// Ordering: a chunk is found with acquire, and never goes. What a thread counts in a chunk that it takes after the
///           reader has looked is seen by the next walk; a block is read once a walk, so that it never goes back.
class chunk_reader {
public:
    chunk_reader() noexcept = default;
    chunk_reader(chunk_reader const&) = delete;
    chunk_reader& operator=(chunk_reader const&) = delete;
    ~chunk_reader()
    {
        if (chunks_ != own_.data()) delete[] chunks_;
    }

    /// Calls `visit(cells)` for each thread that has cells for the id, oldest slab first.
    template <class Visit>
    [[gnu::always_inline]] void for_each(cell_store const& home, std::uint32_t id, Visit&& visit)
    {
        if (home_ != &home || index_ != chunk_of(id)) [[unlikely]]
            look(home, chunk_of(id));
        for (std::size_t i = 0; i != count_; ++i)
            visit(chunks_[i] + place_of(id));
        if (others_ != nullptr) [[unlikely]]
            walk(others_, index_, [&](cell* chunk) {
                visit(chunk + place_of(id));
                return true;
            });
    }

private:
    [[gnu::noinline]] void look(cell_store const& home, std::uint32_t index) noexcept
    {
        home_ = &home;
        index_ = index;
        count_ = 0;
        others_ = walk(home.first_slab.load(std::memory_order_acquire), index, [&](cell* chunk) {
            if (count_ == room_ && !has_grown()) return false;
            chunks_[count_++] = chunk;
            return true;
        });
    }

    [[nodiscard]] bool has_grown() noexcept
    {
        cell** const larger = new (std::nothrow) cell*[room_ * 2];
        if (larger == nullptr) return false;
        for (std::size_t i = 0; i != count_; ++i)
            larger[i] = chunks_[i];
        if (chunks_ != own_.data()) delete[] chunks_;
        chunks_ = larger;
        room_ *= 2;
        return true;
    }

    /// Returns the slab whose chunk `take` has no place for; null after the last.
    template <class Take>
    static slab* walk(slab* s, std::uint32_t index, Take&& take)
    {
        for (; s != nullptr; s = s->next.load(std::memory_order_acquire)) {
            cell* const chunk = s->chunk(index).load(std::memory_order_acquire);
            if (chunk != nullptr && !take(chunk)) break;
        }
        return s;
    }

    cell_store const* home_ = nullptr;
    std::uint32_t index_ = 0;
    std::size_t count_ = 0;
    slab* others_ = nullptr;  // from here on they are looked up each time
    std::array<cell*, 32> own_;
    cell** chunks_ = own_.data();
    std::size_t room_ = own_.size();
};

}  // namespace iafmetrics::inline v0::detail
