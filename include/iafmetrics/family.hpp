// SPDX-License-Identifier: Apache-2.0
// family: one metric name, its label names, its series.
#pragma once

#include <iafmetrics/counter.hpp>
#include <iafmetrics/detail/family_base.hpp>
#include <iafmetrics/detail/fixed_string.hpp>
#include <iafmetrics/gauge.hpp>
#include <iafmetrics/histogram.hpp>
#include <iafmetrics/label_value.hpp>
#include <iafmetrics/spec.hpp>
#include <iafmetrics/up_down_counter.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
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
    explicit typed_family(family_options options) : family_base(std::move(options)) { make_overflow(); }

    /// One value per label name, in the order of declaration.
    [[nodiscard]] Instrument& with_values(std::span<std::string_view const> values) noexcept
    {
        return static_cast<node&>(find_or_create(values)).instrument;
    }

private:
    struct node : series_node {
        explicit node(family_options const& options)
            requires std::is_same_v<Instrument, histogram>
            : instrument(options.bounds)
        {}
        explicit node(family_options const& options)
            requires std::is_constructible_v<Instrument, family_options const&>
            : instrument(options)
        {}
        explicit node(family_options const&)
            requires std::is_default_constructible_v<Instrument>
        {}
        Instrument instrument;
    };

    series_node& make_node() override
    {
        node& made = nodes_.emplace_back(options());
        if constexpr (requires { made.instrument.reserve(); }) made.instrument.reserve();
        return made;
    }
    void discard_node(series_node&) noexcept override { nodes_.pop_back(); }

    std::uint64_t show(series_node const& base, visitor& out) const override
    {
        Instrument const& instrument = static_cast<node const&>(base).instrument;
        if constexpr (std::is_same_v<Instrument, histogram>) {
            std::array<std::uint64_t, max_bucket_bounds + 1> storage;
            std::span const counts(storage.data(), instrument.bounds().size() + 1);
            double const sum = instrument.read(counts);
            out.histogram(base.labels(), {instrument.bounds(), counts, sum});
        } else if constexpr (requires { instrument.show(base.labels(), out); }) {
            instrument.show(base.labels(), out);
        } else {
            out.value(base.labels(), instrument.value());
        }
        if constexpr (requires { instrument.refused(); })
            return instrument.refused();
        else
            return 0;
    }

    std::deque<node> nodes_;  // an address stays what it is
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
/// Cost:     with() of a series that exists: one hash and a comparison in full; no lock, no allocation. Of a
///           new one: a lock and a few allocations.
/// Errors:   none is thrown. Beyond the series limit (default 1000, see series_limit) with() returns the
///           overflow series, whose labels are all `_other`, and iafmetrics_series_dropped_total{metric}
///           counts.
/// Lifetime: a series lives as long as its registry; references to it stay valid.
template <class Instrument, detail::fixed_string... Labels>
class family : public detail::typed_family<Instrument> {
public:
    using detail::typed_family<Instrument>::typed_family;

    /// One value per label, in the order of declaration: text, integer, bool, or an enumerator with
    /// to_label_value().
    template <label_value... Values>
        requires(sizeof...(Values) == sizeof...(Labels))
    Instrument& with(Values const&... values) noexcept
    {
        return with_texts(detail::label_text(values)...);
    }

private:
    template <class... Texts>
    [[nodiscard]] Instrument& with_texts(Texts const&... texts) noexcept
    {
        std::array<std::string_view, sizeof...(Texts)> const views{texts.view()...};
        return this->with_values(views);
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

/// The type of the family that a declaration makes, for the members of a metrics struct.
///
///     iafmetrics::family_of<api_request_duration>& requests;
template <auto const& Spec>
using family_of = typename detail::family_of_spec<std::remove_cvref_t<decltype(Spec)>>::type;

}  // namespace iafmetrics::inline v0
