// SPDX-License-Identifier: Apache-2.0
// family_base: a family whose series stay, apart from the type of its instruments.
#pragma once

#include <iafmetrics/config.hpp>
#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/detail/hash.hpp>
#include <iafmetrics/detail/label_index.hpp>
#include <iafmetrics/detail/number_index.hpp>
#include <iafmetrics/detail/series_node.hpp>
#include <iafmetrics/detail/shown_family.hpp>
#include <iafmetrics/detail/text_arena.hpp>
#include <iafmetrics/detail/utf8.hpp>

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <mutex>
#include <new>
#include <span>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::detail {

/// One metric name: its label names, its series, its limit.
///
/// A value that is not UTF-8 is shown with U+FFFD in place of each bad byte; values that look the same then
/// share one series. Such a value costs a lock and an allocation at every lookup.
///
/// Ordering: series are published as label_index and node_chunks say. The last one that the limit allows is in the index
///           before filled() says so, with release: who missed it there and finds the family full, with acquire, finds it
///           then, and no value of it lands in the overflow series. The index by numbers is published with release
///           when it is made, and read with acquire.
class family_base : public shown_family {
public:
    using shown_family::shown_family;
    ~family_base() override { delete numbers_.load(std::memory_order_relaxed); }

protected:
    /// The series of these values, made where it is not there yet. Never throws and never returns null:
    /// beyond the limit, and where memory is out, it is the overflow series.
    [[nodiscard]] series_node& find_or_create(std::span<std::string_view const> values) noexcept
    {
        std::uint64_t const hash = hash_values(values);
        if (series_node* const node = find(hash, values)) return *node;
        return find_or_make(hash, values);
    }
    /// The same, where the compiler knows the names of the labels.
    template <class Names, class... Texts>
    [[nodiscard, gnu::always_inline]] series_node& find_or_create(Names const& names,
                                                                  Texts const&... texts) noexcept
    {
        return [&]<std::size_t... Place>(std::index_sequence<Place...> places)
                   __attribute__((always_inline)) -> series_node& {
                       return find_or_create(names, places, short_text(texts, hash_seed(Place))...);
                   }(std::index_sequence_for<Texts...>{});
    }

    /// The series that find_or_create() found for these numbers before; null where it has not.
    [[nodiscard, gnu::always_inline]] series_node* find_by_numbers(number_key const& key) const noexcept
    {
        number_index const* const known = numbers_.load(std::memory_order_acquire);
        return known == nullptr || !key.is_whole ? nullptr : known->find(key);
    }
    /// `values` are the texts of the numbers. Virtual, as find_or_make() is.
    virtual series_node& find_or_create_by_numbers(number_key const& key,
                                                   std::span<std::string_view const> values) noexcept;

    /// Null where it is not there.
    [[nodiscard]] series_node const* find(std::span<std::string_view const> values) const noexcept
    {
        if (is_overflow(values)) return has_overflowed() ? &overflow_node() : nullptr;
        return find(hash_values(values), values);
    }

    /// A node of the derived family's own kind, seen by a scrape from publish_node() on.
    virtual series_node& make_node() = 0;
    virtual void discard_node(series_node& node) noexcept = 0;
    virtual void publish_node() noexcept = 0;
    [[nodiscard]] virtual series_node& overflow_node() const noexcept = 0;

    /// Called once by the derived constructor.
    void label_overflow(series_node& node) { label(node, labels_of_overflow()); }

private:
    template <class Names, std::size_t... Place, class... Texts>
    [[nodiscard, gnu::always_inline]] series_node&
    find_or_create(Names const& names, std::index_sequence<Place...> places, Texts const&... texts) noexcept
    {
        std::uint64_t const hash = (std::uint64_t{0} + ... + texts.hash());
        auto const is_it = [&](index_node const& node) __attribute__((always_inline)) {
            return static_cast<series_node const&>(node).has(own_labels_at(), names, places, texts...);
        };
        if (index_node* const node = index_.find(hash, is_it)) [[likely]]
            return static_cast<series_node&>(*node);
        return find_or_make(hash, std::array<std::string_view, sizeof...(Texts)>{texts.view()...});
    }

    [[nodiscard]] series_node* find(std::uint64_t hash,
                                    std::span<std::string_view const> values) const noexcept
    {
        return static_cast<series_node*>(index_.find(hash, has_values(values)));
    }

    void label(series_node& node, series_text const& text) { node.set_text(text, texts_.keep(text.stored)); }

    /// Virtual, so that a unit without exceptions calls the one of the unit that made the family.
    virtual series_node& find_or_make(std::uint64_t hash, std::span<std::string_view const> values) noexcept;
    series_node& insert(std::uint64_t hash, std::span<std::string_view const> values);

    series_node& overflow() noexcept
    {
        count_dropped();
        return overflow_node();
    }

    label_index index_;
    std::atomic<number_index*> numbers_{nullptr};  // made when it is needed
    text_arena texts_;
    std::mutex& structure_ = local_store.structure;  // for inserting; held across fork()
};

#if IAFMETRICS_EXCEPTIONS

inline series_node& family_base::find_or_make(std::uint64_t hash,
                                              std::span<std::string_view const> values) noexcept
{
    if (is_overflow(values)) {
        show_overflow();
        return overflow_node();
    }
    // Full, and from here on the index does not change: who missed a series that was made meanwhile finds it now.
    if (filled() >= options().limit && is_valid(values)) {
        if (series_node* const node = find(hash, values)) return *node;
        return overflow();
    }
    try {
        if (is_valid(values)) return insert(hash, values);
        repaired_values const repaired(values);
        return insert(hash_values(repaired.views()), repaired.views());
    } catch (std::bad_alloc const&) {
        return overflow();
    }
}

inline series_node& family_base::insert(std::uint64_t hash, std::span<std::string_view const> values)
{
    std::lock_guard const lock(structure_);
    if (series_node* const node = find(hash, values)) return *node;
    if (index_.size() >= options().limit) return overflow();
    series_node& node = make_node();
    try {
        node.hash = hash;
        series_text const text = labels_of(values);
        if (!text.fits()) throw std::bad_alloc();
        label(node, text);
        index_.insert(node);
    } catch (...) {
        discard_node(node);
        throw;
    }
    publish_node();
    set_filled(index_.size());
    return node;
}

inline series_node& family_base::find_or_create_by_numbers(number_key const& key,
                                                           std::span<std::string_view const> values) noexcept
{
    series_node& found = find_or_create(values);
    if (&found == &overflow_node() || !key.is_whole) return found;
    try {
        std::lock_guard const lock(structure_);
        if (numbers_.load(std::memory_order_relaxed) == nullptr)
            numbers_.store(new number_index, std::memory_order_release);
        number_index& known = *numbers_.load(std::memory_order_relaxed);
        if (known.find(key) == nullptr) known.insert(key, found);
    } catch (std::bad_alloc const&) {
        return found;  // the next lookup tries again
    }
    return found;
}

#endif

}  // namespace iafmetrics::inline v0::detail
