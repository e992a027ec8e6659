// SPDX-License-Identifier: Apache-2.0
// protobuf_wire: the wire encoding of Protocol Buffers, as far as a page needs it.
#pragma once

#include <iafmetrics/exposition/piece_buffer.hpp>
#include <iafmetrics/labels.hpp>

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

/// Each function writes at a place that has room, and returns the end of what it wrote.
namespace iafmetrics::inline v0::exposition::wire {

/// Bytes that a varint may take.
inline constexpr std::size_t longest_varint = 10;

enum class type : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2 };

/// A field's number and type. Numbers above 15 take a byte more.
struct tag {
    std::uint8_t bytes[2];
    std::uint8_t size;

    constexpr tag(std::uint8_t field, type of) noexcept : bytes{}, size(field < 16 ? 1 : 2)
    {
        auto const key = static_cast<unsigned>(field) << 3U | static_cast<unsigned>(of);
        bytes[0] = static_cast<std::uint8_t>(size == 1 ? key : (key & 0x7FU) | 0x80U);
        bytes[1] = static_cast<std::uint8_t>(key >> 7U);
    }
};

[[nodiscard, gnu::always_inline]] inline char* put(char* at, tag key) noexcept
{
    *at++ = static_cast<char>(key.bytes[0]);
    if (key.size == 2) *at++ = static_cast<char>(key.bytes[1]);
    return at;
}

[[nodiscard]] constexpr std::size_t size_of_varint(std::uint64_t value) noexcept
{
    return value < 128 ? 1 : (static_cast<std::size_t>(std::bit_width(value)) + 6) / 7;
}

[[nodiscard, gnu::always_inline]] inline char* put_varint(char* at, std::uint64_t value) noexcept
{
    for (; value >= 128; value >>= 7U)
        *at++ = static_cast<char>((value & 0x7FU) | 0x80U);
    *at++ = static_cast<char>(value);
    return at;
}

/// Small amounts of either sign are short: 0, -1, 1, -2 are 0, 1, 2, 3.
[[nodiscard]] constexpr std::uint64_t zigzag(std::int64_t value) noexcept
{
    return (static_cast<std::uint64_t>(value) << 1U) ^ (value < 0 ? ~std::uint64_t{0} : 0);
}

[[nodiscard, gnu::always_inline]] inline char*
put_integer(char* at, std::uint8_t field, std::uint64_t value) noexcept
{
    return put_varint(put(at, {field, type::varint}), value);
}

[[nodiscard, gnu::always_inline]] inline char*
put_signed(char* at, std::uint8_t field, std::int64_t value) noexcept
{
    return put_integer(at, field, zigzag(value));
}

[[nodiscard, gnu::always_inline]] inline char* put_double(char* at, std::uint8_t field, double value) noexcept
{
    at = put(at, {field, type::fixed64});
    auto const bits = std::bit_cast<std::uint64_t>(value);
    for (unsigned i = 0; i != 8; ++i)  // the lowest first; one store, where the machine has them so
        at[i] = static_cast<char>(bits >> (8 * i));
    return at + 8;
}

[[nodiscard, gnu::always_inline]] inline char*
put_text(char* at, std::uint8_t field, std::string_view text) noexcept
{
    return copy(put_varint(put(at, {field, type::bytes}), text.size()), text);
}

/// A message within a message: `body(at)` writes it. Its length stands before it and takes a byte most often; what is
/// longer is moved.
template <class Body>
[[nodiscard, gnu::always_inline]] inline char* put_message(char* at, std::uint8_t field, Body const& body)
{
    char* const length = put(at, {field, type::bytes});
    char* const end = body(length + 1);
    auto const size = static_cast<std::size_t>(end - length) - 1;
    if (size < 128) [[likely]] {
        *length = static_cast<char>(size);
        return end;
    }
    std::size_t const further = size_of_varint(size) - 1;
    std::memmove(length + 1 + further, length + 1, size);
    (void)put_varint(length, size);
    return end + further;
}

