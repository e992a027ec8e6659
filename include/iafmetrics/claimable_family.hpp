// SPDX-License-Identifier: Apache-2.0
// claimable_family: a labelled metric whose series live as long as their owners.
#pragma once

#include <iafmetrics/claimed.hpp>
#include <iafmetrics/curried.hpp>
#include <iafmetrics/detail/claimable_base.hpp>
#include <iafmetrics/detail/fixed_string.hpp>
#include <iafmetrics/detail/instrument_node.hpp>
#include <iafmetrics/detail/intrusive_ptr.hpp>
#include <iafmetrics/detail/observed_value.hpp>
#include <iafmetrics/label_value.hpp>
#include <iafmetrics/rules.hpp>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace iafmetrics::inline v0 {

/// Made by registry::add of a claimable declaration (claimable.hpp).
///
///     claimed<gauge> memory = session_memory.claim(session_id);   // shown from here on
///     memory->set(4096);
///     …                                                           // and gone with its last owner
///
/// It has no with(): a reference that nobody owns would dangle as soon as its series goes.
///
/// Threads:  every member may be called from any thread at any time, also while pages are made.
/// Cost:     claim() and the end of an owner take a lock and allocate or free; accesses take none. At the limit a claim
///           frees up to 64 series that have expired and looks at no others. A scrape takes
///           the lock for 64 series at a time, and never while it writes.
/// Ordering: a page shows the series that are there when it reaches the family, in the order of their creation;
///           one whose owner goes meanwhile is shown with its last value, one that is claimed meanwhile is not.
///           So no page shows the same labels twice.
/// Errors:   none is thrown. Beyond the series limit (default 1000), and where memory is out, claim() gives an
///           owner of the overflow series, whose labels are all `_other`, and
///           iafmetrics_series_dropped_total{metric} counts.
/// Lifetime: owners keep it alive; after the registry's end they count where nobody looks.
template <class Instrument, detail::fixed_string... Labels>
class claimable_family final : public detail::claimable_base,
                               public detail::curryable<claimable_family<Instrument, Labels...>> {
public:
    static constexpr std::array<std::string_view, sizeof...(Labels)> label_names{Labels.view()...};
    static constexpr bool has_with = false;

    explicit claimable_family(detail::family_options options) : claimable_base(std::move(options))
    {
        make_overflow();
    }
    ~claimable_family() override { destroy_all(); }

    /// One value per label, in the order of declaration: text, integer, bool, or an enumerator with
    /// to_label_value(). Claimed a second time, the series is shared: it goes with the last of its owners.
    template <label_value... Values>
        requires rule::one_value_per_label<claimable_family, Values...>
    [[nodiscard]] claimed<Instrument> claim(Values const&... values) noexcept
    {
        return claim_texts(detail::label_text(values)...);
    }

    [[nodiscard]] claimed<Instrument> claim_values(std::span<std::string_view const> values) noexcept
    {
        auto& series = static_cast<node&>(this->take(values));
        return {detail::intrusive_ptr<detail::claimable_base>(this), series, series.instrument};
    }

    /// Calls `visit(labels_view, Instrument const&)` for each series that a page would show.
    template <class Visit>
    void for_each(Visit&& visit)
    {
        this->each_series([&](detail::claimed_node& series) {
            visit(series.labels(), static_cast<node const&>(series).instrument);
        });
    }

private:
    using node = detail::instrument_node<detail::claimed_node, Instrument>;

    template <class... Texts>
    [[nodiscard]] claimed<Instrument> claim_texts(Texts const&... texts) noexcept
    {
        std::array<std::string_view, sizeof...(Texts)> const views{texts.view()...};
        return claim_values(views);
    }

    detail::claimed_node* make_node() override { return new node(this->options()); }
    void place_node(detail::claimed_node& made) noexcept override { static_cast<node&>(made).take_place(); }
    void destroy_node(detail::claimed_node* base) noexcept override { delete static_cast<node*>(base); }
    void show(detail::claimed_node const& base, visitor& out, detail::chunk_reader& reader) const override
    {
        static_cast<node const&>(base).show(out, reader);
    }
    std::uint64_t refused(detail::claimed_node const& base) const noexcept override
    {
        return static_cast<node const&>(base).refused();
    }
    std::uint64_t observed(detail::claimed_node const& base) const noexcept override
    {
        return detail::observed_value(static_cast<node const&>(base).instrument);
    }
};

}  // namespace iafmetrics::inline v0
