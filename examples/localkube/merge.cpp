// SPDX-License-Identifier: Apache-2.0
#include "merge.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include "list_shape.hpp"

#include <algorithm>

namespace localkube {

namespace json = boost::json;
using by = field_shape::by;

namespace {

json::value* find_item(json::array& list, field_shape const& shape, std::string_view step)
{
    auto const at = std::find_if(list.begin(), list.end(),
                                 [&](json::value const& item) { return step_of(shape, item) == step; });
    return at == list.end() ? nullptr : &*at;
}

json::value const* find_item(json::array const& list, field_shape const& shape, std::string_view step)
{
    return find_item(const_cast<json::array&>(list), shape, step);
}

bool hollow(json::value const& value)
{
    return (value.is_object() && value.get_object().empty()) ||
           (value.is_array() && value.get_array().empty());
}

}  // namespace

void merge_patch(json::value& into, json::value const& patch)
{
    auto const* members = patch.if_object();
    if (!members) {
        into = patch;
        return;
    }
    if (!into.is_object()) into = json::object();
    auto& object = into.get_object();
    for (auto const& [name, value] : *members) {
        if (value.is_null())
            object.erase(name);
        else
            merge_patch(object[name], value);
    }
}

void merge_applied(json::value& into, json::value const& applied, std::string const& path)
{
    auto const shape = shape_at(path, applied);
    if (shape.merges == by::member && into.is_object()) {
        for (auto const& [name, value] : applied.get_object()) {
            auto* const mine = into.get_object().if_contains(name);
            if (mine)
                merge_applied(*mine, value, member_path(path, name));
            else
                into.get_object().emplace(name, value);
        }
    } else if ((shape.merges == by::key || shape.merges == by::item) && into.is_array()) {
        auto& list = into.get_array();
        for (auto const& item : applied.get_array()) {
            auto* const mine = find_item(list, shape, step_of(shape, item));
            if (!mine)
                list.push_back(item);
            else if (shape.merges == by::key)
                merge_applied(*mine, item, path);
        }
    } else {
        into = applied;
    }
}

void remove_fields(json::value& from, field_set const& fields, std::string const& path)
{
    auto const shape = shape_at(path, from);
    for (auto const& [step, below] : fields.inside) {
        if (step.starts_with("f:")) {
            auto* const object = from.if_object();
            auto* const member = object ? object->if_contains(step.substr(2)) : nullptr;
            if (!member) continue;
            bool gone = below.member;
            if (!gone) {
                remove_fields(*member, below, member_path(path, step.substr(2)));
                gone = hollow(*member);
            }
            if (gone) object->erase(step.substr(2));
        } else if (auto* const list = from.if_array()) {
            auto* const item = find_item(*list, shape, step);
            if (!item) continue;
            if (below.member)
                list->erase(list->begin() + (item - list->data()));
            else
                remove_fields(*item, below, path);
        }
    }
}

field_set fields_of(json::value const& value, std::string const& path)
{
    auto const shape = shape_at(path, value);
    field_set out;
    if (shape.merges == by::member) {
        for (auto const& [name, member] : value.get_object())
            out.inside["f:" + std::string(name)] = fields_of(member, member_path(path, name));
    } else if (shape.merges == by::key) {
        for (auto const& item : value.get_array()) {
            auto& mine = out.inside[step_of(shape, item)];
            for (auto const& [name, member] : item.get_object())
                mine.inside["f:" + std::string(name)] = fields_of(member, member_path(path, name));
            mine.member = true;
        }
    } else if (shape.merges == by::item) {
        for (auto const& item : value.get_array())
            out.inside[step_of(shape, item)].member = true;
    } else {
        out.member = true;
    }
    return out;
}

field_set changed_fields(json::value const& before, json::value const& after, std::string const& path)
{
    if (before == after) return {};
    auto const shape = shape_at(path, after);
    if (shape_at(path, before).merges != shape.merges) return fields_of(after, path);

    field_set out;
    auto const note = [&out](std::string step, field_set fields) {
        if (!fields.empty()) out.inside.emplace(std::move(step), std::move(fields));
    };
    auto const members = [&](json::object const& old, json::object const& now, field_set& into) {
        for (auto const& [name, value] : now) {
            auto const* was = old.if_contains(name);
            auto const below = member_path(path, name);
            auto fields = was ? changed_fields(*was, value, below) : fields_of(value, below);
            if (!fields.empty()) into.inside.emplace("f:" + std::string(name), std::move(fields));
        }
    };
    switch (shape.merges) {
    case by::member: members(before.get_object(), after.get_object(), out); break;
    case by::key:
    case by::item:
        for (auto const& item : after.get_array()) {
            auto step = step_of(shape, item);
            auto const* was = find_item(before.get_array(), shape, step);
            field_set fields;
            if (!was) {
                fields = fields_of(json::array{item}, path).inside.begin()->second;
            } else if (shape.merges == by::key) {
                members(was->get_object(), item.get_object(), fields);
            }
            note(std::move(step), std::move(fields));
        }
        break;
    case by::value: out.member = true; break;
    }
    return out;
}

}  // namespace localkube
