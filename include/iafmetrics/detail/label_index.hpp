// SPDX-License-Identifier: Apache-2.0
// label_index: label values to their series, read without a lock while others insert.
#pragma once

#include <iafmetrics/detail/hash.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// What the index holds: the values that a series was made with, as one text and their lengths.
struct index_node {
    std::uint64_t hash = 0;
    std::vector<std::uint32_t> lengths;
    std::string key;
    std::atomic<index_node*> next{nullptr};  // in the order of insertion

    [[nodiscard]] bool has(std::uint64_t other, std::span<std::string_view const> values) const noexcept
    {
        if (hash != other) return false;
        char const* at = key.data();
        for (std::size_t i = 0; i != values.size(); ++i) {
            if (lengths[i] != values[i].size()) return false;
            // An empty view may point nowhere, which memcmp must not be given.
            if (!values[i].empty() && std::memcmp(at, values[i].data(), values[i].size()) != 0) return false;
            at += lengths[i];
        }
        return true;
    }
};

/// A hash table of nodes that it does not own.
///
/// Threads:  find() and first() from any thread at any time, without a lock; insert() by one thread at a
///           time.
/// Cost:     find() is one hash and, at a load of one half at most, about one and a half probes.
/// Ordering: insert() publishes a node with a release store into its slot (and, where the table grows, the
///           new table with another); find() reads both with acquire, so whoever finds a node sees all that
///           was written into it before insert(). A find() that still reads a table that has been replaced
///           can miss what was inserted since: the caller then looks again under its lock. Replaced tables
///           are kept until the end, for a reader may be in them; being halves of each other they add up to
///           less than the newest.
class label_index {
public:
    label_index() { grow(8); }
    label_index(label_index const&) = delete;
    label_index& operator=(label_index const&) = delete;
    ~label_index()
    {
        for (table const* one = newest_.load(std::memory_order_relaxed); one != nullptr;) {
            table const* const replaced = one->replaced;
            delete one;
            one = replaced;
        }
    }

    [[nodiscard]] index_node* find(std::uint64_t hash,
                                   std::span<std::string_view const> values) const noexcept
    {
        table const& now = *newest_.load(std::memory_order_acquire);
        for (std::size_t at = hash;; ++at) {
            index_node* const node = now.slots[at & now.mask].load(std::memory_order_acquire);
            if (node == nullptr || node->has(hash, values)) return node;
        }
    }

    /// The node's hash and key are set, and not in the index yet. Strong guarantee: throws bad_alloc or
    /// succeeds.
    void insert(index_node& node)
    {
        std::size_t const room = newest_.load(std::memory_order_relaxed)->mask + 1;
        if ((size_ + 1) * 2 > room) grow(room * 2);
        place(*newest_.load(std::memory_order_relaxed), node);
        (last_ == nullptr ? first_ : last_->next).store(&node, std::memory_order_release);
        last_ = &node;
        ++size_;
    }

    /// The oldest node; the others follow by `next` (acquire).
    [[nodiscard]] index_node* first() const noexcept { return first_.load(std::memory_order_acquire); }

    /// For whoever holds the lock that insert() needs.
    [[nodiscard]] std::size_t size() const noexcept { return size_; }

private:
    struct table {
        table(std::size_t count, table* before) : mask(count - 1), slots(count), replaced(before) {}
        std::size_t mask;
        std::vector<std::atomic<index_node*>> slots;
        table* replaced;  // the one that readers may still be in
    };

    static void place(table& into, index_node& node) noexcept
    {
        std::size_t at = node.hash;
        while (into.slots[at & into.mask].load(std::memory_order_relaxed) != nullptr)
            ++at;
        into.slots[at & into.mask].store(&node, std::memory_order_release);
    }

    void grow(std::size_t count)
    {
        auto* const bigger = new table(count, newest_.load(std::memory_order_relaxed));
        for (index_node* node = first(); node != nullptr; node = node->next.load(std::memory_order_relaxed))
            place(*bigger, *node);
        newest_.store(bigger, std::memory_order_release);
    }

    std::atomic<table*> newest_{nullptr};
    std::atomic<index_node*> first_{nullptr};
    index_node* last_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace iafmetrics::inline v0::detail
