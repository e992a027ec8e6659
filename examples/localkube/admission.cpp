// SPDX-License-Identifier: Apache-2.0
#include "admission.hpp"

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include "schema.hpp"
#include "stamp.hpp"

#include <algorithm>

namespace localkube {

namespace json = boost::json;

namespace {

/// The schema of metadata: its types, and which fields there are.
json::object const& metadata_schema()
{
    static auto const schema = json::parse(R"json({"type": "object", "properties": {
      "name": {"type": "string"}, "generateName": {"type": "string", "maxLength": 253},
      "namespace": {"type": "string"}, "uid": {"type": "string"}, "resourceVersion": {"type": "string"},
      "generation": {"type": "integer"}, "creationTimestamp": {}, "deletionTimestamp": {},
      "deletionGracePeriodSeconds": {}, "selfLink": {"type": "string"},
      "labels": {"type": "object", "additionalProperties": {"type": "string"}},
      "annotations": {"type": "object", "additionalProperties": {"type": "string"}},
      "finalizers": {"type": "array", "items": {"type": "string"}},
      "ownerReferences": {"type": "array", "items": {"type": "object",
        "required": ["apiVersion", "kind", "name", "uid"], "properties": {
        "apiVersion": {"type": "string"}, "kind": {"type": "string"}, "name": {"type": "string"},
        "uid": {"type": "string", "minLength": 1}, "controller": {"type": "boolean"},
        "blockOwnerDeletion": {"type": "boolean"}}}},
      "managedFields": {"type": "array", "x-kubernetes-preserve-unknown-fields": true}}})json")
                                   .as_object();
    return schema;
}

