// SPDX-License-Identifier: Apache-2.0
// instrument_node: a series and its instrument, of whatever type.
#pragma once

#include <iafmetrics/counter.hpp>
#include <iafmetrics/detail/chunk_reader.hpp>
#include <iafmetrics/detail/exemplar_slot.hpp>
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
    std::uint64_t show(visitor& out, chunk_reader& reader) const
    {
        if constexpr (std::is_same_v<Instrument, histogram>) {
            if (instrument.has_exemplars()) {
                show_with_exemplars(out, reader);
                return refused();
            }
            std::array<std::uint64_t, max_bucket_bounds + 1> storage;
            std::span const counts(storage.data(), instrument.bounds().size() + 1);
            double const sum = instrument.read(reader, counts);
            out.histogram(this->labels(), {instrument.bounds(), counts, sum, this->created()});
        } else if constexpr (requires { instrument.show(this->labels(), this->created(), reader, out); }) {
            instrument.show(this->labels(), this->created(), reader, out);
        } else if constexpr (requires { instrument.show(this->labels(), out); }) {
            instrument.show(this->labels(), out);
        } else if constexpr (std::is_same_v<Instrument, counter>) {
            exemplar_copy copy;
            if (instrument.read_exemplar(copy)) [[unlikely]] {
                exemplar_view const exemplar = copy.view();
                out.counter(this->labels(), {instrument.value(reader), this->created(), &exemplar});
            } else {
                out.counter(this->labels(), {instrument.value(reader), this->created()});
            }
        } else if constexpr (requires { instrument.value(reader); }) {
            out.value(this->labels(), instrument.value(reader));
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

private:
    [[gnu::noinline]] void show_with_exemplars(visitor& out, chunk_reader& reader) const
    {
        std::size_t const buckets = instrument.bounds().size() + 1;
        std::array<exemplar_copy, max_bucket_bounds + 1> copies;
        std::array<bucket_exemplar, max_bucket_bounds + 1> exemplars;
        std::size_t found = 0;
        for (std::size_t i = 0; i != buckets; ++i)
            if (instrument.read_exemplar(i, copies[i])) exemplars[found++] = {i, copies[i].view()};
        std::array<std::uint64_t, max_bucket_bounds + 1> storage;
        std::span const counts(storage.data(), buckets);
        double const sum = instrument.read(reader, counts);
        out.histogram(this->labels(),
                      {instrument.bounds(), counts, sum, this->created(), {exemplars.data(), found}});
    }
};

}  // namespace iafmetrics::inline v0::detail
