// SPDX-License-Identifier: Apache-2.0
// family: one metric name, its label names, its series.
#pragma once

#include <iafmetrics/counter.hpp>
#include <iafmetrics/curried.hpp>
#include <iafmetrics/detail/escaped_name.hpp>
#include <iafmetrics/detail/family_base.hpp>
#include <iafmetrics/detail/fixed_string.hpp>
#include <iafmetrics/detail/instrument_node.hpp>
#include <iafmetrics/detail/node_chunks.hpp>
#include <iafmetrics/gauge.hpp>
#include <iafmetrics/histogram.hpp>
#include <iafmetrics/label_value.hpp>
#include <iafmetrics/rules.hpp>
#include <iafmetrics/spec.hpp>
#include <iafmetrics/up_down_counter.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string_view>
#include <type_traits>
#include <vector>

namespace iafmetrics::inline v0 {
namespace detail {

/// A family whose instruments are known and whose labels are not: what http/ and the registry hold.
template <class Instrument>
class typed_family : public family_base {
public:
    explicit typed_family(family_options options)
        : family_base(std::move(options)), overflow_(this->options())
    {
        this->label_overflow(overflow_);
    }

    /// One value per label name, in the order of declaration.
    [[nodiscard]] Instrument& with_values(std::span<std::string_view const> values) noexcept
    {
        return static_cast<node&>(find_or_create(values)).instrument;
    }

    /// Null where it is not there.
    [[nodiscard]] Instrument const* find_values(std::span<std::string_view const> values) const noexcept
    {
        series_node const* const found = family_base::find(values);
        return found == nullptr ? nullptr : &static_cast<node const*>(found)->instrument;
    }

    /// True for the series that stands for all beyond the limit.
    [[nodiscard]] bool is_overflow(Instrument const& of) const noexcept
    {
        return &of == &overflow_.instrument;
    }

    /// Calls `visit(labels_view, Instrument&)` for each series in the order of creation; the overflow series,
    /// where it is in use, comes last.
    template <class Visit>
    void for_each(Visit&& visit)
    {
        each_node([&](node& series) { visit(series.labels(), series.instrument); });
    }
    template <class Visit>
    void for_each(Visit&& visit) const
    {
        each_node([&](node const& series) { visit(series.labels(), series.instrument); });
    }

    std::uint64_t visit(family_head& head, visitor& out) final
    {
        std::uint64_t refused = 0;
        detail::chunk_reader reader;
        each_node([&](node const& series) {
            head.show_once();
            refused += series.show(out, reader);
        });
        return refused;
    }

protected:
    using node = instrument_node<series_node, Instrument>;

private:
    template <class Visit>
    void each_node(Visit&& visit) const
    {
        bool const shows_overflow = this->has_overflowed();
        nodes_.for_each(visit);
        if (shows_overflow) visit(overflow_);
    }

    series_node& make_node() override
    {
        node& made = nodes_.append(this->options());
        made.take_place();
        return made;
    }
    void discard_node(series_node& made) noexcept override { nodes_.take_back(static_cast<node&>(made)); }
    void publish_node() noexcept override { nodes_.publish(); }
    series_node& overflow_node() const noexcept override { return overflow_; }

