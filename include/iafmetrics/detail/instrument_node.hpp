// SPDX-License-Identifier: Apache-2.0
// instrument_node: a series and its instrument, of whatever type.
#pragma once

#include <iafmetrics/detail/shown_family.hpp>
#include <iafmetrics/histogram.hpp>
#include <iafmetrics/visitor.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <type_traits>

namespace iafmetrics::inline v0::detail {

template <class Base, class Instrument>
struct instrument_node : Base {
    explicit instrument_node(family_options const& options)
        requires std::is_same_v<Instrument, histogram>
        : instrument(options.bounds)
    {}
    explicit instrument_node(family_options const& options)
        requires std::is_constructible_v<Instrument, family_options const&>
        : instrument(options)
    {}
    explicit instrument_node(family_options const&)
        requires std::is_default_constructible_v<Instrument>
    {}

    /// In the order in which a scrape reads the series, see counter::reserve.
    void take_place() noexcept
    {
        if constexpr (requires { instrument.reserve(); }) instrument.reserve();
    }

    /// Returns how many amounts the instrument has refused.
    std::uint64_t show(visitor& out) const
    {
        if constexpr (std::is_same_v<Instrument, histogram>) {
            std::array<std::uint64_t, max_bucket_bounds + 1> storage;
            std::span const counts(storage.data(), instrument.bounds().size() + 1);
            double const sum = instrument.read(counts);
            out.histogram(this->labels(), {instrument.bounds(), counts, sum});
        } else if constexpr (requires { instrument.show(this->labels(), out); }) {
            instrument.show(this->labels(), out);
        } else {
            out.value(this->labels(), instrument.value());
        }
        return refused();
    }

    [[nodiscard]] std::uint64_t refused() const noexcept
    {
        if constexpr (requires { instrument.refused(); })
            return instrument.refused();
        else
            return 0;
    }

    Instrument instrument;
};

}  // namespace iafmetrics::inline v0::detail
