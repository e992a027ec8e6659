// SPDX-License-Identifier: Apache-2.0
#include "managed_fields.hpp"

#include <boost/json/array.hpp>

#include "field_set.hpp"
#include "merge.hpp"
#include "stamp.hpp"

#include <algorithm>
#include <array>

namespace localkube {

namespace json = boost::json;

namespace {

/// One entry of managedFields.
struct entry {
    std::string manager;
    std::string operation;
    std::string subresource;
    std::string api_version;
    std::string time;
    field_set fields;
};

std::string text(json::object const& from, std::string_view name)
{
    auto const* value = from.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::vector<entry> read(json::object const* object)
{
    std::vector<entry> out;
    auto const* metadata = object ? object->if_contains("metadata") : nullptr;
    auto const* list =
        metadata && metadata->is_object() ? metadata->get_object().if_contains("managedFields") : nullptr;
    if (!list || !list->is_array()) return out;
    for (auto const& item : list->get_array()) {
        auto const& each = item.as_object();
        out.push_back({text(each, "manager"), text(each, "operation"), text(each, "subresource"),
                       text(each, "apiVersion"), text(each, "time"),
                       field_set::read(each.at("fieldsV1").as_object())});
    }
    return out;
}

void write(json::object& object, std::vector<entry> const& entries)
{
    json::array list;
    for (auto const& each : entries) {
        if (each.fields.inside.empty()) continue;
        json::object item{{"manager", each.manager},        {"operation", each.operation},
                          {"apiVersion", each.api_version}, {"time", each.time},
                          {"fieldsType", "FieldsV1"},       {"fieldsV1", each.fields.write()}};
        if (!each.subresource.empty()) item["subresource"] = each.subresource;
        list.push_back(std::move(item));
    }
    auto& metadata = object["metadata"].as_object();
    if (list.empty())
        metadata.erase("managedFields");
    else
        metadata["managedFields"] = std::move(list);
}

entry& entry_of(std::vector<entry>& entries, manager const& who, std::string_view operation)
{
    auto const at = std::find_if(entries.begin(), entries.end(), [&](entry const& each) {
        return each.manager == who.name && each.operation == operation && each.subresource == who.subresource;
    });
    if (at != entries.end()) return *at;
    return entries.emplace_back(
        entry{who.name, std::string(operation), who.subresource, who.api_version, now(), {}});
}

/// The object without what nobody owns: its identity and the server's bookkeeping.
json::object ownable(json::object const& object)
{
    auto out = object;
    out.erase("apiVersion");
    out.erase("kind");
    if (auto* const metadata = out.if_contains("metadata"); metadata && metadata->is_object()) {
        for (auto const* name :
             {"name", "namespace", "uid", "resourceVersion", "generation", "creationTimestamp",
              "deletionTimestamp", "deletionGracePeriodSeconds", "managedFields", "selfLink", "generateName"})
            metadata->get_object().erase(name);
        if (metadata->get_object().empty()) out.erase("metadata");
    }
    return out;
}

}  // namespace

void note_update(json::object const* before, json::object& after, manager const& who)
{
    auto entries = read(before);
    json::value const old = before ? ownable(*before) : json::object();
    json::value const made = ownable(after);
    auto const changed = changed_fields(old, made);
    auto const present = fields_of(made);
    if (!changed.inside.empty()) {
        for (auto& each : entries)
            each.fields.subtract(changed);
        auto& mine = entry_of(entries, who, "Update");
        mine.fields.add(changed);
        mine.time = now();
    }
    for (auto& each : entries)
        each.fields.keep_only(present);
    write(after, entries);
}

outcome<json::object>
apply_fields(json::object const* live, json::object const& applied, manager const& who, bool force)
{
    auto entries = read(live);
    json::value const old = live ? ownable(*live) : json::object();
    json::value const wanted = ownable(applied);
    json::value merged = live ? *live : applied;
    if (live) merge_applied(merged, wanted);
    auto const owned = fields_of(wanted);
    auto const changed = changed_fields(old, ownable(merged.as_object()));

    entry_of(entries, who, "Apply");  // may move the entries: find again where it is used
    std::vector<cause> conflicts;
    field_set others;
    for (auto& each : entries) {
        if (each.manager == who.name && each.operation == "Apply" && each.subresource == who.subresource)
            continue;
        auto disputed = each.fields;
        disputed.keep_only(changed);
        if (force)
            each.fields.subtract(disputed);
        else
            disputed.for_each([&](std::string const& field) {
                conflicts.push_back(
                    {"FieldManagerConflict", field, "conflict with \"" + each.manager + "\""});
            });
        others.add(each.fields);
    }
    if (!conflicts.empty()) return apply_conflict(conflicts);

    auto& mine = entry_of(entries, who, "Apply");
    auto dropped = mine.fields;
    dropped.subtract(owned);
    dropped.subtract(others);
    remove_fields(merged, dropped);
    auto out = std::move(merged.as_object());
    if (mine.fields.write() != owned.write() || ownable(out) != old.get_object()) mine.time = now();
    mine.fields = owned;
    auto const present = fields_of(ownable(out));
    for (auto& each : entries)
        each.fields.keep_only(present);
    write(out, entries);
    return out;
}

}  // namespace localkube
