// SPDX-License-Identifier: Apache-2.0
// claimable_base: a family whose series go with their owners, apart from the type of its instruments.
#pragma once

#include <iafmetrics/config.hpp>
#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/detail/chunk_reader.hpp>
#include <iafmetrics/detail/claim_index.hpp>
#include <iafmetrics/detail/hash.hpp>
#include <iafmetrics/detail/shown_family.hpp>
#include <iafmetrics/detail/utf8.hpp>
#include <iafmetrics/visitor.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <span>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::detail {

/// Series stand in a list in the order of their creation. A scrape pins 64 of them under the lock, shows them
/// without it, and goes on behind the last one: pinned series stay in the list, whatever becomes of them. One
/// that goes while it is pinned leaves the index at once, so that its labels may be claimed anew, and is freed by
/// the last scrape that holds it. A scrape stops at the first series that is younger than itself: that one may
/// have the labels of one that went.
///
/// An owner's accesses take no lock: its series is freed after the last owner's end alone, which happens after
/// all that was done through it.
class claimable_base : public shown_family {
public:
    using shown_family::shown_family;

    std::uint64_t visit(family_head& head, visitor& out) final
    {
        chunk_reader reader;
        each_series([&](claimed_node& node) {
            head.show_once();
            show(node, out, reader);
        });
        std::lock_guard const lock(structure_);
        count_refused(*overflow_);
        return refused_;
    }

    /// An owner's end.
    void release(claimed_node& node) noexcept
    {
        if (&node == overflow_) return;
        claimed_node* freed = nullptr;
        {
            std::lock_guard const lock(structure_);
            if (--node.owners != 0) return;
            if (expires()) {
                node.last_use = options().clock.now();
                idle_.push_back(node);
            } else {
                freed = take_out(node);
            }
        }
        destroy_node(freed);
    }

    /// Series that are there, with and without owners.
    [[nodiscard]] std::size_t size() const noexcept
    {
        std::lock_guard const lock(structure_);
        return index_.size();
    }

protected:
    /// The series of these values with one owner more. Never throws: it may be the overflow series.
    /// Virtual, so that a unit without exceptions calls the one of the unit that made the family.
    [[nodiscard]] virtual claimed_node& take(std::span<std::string_view const> values) noexcept;

    /// Calls `visit(series)` for each series that a page shows, with the overflow series last.
    template <class Visit>
    void each_series(Visit&& visit)
    {
        for (pinned_batch batch(*this); batch.next();)
            for (auto const& [node, is_hidden] : batch.nodes())
                if (!is_hidden) visit(*node);
        if (has_overflowed()) visit(*overflow_);
    }

    virtual claimed_node* make_node() = 0;
    /// Takes cells for it, under the lock of its own module: that of another must not be held then.
    virtual void place_node(claimed_node&) noexcept {}
    virtual void destroy_node(claimed_node* node) noexcept = 0;  // or null
    virtual void show(claimed_node const& node, visitor& out, chunk_reader& reader) const = 0;
    virtual std::uint64_t refused(claimed_node const& node) const noexcept = 0;
    virtual std::uint64_t observed(claimed_node const& node) const noexcept = 0;

    /// Called once by the derived constructor.
    void make_overflow()
    {
        series_text text = labels_of_overflow();
        overflow_ = make_node();
        overflow_->own_text(std::move(text));
    }
    /// Called by the derived destructor: no owner is left, and no scrape.
    void destroy_all() noexcept
    {
        while (claimed_node* const node = all_.first()) {
            all_.remove(*node);
            destroy_node(node);
        }
        destroy_node(overflow_);
    }

private:
    /// Destroys its series at its end, which comes after that of the lock declared behind it: the lock of cells that
    /// this takes may be another module's, and a fork takes that one first.
    class freed_nodes {
    public:
        static constexpr std::size_t most = 128;

        explicit freed_nodes(claimable_base& family) noexcept : family_(family) {}
        freed_nodes(freed_nodes const&) = delete;
        freed_nodes& operator=(freed_nodes const&) = delete;
        ~freed_nodes()
        {
            for (std::size_t i = 0; i != count_; ++i)
                family_.destroy_node(nodes_[i]);
        }

        void add(claimed_node* node) noexcept  // or null
        {
            if (node != nullptr) nodes_[count_++] = node;
        }
        [[nodiscard]] std::size_t size() const noexcept { return count_; }

    private:
        claimable_base& family_;
        std::array<claimed_node*, most> nodes_;
        std::size_t count_ = 0;
    };

    /// A scrape's place in the list.
    struct pinned_node {
        claimed_node* node;
        bool is_hidden;  // not used for longer than expire_after
    };
    class pinned_batch final : under_way {
    public:
        explicit pinned_batch(claimable_base& family) : under_way(&family), family_(family)
        {
            std::lock_guard const lock(family_.structure_);
            end_ = family_.next_sequence_;
        }
        ~pinned_batch() { exchange(0); }

        /// The next 64; false behind the last.
        [[nodiscard]] bool next()
        {
            exchange(most);
            return count_ != 0;
        }
        [[nodiscard]] std::span<pinned_node const> nodes() const noexcept { return {nodes_.data(), count_}; }

    private:
        static constexpr std::size_t most = 64;

