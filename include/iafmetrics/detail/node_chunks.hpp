// SPDX-License-Identifier: Apache-2.0
// node_chunks: series side by side in memory in the order of their creation, walked while others are added.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <utility>

namespace iafmetrics::inline v0::detail {

/// Nodes in chunks, the first for one node, the next twice as large, up to 256 nodes: an address stays what it is.
///
/// Threads:  for_each() from any thread at any time, without a lock; the rest by one thread at a time.
/// Ordering: publish() stores the new count with release, for_each() reads it with acquire: whoever walks meets
///           nodes, and chunks, as they were when they were published.
template <class Node>
class node_chunks {
public:
    node_chunks() = default;
    node_chunks(node_chunks const&) = delete;
    node_chunks& operator=(node_chunks const&) = delete;
    ~node_chunks()
    {
        for_each([](Node& node) { node.~Node(); });
        while (first_ != nullptr) {
            chunk* const done = std::exchange(first_, first_->next);
            ::operator delete(done, std::align_val_t(alignof(chunk)));
        }
    }

    /// Made from `arguments`, and not part of the list before publish(): what is appended next takes its place
    /// otherwise, once it has been taken back. Throws bad_alloc or succeeds.
    template <class... Arguments>
    [[nodiscard]] Node& append(Arguments const&... arguments)
    {
        if (last_ == nullptr || in_last_ == last_->capacity) add_chunk();
        return *new (static_cast<void*>(last_->nodes() + in_last_)) Node(arguments...);
    }
    void take_back(Node& appended) noexcept { appended.~Node(); }
    void publish() noexcept
    {
        ++in_last_;
        count_.store(count_.load(std::memory_order_relaxed) + 1, std::memory_order_release);
    }

    template <class Visit>
    void for_each(Visit&& visit) const
    {
        std::size_t left = count_.load(std::memory_order_acquire);
        if (left == 0) return;
        for (chunk* at = first_;; at = at->next) {
            std::size_t const here = left < at->capacity ? left : at->capacity;
            for (std::size_t i = 0; i != here; ++i)
                visit(at->nodes()[i]);
            left -= here;
            if (left == 0) return;  // the next chunk, if any, is not published
        }
    }

private:
    static constexpr std::size_t cache_line = 64;
    static constexpr std::uint32_t largest = 256;

    struct alignas(cache_line < alignof(Node) ? alignof(Node) : cache_line) chunk {
        chunk* next;
        std::uint32_t capacity;

        [[nodiscard]] Node* nodes() noexcept { return reinterpret_cast<Node*>(this + 1); }
    };

    void add_chunk()
    {
        std::uint32_t const before = last_ == nullptr ? 0 : last_->capacity;
        std::uint32_t const capacity = before == 0 ? 1 : before < largest ? before * 2 : largest;
        void* const memory =
            ::operator new(sizeof(chunk) + capacity * sizeof(Node), std::align_val_t(alignof(chunk)));
        chunk* const made = new (memory) chunk{nullptr, capacity};
        (last_ == nullptr ? first_ : last_->next) = made;
        last_ = made;
        in_last_ = 0;
    }

    chunk* first_ = nullptr;
    chunk* last_ = nullptr;
    std::size_t in_last_ = 0;  // published ones
    std::atomic<std::size_t> count_{0};
};

}  // namespace iafmetrics::inline v0::detail
