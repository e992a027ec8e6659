// SPDX-License-Identifier: Apache-2.0
// label_index: hashes to their nodes, read without a lock while others insert.
#pragma once

#include <atomic>
#include <cassert>
#include <cstddef>
#include <cstdint>
#include <utility>

namespace iafmetrics::inline v0::detail {

/// What the index holds. Set before insert(), and never changed.
struct index_node {
    std::uint64_t hash = 0;
};

/// A hash table of nodes that it does not own, in tables of at most `Most` slots: one that is full is replaced by
/// one of twice the size, and from `Most` on by two, told apart by one more of the hash's highest bits. However
/// many nodes there are, up to nine million, an insert moves 3,072 at most: 0.1 ms.
///
/// Threads:  find() from any thread at any time, without a lock; insert() and size() by one thread at a time.
/// Cost:     find() takes a probe or two. A slot has 8 of the hash's bits beside its pointer, so that a node that
///           is another one is looked at once in 256 times, up to a million nodes. 11 to 21 bytes a node, up to 43 for fewer than
///           1,536 nodes, and as many in tables replaced.
/// Ordering: insert() publishes a node with a release store into its slot, a new table with another into the
///           directory, a new directory with a third; find() reads each with acquire, so whoever finds a node
///           sees all that was written into it before insert(). A find() that still reads what has been replaced
///           can miss what was inserted since: the caller then looks again under its lock. What was replaced is
///           kept until the end, for a reader may be in it.
template <std::uint32_t Least, std::uint32_t Most>
class basic_label_index {
public:
    basic_label_index() : basic_label_index(nullptr)
    {
        publish(*new directory(0));
        directory_.load(std::memory_order_relaxed)
            ->tables[0]
            .store(link(new table[1]{{Least, 0}}), std::memory_order_relaxed);
    }
    basic_label_index(basic_label_index const&) = delete;
    basic_label_index& operator=(basic_label_index const&) = delete;
    ~basic_label_index()
    {
        while (tables_ != nullptr)
            delete[] std::exchange(tables_, tables_->older);
        directory* all = directory_.load(std::memory_order_relaxed);
        while (all != nullptr)
            delete std::exchange(all, all->older);
    }

    /// The node of this hash that `matches(node)`; null where there is none.
    template <class Matches>
    [[nodiscard, gnu::always_inline]] index_node* find(std::uint64_t hash,
                                                       Matches const& matches) const noexcept
    {
        table const& part = directory_.load(std::memory_order_acquire)->of(hash);
        for (std::size_t at = hash;; ++at) {
            std::uint64_t const slot = part.slots[at & part.mask].load(std::memory_order_acquire);
            if (slot == 0) return nullptr;
            if (((slot ^ hash) & tag_mask) != 0) continue;
            index_node& node = node_in(slot);
            if (node.hash == hash && matches(node)) return &node;
        }
    }

