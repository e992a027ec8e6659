// SPDX-License-Identifier: Apache-2.0
#include "target.hpp"

#include <boost/url/parse_path.hpp>
#include <boost/url/segments_encoded_view.hpp>

#include <deque>

namespace localkube {

std::optional<target> read_target(std::string_view path)
{
    auto const parsed = boost::urls::parse_path(path);
    if (!parsed) return std::nullopt;
    std::deque<std::string> parts;
    for (auto const segment : *parsed)
        parts.push_back(segment.decode());
    auto const take = [&parts] {
        if (parts.empty()) return std::string();
        auto first = std::move(parts.front());
        parts.pop_front();
        return first;
    };

    auto const root = take();
    if (root != "api" && root != "apis") return std::nullopt;
    auto const group = root == "apis" ? take() : std::string();
    auto const version = take();
    if (parts.empty() || parts.size() > 5) return std::nullopt;

    target out;
    if (parts.size() >= 3 && parts.front() == "namespaces" && find_kind(group, version, parts[2])) {
        take();
        out.ns = take();
        if (out.ns.empty()) return std::nullopt;
    }
    out.what = find_kind(group, version, take());
    out.name = take();
    out.subresource = take();
    bool const whole = out.what && parts.empty() && (out.ns.empty() || out.what->namespaced);
    bool const at_home = out.what && (out.name.empty() || !out.what->namespaced || !out.ns.empty());
    if (!whole || !at_home) return std::nullopt;
    return out;
}

}  // namespace localkube
