// SPDX-License-Identifier: Apache-2.0
// message_buffer: gathers messages, each behind its length, and hands them on in pieces.
#pragma once

#include <iafmetrics/exposition/piece_buffer.hpp>
#include <iafmetrics/exposition/protobuf_wire.hpp>

#include <cassert>
#include <concepts>
#include <cstddef>
#include <cstdlib>
#include <cstring>
#include <new>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::exposition {

/// Where messages are written whose length is known when they are whole.
///
/// Cost:   memory for the longest message, kept for those behind it.
/// Errors: std::bad_alloc; what the sink throws passes.
template <std::invocable<std::string_view> Sink>
class message_buffer {
public:
    /// Bytes of the longest piece.
    static constexpr std::size_t piece = piece_buffer<Sink>::piece;

    explicit message_buffer(Sink sink) : sink_(std::move(sink)) {}
    message_buffer(message_buffer const&) = delete;
    message_buffer& operator=(message_buffer const&) = delete;
    ~message_buffer() { std::free(memory_); }

    void begin()
    {
        (void)room(wire::longest_varint);
        used_ += wire::longest_varint;
    }

    /// Where `size` bytes of the message may be written; wrote() says how far they were.
    [[nodiscard, gnu::always_inline]] char* room(std::size_t size)
    {
        if (size_ - used_ < size) [[unlikely]]
            grow(size);
        return memory_ + used_;
    }
    [[gnu::always_inline]] void wrote(char const* end) noexcept
    {
        used_ = static_cast<std::size_t>(end - memory_);
        assert(used_ <= size_);
    }

    /// The message is whole. A short one waits for others.
    void end()
    {
        char* const body = memory_ + begin_ + wire::longest_varint;
        std::size_t const length = used_ - begin_ - wire::longest_varint;
        char* const message = body - wire::size_of_varint(length);
        (void)wire::put_varint(message, length);
        auto const size = static_cast<std::size_t>(memory_ + used_ - message);
        if (begin_ + size <= piece) {
            std::memmove(memory_ + begin_, message, size);
            used_ = begin_ += size;
            return;
        }
        hand_on({memory_, begin_});
        hand_on({message, size});
        used_ = begin_ = 0;
    }

    /// Hands on the messages that wait.
    void flush()
    {
        hand_on({memory_, begin_});
        used_ = begin_ = 0;
    }

private:
    void hand_on(std::string_view text)
    {
        for (; !text.empty(); text.remove_prefix(text.size() < piece ? text.size() : piece))
            sink_(text.substr(0, piece));
    }

    /// By realloc, which moves large blocks without a copy.
    [[gnu::noinline, gnu::cold]] void grow(std::size_t size)
    {
        std::size_t grown = size_ == 0 ? 2 * piece : 2 * size_;
        while (grown - used_ < size)
            grown *= 2;
        void* const moved = std::realloc(memory_, grown);
        if (moved == nullptr) throw std::bad_alloc();
        memory_ = static_cast<char*>(moved);
        size_ = grown;
    }

    Sink sink_;
    char* memory_ = nullptr;
    std::size_t size_ = 0;
    std::size_t used_ = 0;
    std::size_t begin_ = 0;  // of the message being written; before it are those that wait
};

}  // namespace iafmetrics::inline v0::exposition