    /// Of a node that is not in the index yet. Strong guarantee: throws bad_alloc or succeeds.
    void insert(index_node& node)
    {
        while (part_of(node.hash).is_full())
            make_room(node.hash);
        part_of(node.hash).place(node);
        ++size_;
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    static_assert(Least >= 4, "three quarters of a table must leave a slot free");

    explicit basic_label_index(std::nullptr_t) noexcept {}

    /// Bits that no address of a program has: user space ends at 2^47 on x86-64 and at 2^48 on AArch64 for who
    /// does not ask for more, and bits from 56 on may carry a tag of the hardware's.
    static constexpr std::uint64_t tag_mask = std::uint64_t{0xFF} << 48U;

    static index_node& node_in(std::uint64_t slot) noexcept
    {
        return *reinterpret_cast<index_node*>(static_cast<std::uintptr_t>(slot & ~tag_mask));
    }

    struct table {
        table(std::uint32_t count, std::uint32_t bits)
            : mask(count - 1), depth(bits), slots(new std::atomic<std::uint64_t>[count] {})
        {}
        table(table const&) = delete;
        table& operator=(table const&) = delete;
        ~table() { delete[] slots; }

        /// At most three quarters are taken, so that a probe ends. Of a table that is all there is three eighths: a second
        /// probe is a branch mispredicted, 3 ns, and one of eight lookups needs it instead of one of four.
        [[nodiscard]] bool is_full() const noexcept
        {
            std::uint32_t const eighths = mask + 1 < Most ? 3 : 6;
            return used * 8 >= (mask + 1) * eighths;
        }

        void place(index_node& node) noexcept
        {
            std::size_t at = node.hash;
            while (slots[at & mask].load(std::memory_order_relaxed) != 0)
                ++at;
            auto const address = reinterpret_cast<std::uintptr_t>(&node);
            assert((address & tag_mask) == 0);
            slots[at & mask].store(address | (node.hash & tag_mask), std::memory_order_release);
            ++used;
        }

        std::uint32_t mask;
        std::uint32_t used = 0;
        std::uint32_t depth;  // highest bits of a hash that all of its nodes share
        std::atomic<std::uint64_t>* slots;
        table* older = nullptr;
    };

    struct directory {
        explicit directory(std::uint32_t bits) : depth(bits), tables(new std::atomic<table*>[size()] {}) {}
        directory(directory const&) = delete;
        directory& operator=(directory const&) = delete;
        ~directory() { delete[] tables; }

        [[nodiscard]] std::size_t size() const noexcept { return std::size_t{1} << depth; }
        [[nodiscard]] std::size_t place(std::uint64_t hash) const noexcept
        {
            return hash >> 1U >> (63 - depth);
        }
        [[nodiscard, gnu::always_inline]] table& of(std::uint64_t hash) const noexcept
        {
            return *tables[place(hash)].load(std::memory_order_acquire);
        }

        std::uint32_t depth;
        std::atomic<table*>* tables;
        directory* older = nullptr;
    };

    /// Nodes whose hashes agree in so many bits are not split any further.
    static constexpr std::uint32_t most_depth = 12;

    [[nodiscard]] table& part_of(std::uint64_t hash) const noexcept
    {
        return directory_.load(std::memory_order_relaxed)->of(hash);
    }

    /// Of one or two that were made by one `new`.
    table* link(table* made) noexcept
    {
        made->older = tables_;
        return tables_ = made;
    }

    void publish(directory& all) noexcept
    {
        all.older = directory_.load(std::memory_order_relaxed);
        directory_.store(&all, std::memory_order_release);
    }

    void make_room(std::uint64_t hash)
    {
        table& full = part_of(hash);
        std::uint32_t const count = full.mask + 1;
        if (count < Most || full.depth == most_depth) {
            table& bigger = *link(new table[1]{{count * 2, full.depth}});
            move(full, [&](index_node&) -> table& { return bigger; });
            replace(full, hash, bigger, bigger);
            return;
        }
        if (full.depth == directory_.load(std::memory_order_relaxed)->depth) double_directory();
        table* const halves = link(new table[2]{{count, full.depth + 1}, {count, full.depth + 1}});
        move(full, [&](index_node& node) -> table& { return halves[(node.hash >> (63 - full.depth)) % 2]; });
        replace(full, hash, halves[0], halves[1]);
    }

    template <class Target>
    static void move(table const& full, Target const& target) noexcept
    {
        for (std::size_t i = 0; i <= full.mask; ++i)
            if (std::uint64_t const taken = full.slots[i].load(std::memory_order_relaxed))
                target(node_in(taken)).place(node_in(taken));
    }

    /// Puts `low` and `high` in the place of `full`, each into half of its entries.
    void replace(table const& full, std::uint64_t hash, table& low, table& high) noexcept
    {
        directory& all = *directory_.load(std::memory_order_relaxed);
        std::size_t const entries = std::size_t{1} << (all.depth - full.depth);
        std::size_t const first = all.place(hash) & ~(entries - 1);
        for (std::size_t i = 0; i != entries; ++i)
            all.tables[first + i].store(i < (entries + 1) / 2 ? &low : &high, std::memory_order_release);
    }

    void double_directory()
    {
        directory const& small = *directory_.load(std::memory_order_relaxed);
        auto* const big = new directory(small.depth + 1);
        for (std::size_t i = 0; i != big->size(); ++i)
            big->tables[i].store(small.tables[i / 2].load(std::memory_order_relaxed),
                                 std::memory_order_relaxed);
        publish(*big);
    }

    std::atomic<directory*> directory_{nullptr};
    table* tables_ = nullptr;  // all there are, newest first
    std::size_t size_ = 0;
};

using label_index = basic_label_index<8, 4096>;

}  // namespace iafmetrics::inline v0::detail
