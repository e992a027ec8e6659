// SPDX-License-Identifier: Apache-2.0
// The least that a lookup of three texts can be: a table that never grows, a hash over a few words of each, one full
// comparison.
#pragma once

#include "inputs.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <vector>

class floor_table {
public:
    explicit floor_table(std::vector<inputs::labels> const& sets) : slots_(size)
    {
        for (std::size_t i = 0; i != sets.size(); ++i) {
            key const k{word(sets[i].method), word(sets[i].path), word(sets[i].status)};
            std::size_t at = hash(k);
            while (slots_[at % size].set != nullptr)
                ++at;
            slots_[at % size] = {k, &sets[i], i};
        }
    }

    /// Its number; it must be there.
    [[nodiscard]] std::size_t
    find(std::string_view method, std::string_view path, std::string_view status) const
    {
        key const k{word(method), word(path), word(status)};
        for (std::size_t at = hash(k);; ++at) {
            slot const& s = slots_[at % size];
            if (s.words == k && is_same(s.set->path, path) && is_same(s.set->method, method) &&
                is_same(s.set->status, status))
                return s.number;
        }
    }

private:
    static constexpr std::size_t size = 4096;

    struct key {
        std::uint64_t method, path, status;
        bool operator==(key const&) const = default;
    };
    struct slot {
        key words{};
        inputs::labels const* set = nullptr;
        std::size_t number = 0;
    };

    /// Of up to eight bytes it says all.
    static std::uint64_t word(std::string_view text)
    {
        char const* const end = text.data() + text.size();
        if (text.size() > 8)
            return load<std::uint64_t>(text.data()) ^ load<std::uint64_t>(end - 8) * 0x9E37'79B9'7F4A'7C15U;
        if (text.size() >= 4)
            return std::uint64_t{load<std::uint32_t>(text.data())} << 32 | load<std::uint32_t>(end - 4);
        if (text.empty()) return 0;
        auto const byte = [&](std::size_t i) { return std::uint64_t{static_cast<unsigned char>(text[i])}; };
        return byte(0) | byte(text.size() / 2) << 8 | byte(text.size() - 1) << 16;
    }
    /// Where their words are.
    static bool is_same(std::string_view a, std::string_view b)
    {
        return a.size() == b.size() && (a.size() <= 8 || std::memcmp(a.data(), b.data(), a.size()) == 0);
    }
    static std::size_t hash(key const& k)
    {
        std::uint64_t const mixed = k.method * 0xA076'1D64'78BD'642FU ^ k.path * 0xE703'7ED1'A0B4'28DBU ^
                                    k.status * 0x8EBC'6AF0'9C88'C6E3U;
        return mixed ^ mixed >> 29 ^ mixed >> 47;
    }
    template <class Word>
    static Word load(char const* from)
    {
        Word loaded;
        std::memcpy(&loaded, from, sizeof loaded);
        return loaded;
    }

    std::vector<slot> slots_;
};
