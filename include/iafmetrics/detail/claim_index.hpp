// SPDX-License-Identifier: Apache-2.0
// claim_index: label values to claimed series, for whoever holds the lock; it shrinks when they go.
#pragma once

#include <iafmetrics/detail/node_list.hpp>
#include <iafmetrics/detail/series_node.hpp>
#include <iafmetrics/detail/under_way.hpp>

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <new>
#include <string>
#include <utility>

namespace iafmetrics::inline v0::detail {

/// A series that is claimed. All but `is_used` changes under the structure lock.
struct claimed_node : series_node {
    /// A series that goes takes its text along.
    void own_text(series_text of)
    {
        kept = std::move(of.stored);
        set_text(of, kept.data());
    }

    std::string kept;
    claimed_node* same_bucket = nullptr;
    node_links<claimed_node> in_order;  // of creation
    node_links<claimed_node> in_idle;   // without owners, in the order of their last use
    std::uint64_t sequence = 0;
    std::uint64_t refused = 0;  // amounts that the family has counted
    std::uint32_t owners = 0;
    process_count pins;    // scrapes that show it without the lock
    bool is_gone = false;  // from the index; kept for those
    std::int64_t last_use = 0;
    std::uint64_t last_value = 0;
    std::atomic<bool> is_used{true};

    /// A scrape takes it back where the family's series expire; it stays as it is where they do not, and no
    /// access ever writes.
    void use() noexcept
    {
        if (!is_used.load(std::memory_order_relaxed)) is_used.store(true, std::memory_order_relaxed);
    }
};

/// Chains, at most one node a bucket on average. Nodes are not owned.
class claim_index {
public:
    claim_index() = default;
    claim_index(claim_index const&) = delete;
    claim_index& operator=(claim_index const&) = delete;
    ~claim_index() { delete[] buckets_; }

    /// The node of this hash that `matches(node)`.
    template <class Matches>
    [[nodiscard]] claimed_node* find(std::uint64_t hash, Matches const& matches) const noexcept
    {
        if (buckets_ == nullptr) return nullptr;
        claimed_node* node = buckets_[hash & mask_];
        while (node != nullptr && (node->hash != hash || !matches(*node)))
            node = node->same_bucket;
        return node;
    }

    /// False, with nothing changed, where memory is out.
    [[nodiscard]] bool insert(claimed_node& node) noexcept
    {
        // Where only growing fails, longer chains serve as well.
        if (buckets_ == nullptr && !resize(smallest)) return false;
        if (size_ > mask_) (void)resize((mask_ + 1) * 2);
        place(node);
        ++size_;
        return true;
    }

    void erase(claimed_node& node) noexcept
    {
        claimed_node** at = &buckets_[node.hash & mask_];
        while (*at != &node)
            at = &(*at)->same_bucket;
        *at = node.same_bucket;
        --size_;
        if (mask_ + 1 > smallest && size_ * 8 <= mask_) (void)resize((mask_ + 1) / 2);
    }

    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t bucket_count() const noexcept { return buckets_ == nullptr ? 0 : mask_ + 1; }

private:
    static constexpr std::size_t smallest = 8;

    void place(claimed_node& node) noexcept
    {
        node.same_bucket = std::exchange(buckets_[node.hash & mask_], &node);
    }

    [[nodiscard]] bool resize(std::size_t count) noexcept
    {
        auto** const made = new (std::nothrow) claimed_node*[count]();
        if (made == nullptr) return false;
        claimed_node** const old = std::exchange(buckets_, made);
        std::size_t const old_count = old == nullptr ? 0 : mask_ + 1;
        mask_ = count - 1;
        for (std::size_t i = 0; i != old_count; ++i)
            for (claimed_node* node = old[i]; node != nullptr;)
                place(*std::exchange(node, node->same_bucket));
        delete[] old;
        return true;
    }

    claimed_node** buckets_ = nullptr;
    std::size_t mask_ = 0;
    std::size_t size_ = 0;
};

}  // namespace iafmetrics::inline v0::detail
