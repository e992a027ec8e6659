// SPDX-License-Identifier: Apache-2.0
// sub_registry: what a part of a program adds to all of its metrics: a prefix and constant labels.
#pragma once

#include <string>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0 {

/// For registry::sub():
///
///     iafmetrics::registry shard = registry.sub({.prefix = "iaf_", .labels = {{"shard", "1"}}});
struct sub_registry {
    std::string prefix{};                                       // of every metric's name
    std::vector<std::pair<std::string, std::string>> labels{};  // name and value; shown before the others
};

}  // namespace iafmetrics::inline v0
