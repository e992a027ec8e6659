// SPDX-License-Identifier: Apache-2.0
// short_text: a label value, hashed and compared by words.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace iafmetrics::inline v0::detail {

static_assert(std::endian::native == std::endian::little && sizeof(void*) == 8,
              "iafmetrics: texts are compared by words of a little-endian machine of 64 bits");

/// Both halves of a 128-bit product, folded: every input bit reaches every output bit.
[[nodiscard, gnu::always_inline]] inline std::uint64_t fold_multiply(std::uint64_t a,
                                                                     std::uint64_t b) noexcept
{
    __extension__ using wide = unsigned __int128;
    wide const product = static_cast<wide>(a) * b;
    return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64U);
}

template <class Word>
[[nodiscard, gnu::always_inline]] inline std::uint64_t load_word(char const* at) noexcept
{
    Word value = 0;
    std::memcpy(&value, at, sizeof value);
    return value;
}

/// Of up to 7 bytes it is one number: the bytes and, behind them, a quote, which tells its length. Of 8 to 32 it is
/// four words that overlap, whatever the length. Lengths of label values follow no pattern, and a branch on them that
/// is mispredicted costs 3 ns, more than loading too much.
///
/// Lifetime: a view.
class short_text {
public:
    /// Bytes behind a value that stands_at() may read.
    static constexpr std::size_t padding = 7;

    /// `seed` makes other hashes of the same bytes; it is no small number.
    [[gnu::always_inline]] short_text(std::string_view text, std::uint64_t seed) noexcept
        : at_(text.data()), size_(text.size())
    {
        char const* const at = at_;
        std::size_t const size = size_;
        if (size < sizeof word_) {
            word_ = of_0_to_7(at, size);
            hash_ = fold_multiply(word_ ^ key_0, seed);
        } else if (size <= longest) {
            places const place(size);
            std::uint64_t const front = fold_multiply(load_word<std::uint64_t>(at) ^ key_0,
                                                      load_word<std::uint64_t>(at + place.second) ^ seed);
            std::uint64_t const back = fold_multiply(load_word<std::uint64_t>(at + place.third) ^ key_1,
                                                     load_word<std::uint64_t>(at + place.last) ^ seed);
            hash_ = front +
                    std::rotl(back, static_cast<int>(size));  // the words of another length may be the same
        } else {
            hash_ = hash_long(text, seed);
        }
    }

    [[nodiscard]] std::string_view view() const noexcept { return {at_, size_}; }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::uint64_t hash() const noexcept { return hash_; }

    /// True where it stands at `at` with a quote behind it, behind which there are `padding` bytes.
    [[nodiscard, gnu::always_inline]] bool stands_quoted_at(char const* at) const noexcept
    {
        std::size_t const size = size_;
        if (size < sizeof word_) return (load_word<std::uint64_t>(at) ^ word_) << (56 - 8 * size) == 0;
        return at[size] == '"' && stands_at(at);
    }
    /// True where it stands at `at`, behind which there are `padding` bytes.
    [[nodiscard, gnu::always_inline]] bool stands_at(char const* at) const noexcept
    {
        char const* const other = at_;
        std::size_t const size = size_;
        if (size < sizeof word_)
            return size == 0 || (load_word<std::uint64_t>(at) ^ word_) << (64 - 8 * size) == 0;
        if (size > longest) return std::memcmp(at, other, size) == 0;
        places const place(size);
        return (difference(at, other, 0) | difference(at, other, place.second) |
                difference(at, other, place.third) | difference(at, other, place.last)) == 0;
    }

private:
    static constexpr std::size_t longest = 32;
    static constexpr char nothing[4]{};
    static constexpr std::uint64_t key_0 = 0x9FB21C651E98DF25ULL;  // odd, about half of the bits set
    static constexpr std::uint64_t key_1 = 0xD6E8FEB86659FD93ULL;

    /// Of the words that cover 8 to 32 bytes.
    struct places {
        [[gnu::always_inline]] explicit places(std::size_t size) noexcept
            : last(size - 8), second(last < 8 ? last : 8), third(last - second)
        {}
        std::size_t last;
        std::size_t second;
        std::size_t third;
    };

    static std::uint64_t byte(char const* at) noexcept { return static_cast<unsigned char>(*at); }

    /// Four bytes from either end where there are four, and from `nothing` where there are not; then the first, the
    /// middle and the last one, which are among them or all there is. Addresses are chosen by a mask, which no compiler
    /// turns into a branch.
    [[gnu::always_inline]] static std::uint64_t of_0_to_7(char const* at, std::size_t size) noexcept
    {
        constexpr std::uint64_t quote = '"';
        if (size == 0) [[unlikely]]
            return quote;
        std::size_t const has_four = std::size_t{0} - size / 4;  // all bits or none
        auto const chosen = (reinterpret_cast<std::uintptr_t>(at) & has_four) |
                            (reinterpret_cast<std::uintptr_t>(&nothing) & ~has_four);
        auto const* const four = reinterpret_cast<char const*>(chosen);
        std::size_t const back = (size - 4) & has_four;
        std::size_t const middle = size / 2;
        std::size_t const last = size - 1;
        return load_word<std::uint32_t>(four) | load_word<std::uint32_t>(four + back) << back * 8 | byte(at) |
               byte(at + middle) << middle * 8 | (byte(at + last) | quote << 8U) << last * 8;
    }
    [[gnu::always_inline]] static std::uint64_t
    difference(char const* a, char const* b, std::size_t place) noexcept
    {
        return load_word<std::uint64_t>(a + place) ^ load_word<std::uint64_t>(b + place);
    }

    [[nodiscard, gnu::noinline]] static std::uint64_t hash_long(std::string_view text,
                                                                std::uint64_t seed) noexcept
    {
        char const* at = text.data();
        char const* const end = at + text.size();
        std::uint64_t front = seed;
        std::uint64_t back = ~seed;
        auto const mix = [&](char const* from) {
            front = fold_multiply(load_word<std::uint64_t>(from) ^ key_0,
                                  load_word<std::uint64_t>(from + 8) ^ front);
            back = fold_multiply(load_word<std::uint64_t>(from + 16) ^ key_1,
                                 load_word<std::uint64_t>(from + 24) ^ back);
        };
        for (; static_cast<std::size_t>(end - at) > longest; at += longest)
            mix(at);
        mix(end - longest);
        return fold_multiply(front ^ key_1, back) + text.size();
    }

    char const* at_;
    std::size_t size_;
    std::uint64_t word_ = 0;
    std::uint64_t hash_;
};

}  // namespace iafmetrics::inline v0::detail
