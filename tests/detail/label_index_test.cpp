// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/detail/label_index.hpp>

#include <doctest/doctest.h>

#include <array>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_set>

using namespace iafmetrics::detail;

namespace {

void fill(index_node& node, std::uint64_t hash, std::string_view value)
{
    node.hash = hash;
    node.lengths = {static_cast<std::uint32_t>(value.size())};
    node.key = value;
}

}  // namespace

TEST_CASE("label_index: values of equal hash stay two")
{
    label_index index;
    std::deque<index_node> nodes(100);
    for (std::size_t i = 0; i != nodes.size(); ++i) {
        fill(nodes[i], 7, "v" + std::to_string(i));
        index.insert(nodes[i]);
    }
    for (std::size_t i = 0; i != nodes.size(); ++i) {
        std::string const value = "v" + std::to_string(i);
        std::array<std::string_view, 1> const key{value};
        CHECK(index.find(7, key) == &nodes[i]);
        CHECK(index.find(8, key) == nullptr);
    }
}

TEST_CASE("label_index: keeps the order of insertion")
{
    label_index index;
    std::deque<index_node> nodes(50);
    for (std::size_t i = 0; i != nodes.size(); ++i) {
        fill(nodes[i], i * 0x9E3779B97F4A7C15ULL, std::to_string(i));
        index.insert(nodes[i]);
    }
    std::size_t at = 0;
    for (auto const* node = index.first(); node != nullptr; node = node->next)
        CHECK(node == &nodes[at++]);
    CHECK(at == nodes.size());
}

TEST_CASE("hash: tells boundaries and lengths and single bits apart")
{
    auto const hash = [](std::string_view a, std::string_view b) {
        std::array<std::string_view, 2> const values{a, b};
        return hash_values(values);
    };
    std::unordered_set<std::uint64_t> seen;
    std::string const text(40, 'x');
    for (std::size_t length = 0; length != 40; ++length) {
        CHECK(seen.insert(hash(text.substr(0, length), text.substr(length))).second);
        for (std::size_t at = 0; at != 40; ++at) {
            std::string changed = text;
            changed[at] ^= 1;
            CHECK(seen.insert(hash(changed, text.substr(length))).second);
        }
    }
}
