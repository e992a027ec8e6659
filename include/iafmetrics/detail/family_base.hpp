// SPDX-License-Identifier: Apache-2.0
// family_base: a family whose series stay, apart from the type of its instruments.
#pragma once

#include <iafmetrics/config.hpp>
#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/detail/label_index.hpp>
#include <iafmetrics/detail/shown_family.hpp>
#include <iafmetrics/detail/utf8.hpp>
#include <iafmetrics/visitor.hpp>

#include <cstdint>
#include <mutex>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// One metric name: its label names, its series, its limit.
///
/// A value that is not UTF-8 is shown with U+FFFD in place of each bad byte; values that look the same then
/// share one series. Such a value costs a lock and an allocation at every lookup.
class family_base : public shown_family {
public:
    using shown_family::shown_family;

    std::uint64_t visit(family_head& head, visitor& out) final
    {
        std::uint64_t refused = 0;
        each_series([&](series_node& node) {
            head.show_once();
            refused += show(node, out);
        });
        return refused;
    }

protected:
    /// The series of these values, made where it is not there yet. Never throws and never returns null:
    /// beyond the limit, and where memory is out, it is the overflow series.
    [[nodiscard]] series_node& find_or_create(std::span<std::string_view const> values) noexcept
    {
        std::uint64_t const hash = hash_values(values);
        if (index_node* const node = index_.find(hash, values)) return static_cast<series_node&>(*node);
        return find_or_make(hash, values);
    }

    /// Null where it is not there.
    [[nodiscard]] series_node const* find(std::span<std::string_view const> values) const noexcept
    {
        if (is_overflow(values)) return has_overflowed() ? overflow_ : nullptr;
        return static_cast<series_node const*>(index_.find(hash_values(values), values));
    }

    /// Calls `visit(series)` in the order of creation, with the overflow series last.
    template <class Visit>
    void each_series(Visit&& visit) const
    {
        bool const shows_overflow = has_overflowed();
        for (index_node* node = index_.first(); node != nullptr;
             node = node->next.load(std::memory_order_acquire))
            visit(static_cast<series_node&>(*node));
        if (shows_overflow) visit(*overflow_);
    }

    /// A node of the derived family's own kind, owned by it.
    virtual series_node& make_node() = 0;
    virtual void discard_node(series_node& node) noexcept = 0;
    /// Returns how many amounts the series has refused.
    virtual std::uint64_t show(series_node const& node, visitor& out) const = 0;

    /// Called once by the derived constructor.
    void make_overflow()
    {
        overflow_ = &make_node();
        overflow_->text = overflow_labels();
    }

private:
    /// Virtual, so that a unit without exceptions calls the one of the unit that made the family.
    virtual series_node& find_or_make(std::uint64_t hash, std::span<std::string_view const> values) noexcept;
    series_node& insert(std::uint64_t hash, std::span<std::string_view const> values);

    series_node& overflow() noexcept
    {
        count_dropped();
        return *overflow_;
    }

    label_index index_;
    series_node* overflow_ = nullptr;
    std::mutex& structure_ = local_store.structure;  // for inserting; held across fork()
};

#if IAFMETRICS_EXCEPTIONS

inline series_node& family_base::find_or_make(std::uint64_t hash,
                                              std::span<std::string_view const> values) noexcept
{
    if (is_overflow(values)) {
        show_overflow();
        return *overflow_;
    }
    // Full, and from here on the index does not change: who missed a series that was made meanwhile finds it now.
    if (filled() >= options().limit && is_valid(values)) {
        if (index_node* const node = index_.find(hash, values)) return static_cast<series_node&>(*node);
        return overflow();
    }
    try {
        std::vector<std::string> repaired;
        if (is_valid(values)) return insert(hash, values);
        repaired.reserve(values.size());
        std::vector<std::string_view> views;
        for (std::string_view const value : values)
            views.emplace_back(repaired.emplace_back(repaired_utf8(value)));
        return insert(hash_values(views), views);
    } catch (std::bad_alloc const&) {
        return overflow();
    }
}

inline series_node& family_base::insert(std::uint64_t hash, std::span<std::string_view const> values)
{
    std::lock_guard const lock(structure_);
    if (index_node* const node = index_.find(hash, values)) return static_cast<series_node&>(*node);
    if (index_.size() >= options().limit) return overflow();
    series_node& node = make_node();
    try {
        node.hash = hash;
        node.set_labels(options(), values);
        index_.insert(node);
    } catch (...) {
        discard_node(node);
        throw;
    }
    set_filled(index_.size());
    return node;
}

#endif

}  // namespace iafmetrics::inline v0::detail
