// SPDX-License-Identifier: Apache-2.0
// number_index: series by label values that are numbers and enumerators, without their text.
#pragma once

#include <iafmetrics/detail/label_index.hpp>
#include <iafmetrics/detail/node_chunks.hpp>
#include <iafmetrics/detail/short_text.hpp>
#include <iafmetrics/label_value.hpp>

#include <cstddef>
#include <cstdint>
#include <source_location>
#include <type_traits>

namespace iafmetrics::inline v0::detail {

struct series_node;

/// Label values side by side in 64 bits, and of which types they are: 1 of one enumeration is another text than 1 of
/// another, and than 1 itself.
struct number_key {
    std::uint64_t numbers = 0;
    std::uint64_t hash = 0;
    void const* types = nullptr;  // an address that no other types have
    bool is_whole = true;         // false where a value has more bits than its share

    template <label_value... Values>
    [[nodiscard, gnu::always_inline]] static number_key of(Values const&... values) noexcept
    {
        constexpr unsigned bits = 64 / sizeof...(Values);
        number_key key;
        std::uint64_t excess = 0;
        auto const add = [&](std::uint64_t value) __attribute__((always_inline)) {
            if constexpr (bits < 64) {
                excess |= value >> bits;
                key.numbers = key.numbers << bits | value;
            } else {
                key.numbers = value;
            }
        };
        (add(static_cast<std::uint64_t>(values)), ...);
        key.is_whole = excess == 0;
        key.types = &address_of<Values...>;
        // With their name, too: types without a name of their own, such as those of two modules, share it.
        key.hash = fold_multiply(key.numbers ^ 0x9FB21C651E98DF25ULL, name_of<Values...>);
        return key;
    }

private:
    template <class... Types>
    static constexpr char address_of = 0;

    template <class... Types>
    static consteval std::uint64_t hash_of_name()
    {
        std::uint64_t hash = 0xCBF29CE484222325ULL;  // FNV-1a
        for (char const* at = std::source_location::current().function_name(); *at != '\0'; ++at)
            hash = (hash ^ static_cast<unsigned char>(*at)) * 0x100000001B3ULL;
        return hash | 1U;
    }
    template <class... Types>
    static constexpr std::uint64_t name_of = hash_of_name<Types...>();
};

template <class... Values>
inline constexpr bool are_numbers =
    sizeof...(Values) != 0 && ((std::is_integral_v<Values> || std::is_enum_v<Values>) && ...);

/// What with() has found for such values once. Its cost is 80 bytes for each, beside the series: 32 and its part of the
/// tables.
///
/// Threads, ordering: as label_index and node_chunks.
class number_index {
public:
    /// Null where it is not there.
    [[nodiscard, gnu::always_inline]] series_node* find(number_key const& key) const noexcept
    {
        auto const is_it = [&](index_node const& known) __attribute__((always_inline)) {
            auto const& other = static_cast<node const&>(known);
            return other.numbers == key.numbers && other.types == key.types;
        };
        index_node* const found = index_.find(key.hash, is_it);
        return found == nullptr ? nullptr : static_cast<node*>(found)->series;
    }

    /// Strong guarantee: throws bad_alloc or succeeds.
    void insert(number_key const& key, series_node& series)
    {
        node& made = nodes_.append(key, &series);
        index_.insert(made);
        nodes_.publish();
    }

private:
    struct node : index_node {
        node(number_key const& key, series_node* of) : numbers(key.numbers), types(key.types), series(of)
        {
            hash = key.hash;
        }
        std::uint64_t numbers;
        void const* types;
        series_node* series;
    };

    label_index index_;
    node_chunks<node> nodes_;
};

}  // namespace iafmetrics::inline v0::detail
