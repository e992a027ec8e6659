// SPDX-License-Identifier: Apache-2.0
#include "applied.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdint>
#include <string>

namespace controller {

namespace json = boost::json;

namespace {

/// FNV-1a: the same on every machine and in every release, which std::hash does not promise.
std::string hash(std::string_view text)
{
    std::uint64_t h = 14695981039346656037U;
    for (char const c : text)
        h = (h ^ static_cast<unsigned char>(c)) * 1099511628211U;
    std::array<char, 16> digits{};
    auto const end = std::to_chars(digits.begin(), digits.end(), h, 16).ptr;
    return {digits.begin(), end};
}

/// Lists that server-side apply merges by a key of their entries: entries that others added stay, so they
/// are no difference. All other lists are replaced whole.
bool is_merged(std::string_view name)
{
    constexpr std::array<std::string_view, 6> merged{"containers", "env",          "ownerReferences",
                                                     "ports",      "volumeMounts", "volumes"};
    return std::ranges::find(merged, name) != merged.end();
}

bool holds(json::value const& live, json::value const& desired, bool merged = false)
{
    if (auto const* wanted = desired.if_object()) {
        auto const* have = live.if_object();
        if (!have) return false;
        for (auto const& [name, value] : *wanted) {
            auto const* other = have->if_contains(name);
            if (!other || !holds(*other, value, is_merged(name))) return false;
        }
        return true;
    }
    if (auto const* wanted = desired.if_array()) {
        auto const* have = live.if_array();
        if (!have || (!merged && have->size() != wanted->size())) return false;
        auto const has = [&](json::value const& entry) {
            return std::ranges::any_of(*have, [&](json::value const& other) { return holds(other, entry); });
        };
        if (merged) return std::ranges::all_of(*wanted, has);
        for (std::size_t i = 0; i != wanted->size(); ++i)
            if (!holds((*have)[i], (*wanted)[i])) return false;
        return true;
    }
    return live == desired;
}

}  // namespace

void stamp(json::object& desired)
{
    auto const text = hash(json::serialize(desired));
    auto& metadata = desired["metadata"];
    if (!metadata.is_object()) metadata.emplace_object();
    auto& annotations = metadata.get_object()["annotations"];
    if (!annotations.is_object()) annotations.emplace_object();
    annotations.get_object()[applied_annotation] = text;
}

bool is_applied(json::object const& desired, json::object const& live)
{
    for (auto const& [name, value] : desired) {
        auto const* other = live.if_contains(name);
        // Items of a list carry no apiVersion and kind.
        if (!other && (name == "apiVersion" || name == "kind")) continue;
        if (!other || !holds(*other, value)) return false;
    }
    return true;
}

}  // namespace controller
