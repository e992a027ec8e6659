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
    explicit floor_table(std::vector<inputs::labels> const& sets) : slots_(4096)
    {
        for (std::size_t i = 0; i != sets.size(); ++i) {
            std::size_t at = hash(sets[i].method, sets[i].path, sets[i].status);
            while (slots_[at & 4095].set != nullptr)
                ++at;
            slots_[at & 4095] = {&sets[i], i};
        }
    }

    /// Its number; it must be there.
    [[nodiscard]] std::size_t
    find(std::string_view method, std::string_view path, std::string_view status) const
    {
        for (std::size_t at = hash(method, path, status);; ++at) {
            slot const& s = slots_[at & 4095];
            if (s.set->path == path && s.set->method == method && s.set->status == status) return s.number;
        }
    }

private:
    struct slot {
        inputs::labels const* set = nullptr;
        std::size_t number = 0;
    };

    /// Its first and its last eight bytes, or what there is of them.
    static std::uint64_t word(std::string_view text)
    {
        if (text.size() >= 8) {
            std::uint64_t first;
            std::uint64_t last;
            std::memcpy(&first, text.data(), 8);
            std::memcpy(&last, text.data() + text.size() - 8, 8);
            return first ^ (last * 0x9E37'79B9'7F4A'7C15U) ^ text.size();
        }
        std::uint64_t all = 0;
        for (char const c : text)
            all = all << 8 | static_cast<unsigned char>(c);
        return all;
    }
    static std::size_t hash(std::string_view method, std::string_view path, std::string_view status)
    {
        std::uint64_t const mixed = word(method) * 0xA076'1D64'78BD'642FU ^
                                    word(path) * 0xE703'7ED1'A0B4'28DBU ^
                                    word(status) * 0x8EBC'6AF0'9C88'C6E3U;
        return mixed ^ mixed >> 29 ^ mixed >> 47;
    }

    std::vector<slot> slots_;
};