    node_chunks<node> nodes_;
    mutable node overflow_;  // as those in the list are
};

}  // namespace detail

/// A labelled metric. Made by registry::add; with() finds or makes one series of it.
///
///     auto& requests = registry.add(api_request_duration);   // histogram_spec<"method", "path", "status">
///     requests.with("GET", "/api/v1/sessions", 200).observe(0.012);
///
///     iafmetrics::counter& hits = cache_hits.with("sessions");
///     hits.increment();                                      // keep the handle where labels do not change
///
/// Threads:  with() from any thread at any time.
/// Cost:     with() of a series that exists: one hash and a comparison in full; no lock, no allocation. Where all
///           values are numbers, bools and enumerators it is a third of that: their texts are asked for once a
///           series. Of a new series: a lock and a few allocations.
/// Errors:   none is thrown. Beyond the series limit (default 1000, see series_limit) with() returns the
///           overflow series, whose labels are all `_other`, and iafmetrics_series_dropped_total{metric}
///           counts.
/// Lifetime: a series lives as long as its registry; references to it stay valid.
template <class Instrument, detail::fixed_string... Labels>
class family : public detail::typed_family<Instrument>,
               public detail::curryable<family<Instrument, Labels...>> {
public:
    static constexpr std::array<std::string_view, sizeof...(Labels)> label_names{Labels.view()...};
    static constexpr bool has_with = true;

    using detail::typed_family<Instrument>::typed_family;

    /// One value per label, in the order of declaration: text, integer, bool, or an enumerator with
    /// to_label_value().
    template <label_value... Values>
        requires rule::one_value_per_label<family, Values...>
    Instrument& with(Values const&... values) noexcept
    {
        if constexpr (detail::are_numbers<Values...>) {
            auto const key = detail::number_key::of(values...);
            if (detail::series_node* const found = this->find_by_numbers(key)) [[likely]]
                return static_cast<node&>(*found).instrument;
            return with_numbers(key, detail::label_text(values)...);
        } else {
            return with_texts(detail::label_text(values).view()...);
        }
    }

    /// The series where it is there already; null where it is not, and for a value that is not UTF-8. Makes none.
    template <label_value... Values>
        requires rule::one_value_per_label<family, Values...>
    [[nodiscard]] Instrument const* find(Values const&... values) const noexcept
    {
        return find_texts(detail::label_text(values)...);
    }

    /// Makes series before their first observation, so that a page shows them at 0 and a rate sees their first
    /// step: every combination of the values given for each label.
    ///
    ///     requests.create({"GET", "POST"}, {"/api/v1/sessions"}, {200, 404, 500});   // six series
    template <label_value... Values>
        requires rule::one_value_per_label<family, Values...>
    void create(std::initializer_list<Values>... values) noexcept
    {
        each_combination([this](auto const&... chosen) { (void)this->with(chosen...); }, values...);
    }

private:
    using typename detail::typed_family<Instrument>::node;

    template <class Call>
    static void each_combination(Call&& call) noexcept
    {
        call();
    }
    template <class Call, class First, class... Rest>
    static void each_combination(Call&& call,
                                 std::initializer_list<First> first,
                                 std::initializer_list<Rest>... rest) noexcept
    {
        for (First const& chosen : first)
            each_combination([&](auto const&... others) { call(chosen, others...); }, rest...);
    }

    template <class... Texts>
    [[nodiscard]] Instrument const* find_texts(Texts const&... texts) const noexcept
    {
        std::array<std::string_view, sizeof...(Texts)> const views{texts.view()...};
        return this->find_values(views);
    }

    /// By reference: three views are more than registers hold, and clang copies one by a load of 16 bytes that waits for
    /// two stores of 8, 5 ns.
    template <class... Texts>
    [[nodiscard]] Instrument& with_texts(Texts const&... texts) noexcept
    {
        if constexpr ((detail::is_label_name(Labels.view()) && ...)) {
            return static_cast<node&>(this->find_or_create(label_names, texts...)).instrument;
        } else {  // a series' text has them with underscores
            static constexpr std::array<detail::underscored_size, sizeof...(Labels)> shown{
                detail::underscored_size(Labels.view())...};
            return static_cast<node&>(this->find_or_create(shown, texts...)).instrument;
        }
    }

    template <class... Texts>
    [[nodiscard, gnu::noinline]] Instrument& with_numbers(detail::number_key const& key,
                                                          Texts const&... texts) noexcept
    {
        std::array<std::string_view, sizeof...(Texts)> const views{texts.view()...};
        return static_cast<node&>(this->find_or_create_by_numbers(key, views)).instrument;
    }
};

namespace detail {

template <class Spec>
struct family_of_spec;
template <fixed_string... Labels>
struct family_of_spec<counter_spec<Labels...>> {
    using instrument = counter;
    using type = family<counter, Labels...>;
    static constexpr metric_type exposed_as = metric_type::counter;
};
template <fixed_string... Labels>
struct family_of_spec<gauge_spec<Labels...>> {
    using instrument = gauge;
    using type = family<gauge, Labels...>;
    static constexpr metric_type exposed_as = metric_type::gauge;
};
template <fixed_string... Labels>
struct family_of_spec<up_down_counter_spec<Labels...>> {
    using instrument = up_down_counter;
    using type = family<up_down_counter, Labels...>;
    static constexpr metric_type exposed_as = metric_type::gauge;
};
template <fixed_string... Labels>
struct family_of_spec<histogram_spec<Labels...>> {
    using instrument = histogram;
    using type = family<histogram, Labels...>;
    static constexpr metric_type exposed_as = metric_type::histogram;
};

}  // namespace detail

namespace detail {

template <class Spec, bool IsLabelled = Spec::label_count != 0>
struct type_added_by {
    using type = typename family_of_spec<Spec>::type;
};
template <class Spec>
struct type_added_by<Spec, false> {
    using type = typename family_of_spec<Spec>::instrument;
};

}  // namespace detail

/// The type that registry::add() of a declaration returns a reference to, for the members of a metrics struct: its
/// family, or without labels its instrument.
///
///     iafmetrics::family_of<api_request_duration>& requests;
///     iafmetrics::family_of<sessions_total>& sessions;          // iafmetrics::counter
template <auto const& Spec>
using family_of = typename detail::type_added_by<std::remove_cvref_t<decltype(Spec)>>::type;

}  // namespace iafmetrics::inline v0