std::string text(json::object const& from, std::string_view name)
{
    auto const* value = from.if_contains(name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::optional<refusal> same(json::object& body, std::string_view name, std::string const& wanted)
{
    auto const* given = body.if_contains(name);
    if (!given) {
        body[name] = wanted;
        return std::nullopt;
    }
    if (text(body, name) == wanted) return std::nullopt;
    return bad_request("the " + std::string(name) + " of the object (" + text(body, name) +
                       ") does not match the expected " + std::string(name) + " (" + wanted + ")");
}

/// What every object has, and what the kind's schema is about.
std::pair<json::object, json::object> split(json::object body)
{
    json::object top;
    for (auto const* name : {"apiVersion", "kind", "metadata"})
        if (auto* const value = body.if_contains(name)) {
            top[name] = std::move(*value);
            body.erase(name);
        }
    return {std::move(top), std::move(body)};
}

json::object join(json::object top, json::object rest)
{
    for (auto& [name, value] : rest)
        top[name] = std::move(value);
    return top;
}

/// The address of a Service stays what it was, and a port leads to the port of the same number.
void complete_service(json::object const* before, json::object& body, std::string const& address)
{
    auto* const spec = body["spec"].if_object();
    if (!spec) return;
    if (auto* const ports = spec->if_contains("ports"); ports && ports->is_array())
        for (auto& each : ports->get_array()) {
            auto* const port = each.if_object();
            if (!port || !port->contains("port")) continue;
            auto const number = port->at("port");  // a copy: the object moves its members when it grows
            port->emplace("targetPort", number);
        }
    if (!text(*spec, "clusterIP").empty() || text(*spec, "type") == "ExternalName") return;
    auto const* old = before ? before->if_contains("spec") : nullptr;
    auto const kept = old && old->is_object() ? text(old->get_object(), "clusterIP") : std::string();
    (*spec)["clusterIP"] = kept.empty() ? address : kept;
    (*spec)["clusterIPs"] = json::array{spec->at("clusterIP")};
}

void remove_nulls(json::object& object)
{
    std::vector<std::string> empty;
    for (auto const& [name, value] : object)
        if (value.is_null()) empty.emplace_back(name);
    for (auto const& name : empty)
        object.erase(name);
}

void check_deployment(json::object const& object, std::vector<cause>& causes)
{
    auto const* spec = object.if_contains("spec");
    if (!spec || !spec->is_object()) return;
    auto const path = [&](std::string_view pointer) -> json::object const* {
        boost::system::error_code ec;
        auto const* value = spec->find_pointer(pointer, ec);
        return value ? value->if_object() : nullptr;
    };
    auto const* wanted = path("/selector/matchLabels");
    auto const* labels = path("/template/metadata/labels");
    if (!wanted || wanted->empty()) {
        causes.push_back({"FieldValueRequired", "spec.selector", "Required value"});
        return;
    }
    for (auto const& [name, value] : *wanted)
        if (!labels || !labels->contains(name) || labels->at(name) != value)
            causes.push_back({"FieldValueInvalid", "spec.template.metadata.labels",
                              "Invalid value: `selector` does not match template `labels`"});
}

/// A field of spec that is given once.
void check_immutable(std::string_view name,
                     json::object const& before,
                     json::object const& object,
                     std::vector<cause>& causes)
{
    auto const field = [name](json::object const& from) -> json::value const* {
        auto const* spec = from.if_contains("spec");
        return spec && spec->is_object() ? spec->get_object().if_contains(name) : nullptr;
    };
    auto const* old = field(before);
    auto const* now = field(object);
    if (old && now && *old != *now)
        causes.push_back({"FieldValueInvalid", "spec." + std::string(name),
                          "Invalid value: " + json::serialize(*now) + ": field is immutable"});
}

void check_labels(json::object const& metadata, std::vector<cause>& causes)
{
    auto const* labels = metadata.if_contains("labels");
    if (!labels || !labels->is_object()) return;
    for (auto const& [name, value] : labels->get_object())
        if (value.is_string())
            if (auto const fault = label_fault(name, value.get_string()))
                causes.push_back({"FieldValueInvalid", "metadata.labels",
                                  "Invalid value: \"" + std::string(name) + ": " +
                                      std::string(value.get_string()) + "\": " + *fault});
}

void check_owners(json::object const& metadata, std::vector<cause>& causes)
{
    auto const* owners = metadata.if_contains("ownerReferences");
    if (!owners || !owners->is_array()) return;
    auto const& list = owners->get_array();
    auto const controllers = std::count_if(list.begin(), list.end(), [](json::value const& each) {
        auto const* controller = each.is_object() ? each.get_object().if_contains("controller") : nullptr;
        return controller && *controller == true;
    });
    if (controllers > 1)
        causes.push_back({"FieldValueInvalid", "metadata.ownerReferences",
                          "Invalid value: only one reference can have controller set to true"});
}

}  // namespace

std::optional<refusal>
check_identity(kind const& what, std::string const& ns, std::string const& name, json::object& body)
{
    if (auto why = same(body, "apiVersion", api_version(what))) return why;
    if (auto why = same(body, "kind", std::string(what.name))) return why;
    auto& metadata = body.emplace("metadata", json::object()).first->value();
    if (!metadata.is_object()) return bad_request("metadata must be an object");
    auto& fields = metadata.get_object();
    remove_nulls(fields);
    if (what.namespaced) {
        if (text(fields, "namespace").empty()) fields["namespace"] = ns;
        if (text(fields, "namespace") != ns)
            return bad_request(
                "the namespace of the provided object does not match the namespace sent on the request");
    } else {
        fields.erase("namespace");
    }
    if (name.empty()) {
        if (text(fields, "name").empty() && !text(fields, "generateName").empty())
            fields["name"] = text(fields, "generateName") + name_suffix();
    } else {
        if (text(fields, "name").empty()) fields["name"] = name;
        if (text(fields, "name") != name)
            return bad_request("the name of the object (" + text(fields, "name") +
                               ") does not match the name on the URL (" + name + ")");
    }
    return std::nullopt;
}

std::optional<refusal> drop_unknown(kind const& what, json::object& body, bool strict)
{
    auto [top, rest] = split(std::move(body));
    auto unknown = prune(schema_of(what), rest);
    if (auto* const metadata = top.if_contains("metadata"); metadata && metadata->is_object())
        for (auto const& field : prune(metadata_schema(), metadata->get_object()))
            unknown.push_back("metadata." + field);
    body = join(std::move(top), std::move(rest));
    if (!strict || unknown.empty()) return std::nullopt;
    std::string message = "strict decoding error:";
    for (auto const& field : unknown)
        message += (message.ends_with(':') ? " unknown field \"" : ", unknown field \"") + field + "\"";
    return bad_request(std::move(message));
}

void complete(kind const& what, json::object const* before, json::object& body, std::string const& address)
{
    auto [top, rest] = split(std::move(body));
    json::value filled(std::move(rest));
    fill_defaults(schema_of(what), filled);
    body = join(std::move(top), std::move(filled.get_object()));
    if (&what == &service_kind) complete_service(before, body, address);
}

std::optional<refusal> validate(kind const& what, json::object const* before, json::object const& object)
{
    std::vector<cause> causes;
    auto const& metadata = object.at("metadata").as_object();
    auto const name = text(metadata, "name");
    if (name.empty())
        causes.push_back(
            {"FieldValueRequired", "metadata.name", "Required value: name or generateName is required"});
    else if (auto const fault = name_fault(what.names, name))
        causes.push_back(
            {"FieldValueInvalid", "metadata.name", "Invalid value: \"" + name + "\": " + *fault});
    check(metadata_schema(), metadata, "metadata", causes);
    check_labels(metadata, causes);
    check_owners(metadata, causes);

    check(schema_of(what), split(object).second, {}, causes);
    if (&what == &deployment_kind) {
        check_deployment(object, causes);
        if (before) check_immutable("selector", *before, object, causes);
    }
    if (&what == &service_kind && before) check_immutable("clusterIP", *before, object, causes);
    if (causes.empty()) return std::nullopt;
    return invalid(what, name, causes);
}

}  // namespace localkube
