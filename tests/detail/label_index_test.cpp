// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/detail/hash.hpp>
#include <iafmetrics/detail/label_index.hpp>

#include <doctest/doctest.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <random>
#include <string>
#include <string_view>
#include <unordered_set>

using namespace iafmetrics::detail;

namespace {

struct numbered : index_node {
    std::size_t number = 0;
};

/// Finds by number, and counts how many nodes it looked at.
struct searched {
    label_index index;
    std::size_t looked_at = 0;

    index_node* find(std::uint64_t hash, std::size_t number)
    {
        return index.find(hash, [&](index_node const& node) {
            ++looked_at;
            return static_cast<numbered const&>(node).number == number;
        });
    }
};

}  // namespace

TEST_CASE("label_index: nodes of equal hash stay two")
{
    searched in;
    std::deque<numbered> nodes(10'000);  // more than a table holds, and no bit that tells them apart
    for (std::size_t i = 0; i != nodes.size(); ++i) {
        nodes[i].hash = 7;
        nodes[i].number = i;
        in.index.insert(nodes[i]);
    }
    CHECK(in.index.size() == nodes.size());
    for (std::size_t i = 0; i < nodes.size(); i += 99) {
        CHECK(in.find(7, i) == &nodes[i]);
        CHECK(in.find(8, i) == nullptr);
    }
}

TEST_CASE("label_index: each of many nodes is found, and few others are looked at")
{
    searched in;
    std::deque<numbered> nodes(100'000);
    std::mt19937_64 bits(1);
    for (std::size_t i = 0; i != nodes.size(); ++i) {
        nodes[i].hash = bits();
        nodes[i].number = i;
        in.index.insert(nodes[i]);
    }
    std::size_t found = 0;
    for (numbered& node : nodes)
        found += in.find(node.hash, node.number) == &node ? 1U : 0U;
    CHECK(found == nodes.size());
    CHECK(in.looked_at == nodes.size());
    for (int i = 0; i != 1000; ++i)
        CHECK(in.find(bits(), 0) == nullptr);
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