        /// Unpins these and pins up to `wanted` behind them.
        void exchange(std::size_t wanted) noexcept
        {
            static_assert(freed_nodes::most >= 2 * most);  // what it passes and what it unpins
            freed_nodes freed(family_);
            std::lock_guard const lock(family_.structure_);
            std::array<pinned_node, most> pinned;
            std::size_t pinned_count = 0;
            claimed_node* at = count_ == 0 ? family_.all_.first() : list::after(*nodes_[count_ - 1].node);
            std::int64_t const now = family_.expires() && wanted != 0 ? family_.options().clock.now() : 0;
            while (at != nullptr && at->sequence < end_ && pinned_count != wanted) {
                claimed_node& node = *std::exchange(at, list::after(*at));
                if (node.is_gone) {
                    // Pinned when this process was forked, by a scrape that is not in it.
                    if (node.pins.get(family_.home_) == 0 && freed.size() != most)
                        freed.add(family_.unlink(node));
                    continue;
                }
                family_.count_refused(node);
                bool const is_hidden = family_.expires() && family_.has_expired(node, now);
                if (is_hidden && node.owners == 0 && freed.size() != most) {
                    freed.add(family_.take_out(node));
                    continue;
                }
                node.pins.increment(family_.home_);
                pinned[pinned_count++] = {&node, is_hidden};
            }
            for (auto const& [node, is_hidden] : nodes()) {
                node->pins.decrement();
                if (node->pins.get(family_.home_) == 0 && node->is_gone) freed.add(family_.unlink(*node));
            }
            for (std::size_t i = 0; i != pinned_count; ++i)  // what is behind them is not initialized
                nodes_[i] = pinned[i];
            count_ = pinned_count;
        }

        void count_again() noexcept override
        {
            for (auto const& [node, is_hidden] : nodes())
                node->pins.increment(family_.home_);
        }

        claimable_base& family_;
        std::uint64_t end_ = 0;
        std::array<pinned_node, most> nodes_;
        std::size_t count_ = 0;
    };

    [[nodiscard]] bool expires() const noexcept { return options().expire_after != 0; }

    claimed_node& take_valid(std::span<std::string_view const> values);

    /// A program that is never scraped frees them here, some at a time: whoever claims does not pay for all.
    void take_out_some_expired(freed_nodes& freed) noexcept
    {
        for (int i = 0; i != 64 && idle_.first() != nullptr; ++i) {
            claimed_node& oldest = *idle_.first();
            if (!has_expired(oldest, options().clock.now())) return;
            freed.add(take_out(oldest));
        }
    }

    [[nodiscard]] bool has_expired(claimed_node& node, std::int64_t now) const noexcept
    {
        if (node.owners != 0) {
            std::uint64_t const value = std::exchange(node.last_value, observed(node));
            bool const is_used = node.is_used.exchange(false, std::memory_order_relaxed);
            if (is_used || value != node.last_value) node.last_use = now;
        }
        return now - node.last_use >= options().expire_after;
    }

    /// Out of the index; returns it where it may be freed.
    [[nodiscard]] claimed_node* take_out(claimed_node& node) noexcept
    {
        index_.erase(node);
        if (expires()) idle_.remove(node);
        count_refused(node);
        node.is_gone = true;
        return node.pins.get(home_) == 0 ? unlink(node) : nullptr;
    }

    claimed_node* unlink(claimed_node& node) noexcept
    {
        all_.remove(node);
        return &node;
    }

    /// Into the family's number, which outlives the series and so never goes back.
    void count_refused(claimed_node& node) noexcept
    {
        std::uint64_t const now = refused(node);
        refused_ += now - std::exchange(node.refused, now);
    }

    using list = node_list<claimed_node, &claimed_node::in_order>;

    cell_store& home_ = local_store;           // of the module that made it, whichever claims and releases
    std::mutex& structure_ = home_.structure;  // held across fork()
    claim_index index_;
    list all_;
    node_list<claimed_node, &claimed_node::in_idle> idle_;  // where series expire
    claimed_node* overflow_ = nullptr;
    std::uint64_t next_sequence_ = 0;
    std::uint64_t refused_ = 0;
};

#if IAFMETRICS_EXCEPTIONS

inline claimed_node& claimable_base::take(std::span<std::string_view const> values) noexcept
{
    if (is_overflow(values)) {
        show_overflow();
        return *overflow_;
    }
    try {
        if (is_valid(values)) return take_valid(values);
        return take_valid(repaired_values(values).views());
    } catch (std::bad_alloc const&) {
        count_dropped();
        return *overflow_;
    }
}

inline claimed_node& claimable_base::take_valid(std::span<std::string_view const> values)
{
    std::uint64_t const hash = hash_values(values);
    freed_nodes freed(*this);
    std::lock_guard const lock(structure_);
    if (claimed_node* const node = index_.find(hash, has_values(values))) {
        if (node->owners++ == 0) idle_.remove(*node);
        node->use();
        return *node;
    }
    if (index_.size() >= options().limit) take_out_some_expired(freed);
    if (index_.size() >= options().limit) {
        count_dropped();
        return *overflow_;
    }
    claimed_node* const node = make_node();
    try {
        node->hash = hash;
        series_text text = labels_of(values);
        if (!text.fits()) throw std::bad_alloc();
        node->own_text(std::move(text));
        if (!index_.insert(*node)) throw std::bad_alloc();
        place_node(*node);
    } catch (...) {
        destroy_node(node);
        throw;
    }
    node->owners = 1;
    node->sequence = next_sequence_++;
    all_.push_back(*node);
    if (index_.size() > filled()) set_filled(index_.size());
    return *node;
}

#endif

}  // namespace iafmetrics::inline v0::detail
