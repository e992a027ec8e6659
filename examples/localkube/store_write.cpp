// SPDX-License-Identifier: Apache-2.0
// The one way into the store, the way out of it, and what a deletion takes along.
#include <boost/json/array.hpp>

#include "admission.hpp"
#include "metadata.hpp"
#include "stamp.hpp"
#include "store.hpp"

#include <algorithm>
#include <utility>

namespace localkube {

namespace json = boost::json;

namespace {

/// The fields of metadata that only the server writes.
void keep_server_fields(json::object const* before, json::object& metadata)
{
    for (auto const* name : {"uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds",
                             "generation", "resourceVersion", "selfLink", "generateName"}) {
        auto const* old = before ? before->at("metadata").as_object().if_contains(name) : nullptr;
        if (old)
            metadata[name] = *old;
        else if (before || std::string_view(name) != "generateName")
            metadata.erase(name);
    }
}

/// Puts one half of `before` in place of the same half of `after`.
void keep(json::object const* before, json::object& after, std::string_view member)
{
    auto const* old = before ? before->if_contains(member) : nullptr;
    if (old)
        after[member] = *old;
    else
        after.erase(member);
}

/// An object without what a change of generation is not about.
json::object counted(json::object object)
{
    object.erase("metadata");
    object.erase("status");
    return object;
}

bool is_uid(json::value const& owner, std::string_view uid)
{
    return std::string_view(owner.as_object().at("uid").as_string()) == uid;
}

bool has_owner(json::value const& owners, std::string_view uid)
{
    auto const& list = owners.as_array();
    return std::any_of(list.begin(), list.end(), [&](json::value const& each) { return is_uid(each, uid); });
}

}  // namespace

std::string store::new_address()
{
    auto const n = next_address_++;
    return "10." + std::to_string(96 + (n >> 16U) % 16) + "." + std::to_string((n >> 8U) & 0xFFU) + "." +
           std::to_string(n & 0xFFU);
}

outcome<snapshot> store::write(kind const& what,
                               key const& at,
                               snapshot before,
                               json::object after,
                               write_options const& options,
                               bool applied)
{
    if (before)
        if (auto const uid = metadata_text(after, "uid");
            !uid.empty() && uid != metadata_text(*before, "uid"))
            return conflict(what, at.name,
                            "Precondition failed: UID in precondition: " + uid +
                                ", UID in object meta: " + metadata_text(*before, "uid"));
    if (options.which == half::status) {
        auto made = *before;
        if (auto* const status = after.if_contains("status")) made["status"] = std::move(*status);
        if (applied) made["metadata"] = std::move(after["metadata"]);
        after = std::move(made);
    } else {
        complete(what, before.get(), after, new_address());
        if (what.status && before) keep(before.get(), after, "status");
    }
    if (!after.at("metadata").is_object()) return bad_request("metadata must be an object");
    auto& metadata = after["metadata"].get_object();
    keep_server_fields(before.get(), metadata);
    if (auto why = validate(what, before.get(), after)) return *why;
    if (&what == &namespace_kind) {
        if (!metadata.contains("labels")) metadata["labels"] = json::object();
        metadata["labels"].as_object()["kubernetes.io/metadata.name"] = at.name;
    }

    if (!before) {
        metadata["uid"] = new_uid();
        metadata["creationTimestamp"] = now();
        if (what.generation) metadata["generation"] = 1;
    } else if (what.generation && counted(*before) != counted(after)) {
        metadata["generation"] = metadata.at("generation").to_number<std::int64_t>() + 1;
    }
    manager const who{options.manager, options.which == half::status ? "status" : "", api_version(what)};
    if (!applied) note_update(before.get(), after, who);
    if (before && *before == after) return before;

    auto made = commit(what, at, std::move(before), std::move(after));
    bool const leaving = !metadata_text(*made, "deletionTimestamp").empty() && finalizers(*made) == 0;
    if (leaving && &what == &namespace_kind)
        finish_namespace(at.name);
    else if (leaving)
        erase(what, at);
    else
        collect(what, at);
    return made;
}

snapshot store::commit(kind const& what, key const& at, snapshot before, json::object after)
{
    after["metadata"].as_object()["resourceVersion"] = std::to_string(++version_);
    auto made = std::make_shared<json::object const>(std::move(after));
    objects_[&what][at] = made;
    uids_.insert(metadata_text(*made, "uid"));
    record({version_, &what, std::move(before), made});
    return made;
}

void store::erase(kind const& what, key const& at)
{
    auto const before = find(what, at);
    if (!before) return;
    objects_[&what].erase(at);
    auto const uid = metadata_text(*before, "uid");
    uids_.erase(uid);
    json::object last = *before;
    last["metadata"].as_object()["resourceVersion"] = std::to_string(++version_);
    record({version_, &what, std::make_shared<json::object const>(std::move(last)), nullptr});
    collect_dependents(uid, false);
    if (what.namespaced) finish_namespace(at.ns);
}

outcome<snapshot> store::remove(kind const& what, key const& at, delete_options const& options)
{
    auto found = find(what, at);
    if (!found) return not_found(what, at.name);
    auto const differs = [&](std::string_view field, std::string_view title, std::string const& wanted) {
        auto const is = metadata_text(*found, field);
        return wanted.empty() || wanted == is
                   ? std::string()
                   : "Precondition failed: " + std::string(title) + " in precondition: " + wanted + ", " +
                         std::string(title) + " in object meta: " + is;
    };
    if (auto const why = differs("uid", "UID", options.uid); !why.empty())
        return conflict(what, at.name, why);
    if (auto const why = differs("resourceVersion", "ResourceVersion", options.resource_version);
        !why.empty())
        return conflict(what, at.name, why);
    bool const is_namespace = &what == &namespace_kind;
    if (is_namespace && (at.name == "default" || at.name == "kube-system"))
        return forbidden(what, at.name, "this namespace may not be deleted");

    if (options.orphan) collect_dependents(metadata_text(*found, "uid"), true);
    found = find(what, at);
    if (is_namespace || finalizers(*found) != 0) {
        if (metadata_text(*found, "deletionTimestamp").empty()) {
            json::object leaving = *found;
            auto& metadata = leaving["metadata"].as_object();
            metadata["deletionTimestamp"] = now();
            if (is_namespace)
                leaving["status"] = json::object{{"phase", "Terminating"}};
            else
                metadata["deletionGracePeriodSeconds"] = 0;
            found = commit(what, at, found, std::move(leaving));
        }
        if (is_namespace) {
            for (auto const& each : all_kinds())
                if (each.namespaced)
                    for (auto const& object : list(each, at.name))
                        static_cast<void>(remove(each, key_of(*object), {}));
            finish_namespace(at.name);
        }
        return found;
    }
    erase(what, at);
    return found;
}

void store::finish_namespace(std::string const& name)
{
    key const at{{}, name};
    auto const home = find(namespace_kind, at);
    if (!home || metadata_text(*home, "deletionTimestamp").empty() || finalizers(*home) != 0) return;
    for (auto const& each : all_kinds())
        if (each.namespaced && !list(each, name).empty()) return;
    erase(namespace_kind, at);
}

void store::collect_dependents(std::string const& uid, bool orphan)
{
    std::vector<std::pair<kind const*, key>> dependents;
    for (auto const& [what, of_kind] : objects_)
        for (auto const& [at, object] : of_kind)
            if (auto const* owners = object->at("metadata").as_object().if_contains("ownerReferences");
                owners && has_owner(*owners, uid))
                dependents.emplace_back(what, at);
    for (auto const& [what, at] : dependents) {
        auto const object = find(*what, at);
        if (!object) continue;
        if (!orphan) {
            collect(*what, at);
            continue;
        }
        json::object free = *object;
        auto& owners = free["metadata"].as_object()["ownerReferences"].as_array();
        for (auto each = owners.begin(); each != owners.end();)
            each = is_uid(*each, uid) ? owners.erase(each) : each + 1;
        if (owners.empty()) free["metadata"].as_object().erase("ownerReferences");
        commit(*what, at, object, std::move(free));
    }
}

void store::collect(kind const& what, key const& at)
{
    auto const object = find(what, at);
    auto const* owners = object ? object->at("metadata").as_object().if_contains("ownerReferences") : nullptr;
    if (!owners || owners->as_array().empty()) return;
    for (auto const& each : owners->as_array())
        if (uids_.contains(std::string_view(each.as_object().at("uid").as_string()))) return;
    static_cast<void>(remove(what, at, {}));
}

}  // namespace localkube
