// SPDX-License-Identifier: Apache-2.0
// text_set: a set of texts, without the include of std::set.
#pragma once

#include <iafmetrics/detail/hash.hpp>

#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::detail {

/// The names of a page, the series of a family: as many as a program has, each looked up as it is added.
///
/// Cost: insert() and contains() are one hash and a comparison or two. Errors: insert() throws bad_alloc or succeeds.
class text_set {
public:
    text_set() = default;
    text_set(std::initializer_list<std::string_view> texts)
    {
        for (std::string_view const text : texts)
            insert(std::string(text));
    }

    /// False where it is there already.
    bool insert(std::string text)
    {
        if (contains(text)) return false;
        reserve(1);
        texts_.push_back(std::move(text));
        place(texts_.size() - 1);
        return true;
    }

    /// Room for so many more: to insert them throws nothing.
    void reserve(std::size_t more)
    {
        std::size_t const size = texts_.size() + more;
        if (size > texts_.capacity()) texts_.reserve(size * 2);
        while (size * 2 > slots_.size())
            grow();
    }

    [[nodiscard]] bool contains(std::string_view text) const noexcept
    {
        if (slots_.empty()) return false;
        for (std::size_t at = hash_of(text);; ++at) {
            std::uint32_t const slot = slots_[at & (slots_.size() - 1)];
            if (slot == 0) return false;
            if (texts_[slot - 1] == text) return true;
        }
    }

    void clear() noexcept
    {
        texts_.clear();
        slots_.clear();
    }

private:
    static std::size_t hash_of(std::string_view text) noexcept
    {
        return short_text(text, hash_seed(0)).hash();
    }

    void place(std::size_t index) noexcept
    {
        std::size_t at = hash_of(texts_[index]);
        while (slots_[at & (slots_.size() - 1)] != 0)
            ++at;
        slots_[at & (slots_.size() - 1)] = static_cast<std::uint32_t>(index + 1);
    }

    void grow()
    {
        slots_.assign(slots_.empty() ? 16 : slots_.size() * 2, 0);
        for (std::size_t i = 0; i != texts_.size(); ++i)
            place(i);
    }

    std::vector<std::string> texts_;
    std::vector<std::uint32_t>
        slots_;  // one more than an index into texts_, or 0; half of them at most are taken
};

}  // namespace iafmetrics::inline v0::detail
