// SPDX-License-Identifier: Apache-2.0
// pointer_rows: a table of pointers that come one by one, found by row and column while others are added.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <new>

namespace iafmetrics::inline v0::detail {

/// A row takes memory with its first pointer.
///
/// Threads:  any thread at any time; of two that bring a pointer to one place, the first one's stays.
/// Cost:     find(): two loads. A row: 8 bytes a column.
/// Ordering: three accesses hand memory on, each by a release that an acquire reads.
///
///               the pointer   stored by add()      read by find()     what it points to
///               the row       stored by add()      read by find()     its columns, zeroed
///               the same      stored by add()      read by add(), where another one came first
///
///           A row is never replaced, so the row that is found is the one that add() has put the pointer into.
template <class Pointee, std::size_t Rows, std::size_t Columns>
class pointer_rows {
public:
    pointer_rows() = default;
    pointer_rows(pointer_rows const&) = delete;
    pointer_rows& operator=(pointer_rows const&) = delete;
    ~pointer_rows()
    {
        for (auto& each : rows_)
            delete each.load(std::memory_order_relaxed);
    }

    /// Null where none is there yet.
    [[nodiscard, gnu::always_inline]] Pointee* find(std::size_t row, std::size_t column) const noexcept
    {
        row_of_pointers const* const found = rows_[row].load(std::memory_order_acquire);
        return found == nullptr ? nullptr : (*found)[column].load(std::memory_order_acquire);
    }

    /// Where memory is out there is none afterwards, either.
    void add(std::size_t row, std::size_t column, Pointee& one) noexcept
    {
        row_of_pointers* const found = find_or_make(row);
        if (found == nullptr) return;
        Pointee* none = nullptr;
        (*found)[column].compare_exchange_strong(none, &one, std::memory_order_release,
                                                 std::memory_order_relaxed);
    }

private:
    using row_of_pointers = std::array<std::atomic<Pointee*>, Columns>;

    row_of_pointers* find_or_make(std::size_t row) noexcept
    {
        row_of_pointers* found = rows_[row].load(std::memory_order_acquire);
        if (found != nullptr) return found;
        auto* const made = new (std::nothrow) row_of_pointers{};
        if (made == nullptr || rows_[row].compare_exchange_strong(found, made, std::memory_order_release,
                                                                  std::memory_order_acquire))
            return made;
        delete made;
        return found;
    }

    std::array<std::atomic<row_of_pointers*>, Rows> rows_{};
};

}  // namespace iafmetrics::inline v0::detail
