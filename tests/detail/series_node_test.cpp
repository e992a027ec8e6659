// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/detail/hash.hpp>
#include <iafmetrics/detail/series_node.hpp>

#include <doctest/doctest.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

using namespace iafmetrics::detail;

namespace {

using values = std::array<std::string, 3>;

/// A node and the memory that its text is in, to the byte.
struct stored_node {
    series_node node;
    std::vector<char> memory;

    stored_node(std::string_view constants, std::array<std::string_view, 3> const& names, values const& of)
    {
        std::array<std::string_view, 3> const views{of[0], of[1], of[2]};
        series_text const text(constants, names, views);
        memory.assign(text.stored.begin(), text.stored.end());
        node.set_text(text, memory.data());
    }
};

/// By both ways to ask, which must say the same.
bool has(stored_node const& in,
         std::string_view constants,
         std::array<std::string_view, 3> const& names,
         values const& of)
{
    std::array<std::string_view, 3> const views{of[0], of[1], of[2]};
    std::size_t const at = constants.empty() ? 0 : constants.size() + 1;
    bool const by_span = in.node.has(at, names, views);
    bool const by_texts = in.node.has(at, names, std::index_sequence<0, 1, 2>{}, short_text(views[0], 0),
                                      short_text(views[1], 0), short_text(views[2], 0));
    CHECK(by_span == by_texts);
    return by_span;
}

}  // namespace

TEST_CASE("series_node: has its values and no others, whatever is in them")
{
    std::mt19937_64 bits(3);
    std::array<std::string_view, 3> const names{"a", "bb", "a"};
    // What a text is made of, so that values look like the text around them.
    std::vector<std::string> const parts{"x", "\"", ",", "a=\"", "\",bb=\"", "\",a=\"", "\\", "\n", "yz", ""};
    auto const random_text = [&] {
        std::string text;
        for (auto left = bits() % 4; left != 0; --left)
            text += parts[bits() % parts.size()];
        return text;
    };
    for (std::string_view const constants : {"", "zone=\"b\""}) {
        std::vector<values> all;
        std::deque<stored_node> nodes;
        for (int i = 0; i != 400; ++i) {
            all.push_back({random_text(), random_text(), random_text()});
            nodes.emplace_back(constants, names, all.back());
        }
        std::size_t wrong = 0;
        for (std::size_t i = 0; i != all.size(); ++i)
            for (std::size_t j = 0; j != all.size(); ++j)
                wrong += has(nodes[i], constants, names, all[j]) != (all[i] == all[j]) ? 1U : 0U;
        CHECK(wrong == 0);
    }
}

TEST_CASE("series_node: no values of other lengths pass, though each is what the text has where it is read")
{
    std::array<std::string_view, 3> const names{"a", "bb", "c"};
    for (values const& of : {values{"V1", "abcdefghij", "xy"}, values{"abcdefghijkl", "", "abcdefgh"},
                             values{"", "abcdefghijklmnop", "qrstuvwxyz"}}) {
        stored_node const node({}, names, of);
        std::string_view const text = node.node.labels().text();
        std::size_t const total = of[0].size() + of[1].size() + of[2].size();
        for (std::size_t first = 0; first <= total; ++first)
            for (std::size_t second = 0; first + second <= total; ++second) {
                std::size_t const at_second = 3 + first + 6;  // a=" and ",bb="
                std::size_t const at_third = at_second + second + 5;
                values const read{std::string(text.substr(3, first)),
                                  std::string(text.substr(at_second, second)),
                                  std::string(text.substr(at_third, total - first - second))};
                CHECK(has(node, {}, names, read) == (read == of));
            }
    }
}

TEST_CASE("series_node: each byte of a value of any length counts")
{
    std::array<std::string_view, 3> const names{"a", "b", "c"};
    for (std::size_t length = 0; length != 80; ++length)
        for (std::size_t place = 0; place != 3; ++place) {
            values of{"one", "two", "three"};
            of[place].assign(length, 'v');
            stored_node const node({}, names, of);
            CHECK(has(node, {}, names, of));
            for (std::size_t at = 0; at != length; ++at) {
                values other = of;
                other[place][at] = 'w';
                CHECK_FALSE(has(node, {}, names, other));
            }
            values longer = of;
            longer[place] += 'v';
            CHECK_FALSE(has(node, {}, names, longer));
        }
}

TEST_CASE("short_text: texts that differ in a bit, in length or in place hash to others")
{
    std::vector<std::uint64_t> seen;
    for (std::size_t length = 0; length != 100; ++length) {
        std::string text(length, 'x');
        seen.push_back(short_text(text, hash_seed(0)).hash());
        seen.push_back(short_text(text, hash_seed(1)).hash());
        for (char& c : text) {
            c ^= 1;
            seen.push_back(short_text(text, hash_seed(0)).hash());
            c ^= 1;
        }
    }
    std::ranges::sort(seen);
    CHECK(std::ranges::adjacent_find(seen) == seen.end());
}
