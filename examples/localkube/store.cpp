// SPDX-License-Identifier: Apache-2.0
// Reading, the log of changes, and the writes as the verbs ask for them.
#include "store.hpp"

#include "admission.hpp"
#include "merge.hpp"
#include "metadata.hpp"

#include <algorithm>
#include <chrono>

namespace localkube {

namespace json = boost::json;

store::store(std::size_t window) : window_(window)
{
    // Versions start at the time, so that those of an earlier run are expired and not in the future.
    auto const since_epoch = std::chrono::system_clock::now().time_since_epoch();
    version_ = static_cast<std::uint64_t>(
        std::chrono::duration_cast<std::chrono::milliseconds>(since_epoch).count());
    forgotten_ = version_;
    for (auto const* name : {"default", "kube-system"}) {
        json::object body{{"metadata", {{"name", name}}}};
        static_cast<void>(create(namespace_kind, {}, std::move(body), {.manager = "localkube"}));
    }
    forgotten_ = version_;
    changes_.clear();
}

snapshot store::find(kind const& what, key const& at) const
{
    auto const of_kind = objects_.find(&what);
    if (of_kind == objects_.end()) return nullptr;
    auto const found = of_kind->second.find(at);
    return found == of_kind->second.end() ? nullptr : found->second;
}

outcome<snapshot> store::get(kind const& what, key const& at) const
{
    if (auto found = find(what, at)) return found;
    return not_found(what, at.name);
}

std::vector<snapshot> store::list(kind const& what, std::string const& ns, key const& after) const
{
    std::vector<snapshot> out;
    auto const of_kind = objects_.find(&what);
    if (of_kind == objects_.end()) return out;
    for (auto at = of_kind->second.upper_bound(std::max(after, key{ns, {}})); at != of_kind->second.end();
         ++at) {
        if (!ns.empty() && at->first.ns != ns) break;
        out.push_back(at->second);
    }
    return out;
}

std::uint64_t store::oldest() const { return forgotten_; }

std::vector<change> store::changes_since(std::uint64_t version, kind const& what) const
{
    std::vector<change> out;
    auto const later = std::upper_bound(changes_.begin(), changes_.end(), version,
                                        [](std::uint64_t v, change const& c) { return v < c.version; });
    std::copy_if(later, changes_.end(), std::back_inserter(out),
                 [&](change const& c) { return c.what == &what; });
    return out;
}

std::shared_ptr<void> store::listen(std::function<void(change const&)> callback)
{
    auto held = std::make_shared<listener>(std::move(callback));
    listeners_.push_back(held);
    return held;
}

void store::record(change made)
{
    changes_.push_back(made);
    while (changes_.size() > window_) {
        forgotten_ = changes_.front().version;
        changes_.pop_front();
    }
    std::erase_if(listeners_, [](auto const& each) { return each.expired(); });
    auto const present = listeners_;
    for (auto const& each : present)
        if (auto const callback = each.lock()) (*callback)(made);
}

std::optional<refusal>
store::refuse_namespace(kind const& what, std::string const& ns, std::string_view name) const
{
    if (!what.namespaced) return std::nullopt;
    auto const home = find(namespace_kind, {{}, ns});
    if (!home) return not_found(namespace_kind, ns);
    if (!metadata_text(*home, "deletionTimestamp").empty())
        return forbidden(what, name,
                         "unable to create new content in namespace " + ns +
                             " because it is being terminated");
    return std::nullopt;
}

outcome<snapshot>
store::create(kind const& what, std::string const& ns, json::object body, write_options const& options)
{
    if (auto why = check_identity(what, ns, {}, body)) return *why;
    auto const name = metadata_text(body, "name");
    if (auto why = refuse_namespace(what, ns, name)) return *why;
    if (!metadata_text(body, "resourceVersion").empty())
        return bad_request("resourceVersion should not be set on objects to be created");
    if (what.status) body.erase("status");
    if (auto why = drop_unknown(what, body, options.strict)) return *why;
    key const at{what.namespaced ? ns : std::string(), name};
    if (!name.empty() && find(what, at)) return already_exists(what, name);
    return write(what, at, nullptr, std::move(body), options, false);
}

outcome<snapshot>
store::replace(kind const& what, key const& at, json::object body, write_options const& options)
{
    auto const before = find(what, at);
    if (!before) return not_found(what, at.name);
    if (auto why = check_identity(what, at.ns, at.name, body)) return *why;
    if (auto const given = metadata_text(body, "resourceVersion"); given.empty()) {
        if (what.custom)
            return invalid(what, at.name,
                           {{"FieldValueInvalid", "metadata.resourceVersion",
                             "Invalid value: 0: must be specified for an update"}});
    } else if (given != metadata_text(*before, "resourceVersion")) {
        return modified_meanwhile(what, at.name);
    }
    if (auto why = drop_unknown(what, body, options.strict)) return *why;
    return write(what, at, before, std::move(body), options, false);
}

outcome<snapshot>
store::patch(kind const& what, key const& at, json::value const& patch, write_options const& options)
{
    auto const before = find(what, at);
    if (!before) return not_found(what, at.name);
    if (!patch.is_object()) return bad_request("a merge patch must be an object");
    json::value merged(*before);
    merge_patch(merged, patch);
    auto body = std::move(merged.as_object());
    if (auto why = check_identity(what, at.ns, at.name, body)) return *why;
    if (metadata_text(body, "resourceVersion") != metadata_text(*before, "resourceVersion"))
        return modified_meanwhile(what, at.name);
    if (auto why = drop_unknown(what, body, options.strict)) return *why;
    return write(what, at, before, std::move(body), options, false);
}

outcome<snapshot>
store::apply(kind const& what, key const& at, json::object body, write_options const& options, bool& created)
{
    auto const before = find(what, at);
    created = before == nullptr;
    if (auto why = check_identity(what, at.ns, at.name, body)) return *why;
    if (body.at("metadata").as_object().contains("managedFields"))
        return bad_request("metadata.managedFields must be nil");
    if (created && options.which == half::status) return not_found(what, at.name);
    if (created)
        if (auto why = refuse_namespace(what, at.ns, at.name)) return *why;
    if (auto const given = metadata_text(body, "resourceVersion");
        !given.empty() && (created || given != metadata_text(*before, "resourceVersion")))
        return modified_meanwhile(what, at.name);
    if (auto why = drop_unknown(what, body, options.strict)) return *why;

    if (options.which == half::status) {
        json::object only{{"apiVersion", body.at("apiVersion")}, {"kind", body.at("kind")}};
        if (auto const* status = body.if_contains("status")) only["status"] = *status;
        body = std::move(only);
    } else if (what.status) {
        body.erase("status");
    }
    manager const who{options.manager, options.which == half::status ? "status" : "", api_version(what)};
    auto merged = apply_fields(before.get(), body, who, options.force);
    if (!merged) return std::move(merged).error();
    return write(what, at, before, std::move(*merged), options, true);
}

}  // namespace localkube
