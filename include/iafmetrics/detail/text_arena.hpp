// SPDX-License-Identifier: Apache-2.0
// text_arena: texts that stay, one behind the other.
#pragma once

#include <cstddef>
#include <cstring>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::detail {

/// Threads: keep() by one at a time; what it returned may be read by any.
class text_arena {
public:
    text_arena() = default;
    text_arena(text_arena const&) = delete;
    text_arena& operator=(text_arena const&) = delete;
    ~text_arena()
    {
        while (chunks_ != nullptr)
            ::operator delete(std::exchange(chunks_, chunks_->older));
    }

    /// A copy, until the arena's end. Throws bad_alloc or succeeds.
    [[nodiscard]] char const* keep(std::string_view text)
    {
        if (text.size() > static_cast<std::size_t>(end_ - free_)) add_chunk(text.size());
        char* const kept = std::exchange(free_, free_ + text.size());
        text.copy(kept, text.size());
        return kept;
    }

private:
    static constexpr std::size_t smallest = 128;
    static constexpr std::size_t largest = 16384;

    struct chunk {
        chunk* older;
    };

    void add_chunk(std::size_t needed)
    {
        std::size_t size = next_size_ - sizeof(chunk);
        if (size < needed) size = needed;
        auto* const made = static_cast<chunk*>(::operator new(sizeof(chunk) + size));
        made->older = std::exchange(chunks_, made);
        free_ = reinterpret_cast<char*>(made + 1);
        end_ = free_ + size;
        if (next_size_ < largest) next_size_ *= 2;
    }

    chunk* chunks_ = nullptr;
    char* free_ = nullptr;
    char* end_ = nullptr;
    std::size_t next_size_ = smallest;
};

}  // namespace iafmetrics::inline v0::detail
