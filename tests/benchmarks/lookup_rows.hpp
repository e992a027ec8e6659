// SPDX-License-Identifier: Apache-2.0
// Three texts looked up, and the counter that is found incremented: ours, prometheus-cpp's, and floor_table.
#pragma once

#include <iafmetrics/registry.hpp>

#include <prometheus/counter.h>
#include <prometheus/family.h>
#include <prometheus/registry.h>

#include "floor_table.hpp"
#include "inputs.hpp"
#include "rows.hpp"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

namespace rows {

inline iafmetrics::counter_spec<"method", "path", "status"> const requests_total{iafmetrics::run_time,
                                                                                 "ours_total", "Ours."};

/// Registers NAME: one of `size` series at random.
inline void add_lookup(std::string const& name, std::size_t size)
{
    static std::deque<iafmetrics::registry> registries;
    static std::deque<prometheus::Registry> peers;
    static std::deque<std::vector<inputs::labels>> keys;
    static std::deque<std::vector<std::uint32_t>> orders;
    static std::deque<floor_table> floors;
    static thread_local std::array<std::uint64_t, 1024> own_cells;
    constexpr std::size_t mask = inputs::count - 1;
    auto const& sets = keys.emplace_back(inputs::label_sets(size));
    auto const& order = orders.emplace_back(inputs::random_order(size));
    auto& family = registries.emplace_back().add(requests_total);
    auto& peer = prometheus::BuildCounter().Name("peer_total").Help("Peer.").Register(peers.emplace_back());
    auto const& floor = floors.emplace_back(sets);
    for (auto const& set : sets)
        family.with(set.method, set.path, set.status);
    add(name + "/ours", [&](std::size_t i) {
        auto const& set = sets[order[i & mask]];
        family.with(set.method, set.path, set.status).increment();
    });
    add(name + "/peer", [&](std::size_t i) {
        auto const& set = sets[order[i & mask]];
        peer.Add({{"method", set.method}, {"path", set.path}, {"status", set.status}}).Increment();
    });
    add(name + "/floor", [&](std::size_t i) {
        auto const& set = sets[order[i & mask]];
        ++own_cells[floor.find(set.method, set.path, set.status)];
    });
}

}  // namespace rows