namespace label {

/// Copies up to the first of two characters, which it leaves where `from` is then. Writes 15 bytes too many at most.
template <char Stop, char OtherStop>
[[nodiscard, gnu::always_inline]] inline char*
copy_until(char* at, char const*& from, char const* end) noexcept
{
    if constexpr (std::endian::native == std::endian::little) {
        using block = char __attribute__((vector_size(16)));
        using halves = std::uint64_t __attribute__((vector_size(16)));
        while (end - from >= 16) {
            block now;
            std::memcpy(&now, from, sizeof now);
            std::memcpy(at, &now, sizeof now);
            auto const found = reinterpret_cast<halves>((now == Stop) | (now == OtherStop));
            bool const is_first = found[0] != 0;
            std::uint64_t const half = is_first ? found[0] : found[1];
            if (half != 0) {
                auto const size = (is_first ? 0 : 8) + std::countr_zero(half) / 8;
                from += size;
                return at + size;
            }
            from += 16;
            at += 16;
        }
    }
    while (*from != Stop && *from != OtherStop)
        *at++ = *from++;
    return at;
}

}  // namespace label

/// How much put_labels() writes at most: a name and a value have 3 bytes or 4 around them on a page and 6 here, further
/// ones for lengths above 127.
[[nodiscard]] constexpr std::size_t room_of(labels_view labels) noexcept
{
    return 2 * labels.text().size() + 3 * longest_varint + 8;
}

/// A value or a quoted name, unescaped, up to its closing quote, which it leaves where `from` is then.
[[nodiscard, gnu::always_inline]] inline char*
put_unescaped(char* at, char const*& from, char const* end) noexcept
{
    for (;;) {
        at = label::copy_until<'"', '\\'>(at, from, end);
        if (*from == '"') return at;
        *at++ = from[1] == 'n' ? '\n' : from[1];
        from += 2;
    }
}

/// The label that begins at `from`, which stands behind it then, as field 1: a message of its name (1) and value (2). Values
/// are unescaped while they are copied, and so are names where some may be quoted.
template <bool MayBeQuoted = false>
[[nodiscard, gnu::always_inline]] inline char*
put_label(char* at, char const*& from, char const* end) noexcept
{
    auto const unescaped = [&](char* to) { return put_unescaped(to, from, end); };
    at = put_message(at, 1, [&](char* to) {
        bool const is_quoted = MayBeQuoted && *from == '"';
        if (is_quoted) {
            ++from;
            to = put_message(to, 1, unescaped);
            ++from;
        } else {
            to = put_message(to, 1, [&](char* name) { return label::copy_until<'=', '='>(name, from, end); });
        }
        from += 2;  // the quote too
        return put_message(to, 2, unescaped);
    });
    ++from;
    return at;
}

template <bool MayBeQuoted = false>
[[nodiscard]] inline char* put_labels(char* at, labels_view labels) noexcept
{
    char const* from = labels.text().data();
    char const* const end = from + labels.text().size();
    for (; from < end; ++from)  // behind the comma
        at = put_label<MayBeQuoted>(at, from, end);
    return at;
}

/// Seconds since 1970 as google.protobuf.Timestamp; nothing where that has no such time, as behind the year 9999.
[[nodiscard]] inline char* put_time(char* at, std::uint8_t field, double seconds)
{
    if (!(seconds >= -62'135'596'800.0 && seconds < 253'402'300'799.0)) return at;
    auto whole = static_cast<std::int64_t>(seconds);
    if (static_cast<double>(whole) > seconds) --whole;
    auto nanoseconds = static_cast<std::uint64_t>((seconds - static_cast<double>(whole)) * 1e9 + .5);
    if (nanoseconds == 1'000'000'000) {
        ++whole;
        nanoseconds = 0;
    }
    return put_message(at, field, [&](char* to) {
        if (whole != 0) to = put_integer(to, 1, static_cast<std::uint64_t>(whole));
        if (nanoseconds != 0) to = put_integer(to, 2, nanoseconds);
        return to;
    });
}

}  // namespace iafmetrics::inline v0::exposition::wire
