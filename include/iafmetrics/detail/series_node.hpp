// SPDX-License-Identifier: Apache-2.0
// series_node: a series' labels, kept once: as a page shows them.
#pragma once

#include <iafmetrics/detail/label_index.hpp>
#include <iafmetrics/detail/short_text.hpp>
#include <iafmetrics/detail/short_time.hpp>
#include <iafmetrics/labels.hpp>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::detail {

/// A label set as it is stored: the text that a page shows and, where a value had to be escaped in it, behind it the
/// values as they were given: their sizes and their bytes.
struct series_text {
    std::string stored;
    std::uint32_t shown = 0;  // bytes of it
    bool is_escaped = false;

    /// A series has no place for a text of 2 GiB.
    [[nodiscard]] bool fits() const noexcept
    {
        return stored.size() <= std::size_t{std::numeric_limits<std::int32_t>::max()};
    }

    /// Behind the labels that a sub-registry adds.
    template <class Names>
    series_text(std::string_view constants, Names const& names, std::span<std::string_view const> values)
        : stored(constants)
    {
        std::size_t i = 0;
        std::size_t plain = stored.size() + (stored.empty() || values.empty() ? 0 : 1);
        for (std::string_view const value : values) {
            append_label(stored, names[i], value);
            plain += names[i].size() + value.size() + 3 + (i == 0 ? 0 : 1);
            ++i;
        }
        shown = static_cast<std::uint32_t>(stored.size());
        is_escaped = stored.size() != plain;
        stored.append(short_text::padding, ' ');
        if (!is_escaped) return;
        for (std::string_view const value : values) {
            auto const size = static_cast<std::uint32_t>(value.size());
            stored.append(reinterpret_cast<char const*>(&size), sizeof size);
            stored += value;
        }
        stored.append(short_text::padding, ' ');
    }
};

/// A series of a family. Does not own its text.
struct series_node : index_node {
    [[nodiscard]] labels_view labels() const noexcept { return labels_view({text_, text_size()}); }

    /// Seconds since 1970; unknown_time where the clock of the machine is wrong by years.
    [[nodiscard]] double created() const noexcept { return created_.seconds(); }

    /// The series begins here. `stored` is the text of `of`, where it stays.
    void set_text(series_text const& of, char const* stored) noexcept
    {
        text_ = stored;
        size_ = of.shown | (of.is_escaped ? escaped : 0);
        created_ = short_time::now();
    }

    /// True where these are its values, each byte of them. `own_labels_at` is where the text goes on behind the
    /// labels of a sub-registry.
    ///
    /// Where nothing is escaped, no value has a quote in it, so that the text has two for each label. Each is met at
    /// its place, and no byte is left over: what stands between them can only be the values.
    template <class Names>
    [[nodiscard]] bool has(std::size_t own_labels_at,
                           Names const& names,
                           std::span<std::string_view const> values) const noexcept
    {
        std::size_t size = own_labels_at;
        for (std::size_t i = 0; i != values.size(); ++i)
            size += size_before(names, i) + values[i].size() + 1;
        if (size != size_) return is_escaped() && has_escaped(values);
        char const* at = text_ + own_labels_at;
        for (std::size_t i = 0; i != values.size(); ++i)
            if (!has_value(at, size_before(names, i), short_text(values[i], 0))) return false;
        return true;
    }
    /// The same, where the compiler knows how many there are.
    template <class Names, std::size_t... Place, class... Texts>
    [[nodiscard, gnu::always_inline]] bool has(std::size_t own_labels_at,
                                               Names const& names,
                                               std::index_sequence<Place...>,
                                               Texts const&... values) const noexcept
    {
        if ((own_labels_at + ... + (size_before(names, Place) + values.size() + 1)) != size_) [[unlikely]]
            return is_escaped() &&
                   has_escaped(std::array<std::string_view, sizeof...(Texts)>{values.view()...});
        [[maybe_unused]] char const* at = text_ + own_labels_at;
        return (has_value(at, size_before(names, Place), values) && ...);
    }

private:
    /// Makes the size of a text in which a value is escaped differ from that of any other.
    static constexpr std::uint32_t escaped = std::uint32_t{1} << 31U;

    [[nodiscard]] bool is_escaped() const noexcept { return (size_ & escaped) != 0; }
    [[nodiscard]] std::uint32_t text_size() const noexcept { return size_ & ~escaped; }

    /// Bytes before the value of a label: `path="` or `",path="`, without the quote that the label before ends with.
    template <class Names>
    [[gnu::always_inline]] static constexpr std::size_t size_before(Names const& names,
                                                                    std::size_t place) noexcept
    {
        return names[place].size() + (place == 0 ? 2 : 3);
    }

    /// Moves `at` behind the value and its quote.
    [[gnu::always_inline]] static bool
    has_value(char const*& at, std::size_t before, short_text const& value) noexcept
    {
        at += before;
        if (at[-1] != '"' || !value.stands_quoted_at(at)) return false;
        at += value.size() + 1;
        return true;
    }

    [[nodiscard, gnu::noinline]] bool has_escaped(std::span<std::string_view const> values) const noexcept
    {
        char const* at = text_ + text_size() + short_text::padding;
        for (std::string_view const value : values) {
            std::uint32_t size = 0;
            std::memcpy(&size, at, sizeof size);
            if (size != value.size() || !short_text(value, 0).stands_at(at + sizeof size)) return false;
            at += sizeof size + size;
        }
        return true;
    }

    char const* text_ = nullptr;
    std::uint32_t size_ = 0;
    short_time created_;
};

}  // namespace iafmetrics::inline v0::detail
