// SPDX-License-Identifier: Apache-2.0
#include "schema.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include <algorithm>
#include <regex>

namespace localkube {

namespace json = boost::json;

namespace {

json::object const* object_in(json::object const& from, std::string_view name)
{
    auto const* value = from.if_contains(name);
    return value ? value->if_object() : nullptr;
}

bool open(json::object const& schema)
{
    return schema.contains("x-kubernetes-preserve-unknown-fields") || schema.contains("additionalProperties");
}

std::string inside(std::string const& path, std::string_view name)
{
    return path.empty() ? std::string(name) : path + "." + std::string(name);
}

std::string at_index(std::string const& path, std::size_t i) { return path + "[" + std::to_string(i) + "]"; }

std::string_view type_of(json::value const& value)
{
    if (value.is_object()) return "object";
    if (value.is_array()) return "array";
    if (value.is_string()) return "string";
    if (value.is_bool()) return "boolean";
    if (value.is_null()) return "null";
    if (value.is_double()) return "number";
    return "integer";
}

std::string shown(json::value const& value)
{
    auto out = json::serialize(value);
    if (out.size() > 100) out = out.substr(0, 100) + "…";
    return out;
}

void prune(json::object const& schema,
           json::value& value,
           std::string const& path,
           std::vector<std::string>& unknown)
{
    if (auto* const items = value.if_array()) {
        if (auto const* each = object_in(schema, "items"))
            for (std::size_t i = 0; i != items->size(); ++i)
                prune(*each, (*items)[i], at_index(path, i), unknown);
        return;
    }
    auto* const object = value.if_object();
    if (!object) return;
    auto const* properties = object_in(schema, "properties");
    std::vector<std::string> drop;
    for (auto& [name, member] : *object) {
        if (auto const* known = properties ? object_in(*properties, name) : nullptr)
            prune(*known, member, inside(path, name), unknown);
        else if (!open(schema))
            drop.emplace_back(name);
    }
    for (auto const& name : drop) {
        object->erase(name);
        unknown.push_back(inside(path, name));
    }
}

/// The rules of numbers and lengths: name, what the message says, how to tell.
void check_limits(json::object const& schema,
                  json::value const& value,
                  std::string const& path,
                  std::vector<cause>& causes)
{
    auto const limit = [&](std::string_view name) -> std::optional<std::int64_t> {
        auto const* at = schema.if_contains(name);
        return at ? std::optional(at->to_number<std::int64_t>()) : std::nullopt;
    };
    auto const wrong = [&](std::string const& text) {
        causes.push_back(
            {"FieldValueInvalid", path, "Invalid value: " + shown(value) + ": " + path + " in body " + text});
    };
    if (value.is_int64()) {
        if (auto const least = limit("minimum"); least && value.get_int64() < *least)
            wrong("should be greater than or equal to " + std::to_string(*least));
        if (auto const most = limit("maximum"); most && value.get_int64() > *most)
            wrong("should be less than or equal to " + std::to_string(*most));
    } else if (value.is_uint64() && schema.contains("maximum")) {
        wrong("should be less than or equal to " + std::to_string(*limit("maximum")));
    } else if (auto const* text = value.if_string()) {
        auto const size = static_cast<std::int64_t>(text->size());
        if (auto const least = limit("minLength"); least && size < *least)
            wrong("should be at least " + std::to_string(*least) + " chars long");
        if (auto const most = limit("maxLength")) {
            if (size > *most)
                causes.push_back(
                    {"FieldValueTooLong", path, "Too long: may not be longer than " + std::to_string(*most)});
            else if (auto const* pattern = schema.if_contains("pattern");
                     pattern && !std::regex_search(text->begin(), text->end(),
                                                   std::regex(std::string(pattern->as_string()))))
                wrong("should match '" + std::string(pattern->as_string()) + "'");
        }
    } else if (auto const* items = value.if_array()) {
        auto const size = static_cast<std::int64_t>(items->size());
        if (auto const least = limit("minItems"); least && size < *least)
            causes.push_back({"FieldValueRequired", path, "Required value"});
        if (auto const most = limit("maxItems"); most && size > *most)
            causes.push_back({"FieldValueTooMany", path,
                              "Too many: " + std::to_string(size) + ": must have at most " +
                                  std::to_string(*most) + " items"});
    }
}

void check_members(json::object const& schema,
                   json::object const& object,
                   std::string const& path,
                   std::vector<cause>& causes)
{
    if (auto const* required = schema.if_contains("required"))
        for (auto const& name : required->as_array())
            if (!object.contains(name.as_string()))
                causes.push_back({"FieldValueRequired", inside(path, name.as_string()), "Required value"});
    auto const* properties = object_in(schema, "properties");
    auto const* others = object_in(schema, "additionalProperties");
    for (auto const& [name, member] : object) {
        auto const* known = properties ? object_in(*properties, name) : nullptr;
        if (!known) known = others;
        if (known) check(*known, member, inside(path, name), causes);
    }
}

}  // namespace

std::vector<std::string> prune(json::object const& schema, json::object& value)
{
    std::vector<std::string> unknown;
    json::value whole(std::move(value));
    prune(schema, whole, {}, unknown);
    value = std::move(whole.get_object());
    return unknown;
}

void fill_defaults(json::object const& schema, json::value& value)
{
    if (auto* const items = value.if_array()) {
        if (auto const* each = object_in(schema, "items"))
            for (auto& item : *items)
                fill_defaults(*each, item);
        return;
    }
    auto* const object = value.if_object();
    auto const* properties = object ? object_in(schema, "properties") : nullptr;
    if (!properties) return;
    for (auto const& [name, known] : *properties) {
        auto const& rules = known.as_object();
        auto* member = object->if_contains(name);
        if (!member)
            if (auto const* standard = rules.if_contains("default"))
                member = &object->emplace(name, *standard).first->value();
        if (member) fill_defaults(rules, *member);
    }
}

void check(json::object const& schema,
           json::value const& value,
           std::string const& path,
           std::vector<cause>& causes)
{
    auto const* wanted = schema.if_contains("type");
    if (wanted && type_of(value) != std::string_view(wanted->as_string())) {
        causes.push_back({"FieldValueTypeInvalid", path,
                          "Invalid value: \"" + std::string(type_of(value)) + "\": " + path +
                              " in body must be of type " + std::string(wanted->as_string()) + ": \"" +
                              std::string(type_of(value)) + "\""});
        return;
    }
    if (auto const* allowed = schema.if_contains("enum")) {
        auto const& values = allowed->as_array();
        if (std::find(values.begin(), values.end(), value) == values.end()) {
            std::string list;
            for (auto const& each : values)
                list.append(list.empty() ? "" : ", ").append(json::serialize(each));
            causes.push_back({"FieldValueNotSupported", path,
                              "Unsupported value: " + shown(value) + ": supported values: " + list});
        }
    }
    check_limits(schema, value, path, causes);
    if (auto const* object = value.if_object()) check_members(schema, *object, path, causes);
    if (auto const* items = value.if_array())
        if (auto const* each = object_in(schema, "items"))
            for (std::size_t i = 0; i != items->size(); ++i)
                check(*each, (*items)[i], at_index(path, i), causes);
}

}  // namespace localkube
