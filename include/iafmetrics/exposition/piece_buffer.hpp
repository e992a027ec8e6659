// SPDX-License-Identifier: Apache-2.0
// piece_buffer: gathers what a writer writes and hands it on in pieces.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <utility>

namespace iafmetrics::inline v0::exposition {

/// Copies a text of a few dozen bytes and returns its end. A call of memcpy would cost more than the copy.
[[nodiscard, gnu::always_inline]] inline char* copy(char* to, std::string_view text) noexcept
{
    char const* const from = text.data();
    std::size_t const size = text.size();
    auto const both_ends = [&]<std::size_t Block>(std::integral_constant<std::size_t, Block>) {
        std::memcpy(to, from, Block);
        std::memcpy(to + size - Block, from + size - Block, Block);
    };
    if (size >= 16) {
        for (std::size_t at = 16; at < size - 16; at += 16)
            std::memcpy(to + at, from + at, 16);
        both_ends(std::integral_constant<std::size_t, 16>{});
    } else if (size >= 8) {
        both_ends(std::integral_constant<std::size_t, 8>{});
    } else if (size >= 4) {
        both_ends(std::integral_constant<std::size_t, 4>{});
    } else {
        for (std::size_t at = 0; at != size; ++at)
            to[at] = from[at];
    }
    return to + size;
}

/// Where a page is written.
///
/// Cost:   a copy of each text; one allocation, at the start.
/// Errors: what the sink throws passes.
template <std::invocable<std::string_view> Sink>
class piece_buffer {
public:
    /// Bytes of the longest piece.
    static constexpr std::size_t piece = std::size_t{64} * 1024;

    explicit piece_buffer(Sink sink) : sink_(std::move(sink)) {}
    piece_buffer(piece_buffer const&) = delete;
    piece_buffer& operator=(piece_buffer const&) = delete;
    ~piece_buffer() { delete[] memory_; }

    /// Where `size` bytes may be written, `piece` at most; wrote() says how far they were.
    [[nodiscard, gnu::always_inline]] char* room(std::size_t size)
    {
        if (piece - used_ < size) [[unlikely]]
            flush();
        return memory_ + used_;
    }
    [[gnu::always_inline]] void wrote(char const* end) noexcept
    {
        used_ = static_cast<std::size_t>(end - memory_);
    }

    /// A text of any length.
    void append(std::string_view text)
    {
        while (!text.empty()) {
            if (used_ == piece) flush();
            std::size_t const copied = text.copy(memory_ + used_, piece - used_);
            used_ += copied;
            text.remove_prefix(copied);
        }
    }

    void flush()
    {
        std::size_t const size = std::exchange(used_, 0);
        if (size != 0) sink_(std::string_view(memory_, size));
    }

private:
    Sink sink_;
    char* const memory_ = new char[piece];  // not set to 0: a small page writes less than that would
    std::size_t used_ = 0;
};

}  // namespace iafmetrics::inline v0::exposition
