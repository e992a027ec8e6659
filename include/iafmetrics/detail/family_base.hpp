// SPDX-License-Identifier: Apache-2.0
// family_base: what a metric family is, apart from the type of its instruments.
#pragma once

#include <iafmetrics/config.hpp>
#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/detail/label_index.hpp>
#include <iafmetrics/detail/utf8.hpp>
#include <iafmetrics/labels.hpp>
#include <iafmetrics/visitor.hpp>

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// A declaration as the registry keeps it: copies, so that it does not matter where the declaration lives.
struct family_options {
    std::string name;
    std::string help;
    metric_type type;
    std::vector<std::string> label_names;
    std::vector<double> bounds;
    std::size_t limit;
    std::vector<std::string> states;
    std::string state_label;

    friend bool operator==(family_options const&, family_options const&) = default;
};

/// A series: its labels twice, as given (index_node::key, for the lookup) and as shown.
struct series_node : index_node {
    std::string text;
    [[nodiscard]] labels_view labels() const noexcept { return labels_view(text); }
};

/// One metric name: its label names, its series, its limit.
///
/// A value that is not UTF-8 is shown with U+FFFD in place of each bad byte; values that look the same then
/// share one series. Such a value costs a lock and an allocation at every lookup.
class family_base {
public:
    explicit family_base(family_options options) : options_(std::move(options))
    {
        if (!is_valid_utf8(options_.help)) options_.help = repaired_utf8(options_.help);
    }
    family_base(family_base const&) = delete;
    family_base& operator=(family_base const&) = delete;
    virtual ~family_base() = default;

    [[nodiscard]] family_options const& options() const noexcept { return options_; }
    [[nodiscard]] std::string_view name() const noexcept { return options_.name; }

    /// Shows the family, unless it has no series. Returns how many amounts its series have refused.
    std::uint64_t visit(visitor& out) const
    {
        index_node const* node = index_.first();
        bool const has_overflowed = overflowed_.load(std::memory_order_acquire);
        if (node == nullptr && !has_overflowed) return 0;
        std::uint64_t refused = 0;
        out.begin_family({options_.name, options_.help, options_.type});
        for (; node != nullptr; node = node->next.load(std::memory_order_acquire))
            refused += show(static_cast<series_node const&>(*node), out);
        if (has_overflowed) refused += show(*overflow_, out);
        return refused;
    }

    /// Lookups that found the family full and were given its overflow series.
    [[nodiscard]] std::uint64_t dropped() const noexcept { return dropped_.load(std::memory_order_relaxed); }

    /// True from half of the limit on: from here dropped() is shown, so that it is seen at 0 before it moves.
    [[nodiscard]] bool is_filling_up() const noexcept
    {
        return !options_.label_names.empty() && filled_.load(std::memory_order_relaxed) * 2 >= options_.limit;
    }

protected:
    /// The series of these values, made where it is not there yet. Never throws and never returns null:
    /// beyond the limit, and where memory is out, it is the overflow series.
    [[nodiscard]] series_node& find_or_create(std::span<std::string_view const> values) noexcept
    {
        std::uint64_t const hash = hash_values(values);
        if (index_node* const node = index_.find(hash, values)) return static_cast<series_node&>(*node);
        return create(hash, values);
    }

    /// A node of the derived family's own kind, owned by it. The text is set, the key not needed for the
    /// overflow.
    virtual series_node& make_node() = 0;
    virtual void discard_node(series_node& node) noexcept = 0;
    /// Returns how many amounts the series has refused.
    virtual std::uint64_t show(series_node const& node, visitor& out) const = 0;

    /// Called once by the derived constructor.
    void make_overflow()
    {
        overflow_ = &make_node();
        for (std::string const& name : options_.label_names)
            append_label(overflow_->text, name, overflow_label);
    }

private:
    static constexpr std::string_view overflow_label = "_other";

    /// Virtual, so that a unit without exceptions calls the one of the unit that made the family.
    virtual series_node& create(std::uint64_t hash, std::span<std::string_view const> values) noexcept;
    series_node& insert(std::uint64_t hash, std::span<std::string_view const> values);

    series_node& overflow() noexcept
    {
        dropped_.fetch_add(1, std::memory_order_relaxed);
        return show_overflow();
    }

    series_node& show_overflow() noexcept
    {
        overflowed_.store(true, std::memory_order_release);
        return *overflow_;
    }

    /// Whoever asks for the labels of the overflow series gets it: the same labels twice would make the page
    /// invalid. Without labels it is the only series.
    static bool is_overflow(std::span<std::string_view const> values) noexcept
    {
        return std::ranges::all_of(values, [](auto value) { return value == overflow_label; });
    }

    static bool is_valid(std::span<std::string_view const> values) noexcept
    {
        return std::all_of(values.begin(), values.end(), is_valid_utf8);
    }

    family_options options_;
    label_index index_;
    series_node* overflow_ = nullptr;
    std::atomic<bool> overflowed_{false};
    std::atomic<std::size_t> filled_{0};
    std::atomic<std::uint64_t> dropped_{0};
    std::mutex& structure_ = local_store.structure;  // for inserting; held across fork()
};

#if IAFMETRICS_EXCEPTIONS

inline series_node& family_base::create(std::uint64_t hash, std::span<std::string_view const> values) noexcept
{
    if (is_overflow(values)) return show_overflow();
    if (filled_.load(std::memory_order_relaxed) >= options_.limit && is_valid(values)) return overflow();
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
    if (index_.size() >= options_.limit) return overflow();
    series_node& node = make_node();
    try {
        node.hash = hash;
        node.lengths.reserve(values.size());
        for (std::size_t i = 0; i != values.size(); ++i) {
            node.lengths.push_back(static_cast<std::uint32_t>(values[i].size()));
            node.key += values[i];
            append_label(node.text, options_.label_names[i], values[i]);
        }
        index_.insert(node);
    } catch (...) {
        discard_node(node);
        throw;
    }
    filled_.store(index_.size(), std::memory_order_relaxed);
    return node;
}

#endif

}  // namespace iafmetrics::inline v0::detail
