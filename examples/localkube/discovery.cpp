// SPDX-License-Identifier: Apache-2.0
#include "discovery.hpp"

#include <boost/json/array.hpp>

#include "kind.hpp"

#include <set>
#include <string>

namespace localkube {

namespace json = boost::json;

namespace {

json::object group_of(kind const& what)
{
    json::object const version{{"groupVersion", api_version(what)}, {"version", what.version}};
    return {{"name", what.group}, {"versions", json::array{version}}, {"preferredVersion", version}};
}

json::object group_list()
{
    std::set<std::string_view> seen;
    json::array groups;
    for (auto const& each : all_kinds())
        if (!each.group.empty() && seen.insert(each.group).second) groups.push_back(group_of(each));
    return {{"kind", "APIGroupList"}, {"apiVersion", "v1"}, {"groups", std::move(groups)}};
}

std::optional<json::object> resource_list(std::string_view group_version)
{
    json::array resources;
    for (auto const& each : all_kinds()) {
        if (api_version(each) != group_version) continue;
        json::array verbs{"create", "delete", "get", "list", "patch", "update", "watch"};
        json::object item{{"name", each.plural},
                          {"singularName", each.singular},
                          {"namespaced", each.namespaced},
                          {"kind", each.name},
                          {"verbs", std::move(verbs)}};
        if (!each.short_name.empty()) item["shortNames"] = json::array{each.short_name};
        resources.push_back(std::move(item));
        if (each.status)
            resources.push_back({{"name", std::string(each.plural) + "/status"},
                                 {"singularName", ""},
                                 {"namespaced", each.namespaced},
                                 {"kind", each.name},
                                 {"verbs", json::array{"get", "patch", "update"}}});
    }
    if (resources.empty()) return std::nullopt;
    return json::object{{"kind", "APIResourceList"},
                        {"apiVersion", "v1"},
                        {"groupVersion", group_version},
                        {"resources", std::move(resources)}};
}

}  // namespace

std::optional<json::object> discover(std::string_view path)
{
    if (path.ends_with('/')) path.remove_suffix(1);
    if (path == "/version")
        return json::object{
            {"major", "1"}, {"minor", "30"}, {"gitVersion", "v1.30.0+localkube"}, {"platform", "linux"}};
    if (path == "/api") return json::object{{"kind", "APIVersions"}, {"versions", json::array{"v1"}}};
    if (path == "/apis") return group_list();
    if (path.starts_with("/api/")) return resource_list(path.substr(5));
    if (!path.starts_with("/apis/")) return std::nullopt;
    path.remove_prefix(6);
    if (path.find('/') != std::string_view::npos) return resource_list(path);
    for (auto const& each : all_kinds())
        if (!each.group.empty() && each.group == path) {
            auto out = group_of(each);
            out["kind"] = "APIGroup";
            out["apiVersion"] = "v1";
            return out;
        }
    return std::nullopt;
}

}  // namespace localkube
