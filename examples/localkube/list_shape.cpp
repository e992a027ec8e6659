// SPDX-License-Identifier: Apache-2.0
#include "list_shape.hpp"

#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

#include <map>

namespace localkube {

namespace json = boost::json;

namespace {

using by = field_shape::by;

std::map<std::string, field_shape, std::less<>> const shapes{
    {"metadata.ownerReferences", {by::key, {{"uid", ""}}}},
    {"metadata.finalizers", {by::item}},
    {"spec.selector", {by::value}},
    {"spec.ports", {by::key, {{"port", ""}, {"protocol", "TCP"}}}},
    {"spec.env", {by::key, {{"name", ""}}}},
    {"spec.template.spec.containers", {by::key, {{"name", ""}}}},
    {"spec.template.spec.containers.env", {by::key, {{"name", ""}}}},
    {"spec.template.spec.containers.ports", {by::key, {{"containerPort", ""}, {"protocol", "TCP"}}}},
    {"spec.template.spec.containers.volumeMounts", {by::key, {{"mountPath", ""}}}},
    {"spec.template.spec.initContainers", {by::key, {{"name", ""}}}},
    {"spec.template.spec.volumes", {by::key, {{"name", ""}}}},
    {"spec.template.spec.imagePullSecrets", {by::key, {{"name", ""}}}},
    {"status.conditions", {by::key, {{"type", ""}}}},
};

}  // namespace

field_shape shape_at(std::string const& path, json::value const& value)
{
    auto const at = shapes.find(path);
    // An item of a list has the path of its list.
    if (auto const* object = value.if_object())
        return {object->empty() || (at != shapes.end() && at->second.merges == by::value) ? by::value
                                                                                          : by::member};
    auto const* list = value.if_array();
    if (!list || list->empty() || at == shapes.end()) return {by::value};
    for (auto const& item : *list)
        if (step_of(at->second, item).empty()) return {by::value};
    return at->second;
}

std::string step_of(field_shape const& shape, json::value const& item)
{
    if (shape.merges == by::item) return "v:" + json::serialize(item);
    auto const* object = item.if_object();
    if (shape.merges != by::key || !object) return {};
    json::object key;
    for (auto const& [name, standard] : shape.keys) {
        auto const* value = object->if_contains(name);
        if (!value && standard.empty()) return {};
        key.emplace(name, value ? *value : json::value(standard));
    }
    return "k:" + json::serialize(key);
}

std::string member_path(std::string const& path, std::string_view name)
{
    return path.empty() ? std::string(name) : path + "." + std::string(name);
}

}  // namespace localkube
