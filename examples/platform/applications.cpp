// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/object_key.hpp>
#include <platform/applications.hpp>

namespace platform {

namespace kubernetes = iafmetrics::kubernetes;
using kubernetes::text_at;

namespace {

constexpr int default_port = 8080;
constexpr int default_replicas = 1;

std::string subject(std::string_view session, std::string_view name)
{
    return "application " + std::string{name} + " in session " + std::string{session};
}

problem missing(std::string_view session, std::string_view name)
{
    return {404, "there is no " + subject(session, name)};
}

json::value member(json::object const& from, std::string_view name, json::value otherwise)
{
    auto const* found = from.if_contains(name);
    return found == nullptr || found->is_null() ? std::move(otherwise) : *found;
}

application show(std::string_view session, json::object const& object)
{
    auto const spec = member(object, "spec", json::object{});
    json::object const nothing;
    auto const& said = spec.is_object() ? spec.get_object() : nothing;
    auto const phase = text_at(object, {"status", "phase"});

    auto metrics = member(said, "metrics", json::object{});
    if (auto* given = metrics.if_object()) {
        json::object whole{{"enabled", member(*given, "enabled", false)}};
        if (given->contains("port")) whole["port"] = (*given)["port"];
        whole["path"] = member(*given, "path", "/metrics");
        metrics = std::move(whole);
    }
    application shown{{"name", text_at(object, {"metadata", "name"})}, {"session", session}};
    if (said.contains("image")) shown["image"] = said.at("image");
    shown["port"] = member(said, "port", default_port);
    shown["replicas"] = member(said, "replicas", default_replicas);
    shown["env"] = member(said, "env", json::array{});
    shown["metrics"] = std::move(metrics);
    if (said.contains("source")) shown["source"] = said.at("source");
    shown["phase"] = phase.empty() ? "Pending" : phase;
    return shown;
}

// A merge patch merges objects; what is given here replaces the whole of it.
void replace_whole(json::object& spec)
{
    auto* metrics = spec.if_contains("metrics");
    if (metrics == nullptr) return;
    for (auto const* name : {"enabled", "port", "path"})
        if (!metrics->get_object().contains(name)) metrics->get_object()[name] = nullptr;
}

}  // namespace

net::awaitable<result<application>> applications::create(std::string session, application_input input)
{
    if (input.name.empty()) co_return problem{400, "is required", "name"};
    auto const owner = co_await sessions_.get(session);
    if (!owner) co_return owner.error();
    input.spec.emplace("port", default_port);
    input.spec.emplace("replicas", default_replicas);
    json::object labels{{"iaf.io/session", session}, {"app.kubernetes.io/managed-by", "iaf"}};
    json::object metadata{{"name", input.name}, {"labels", std::move(labels)}};
    json::object body{{"metadata", std::move(metadata)}, {"spec", std::move(input.spec)}};
    auto const made = co_await api_.create(kubernetes::applications, owner->ns, std::move(body));
    if (!made) co_return from_kubernetes(made.error(), subject(session, input.name));
    co_return show(session, *made);
}

net::awaitable<result<std::vector<application>>> applications::list(std::string session)
{
    auto const owner = co_await sessions_.get(session);
    if (!owner) co_return owner.error();
    auto const found = co_await api_.list(kubernetes::applications, owner->ns);
    if (!found) co_return from_kubernetes(found.error(), "list of applications");
    std::vector<application> all;
    if (auto const* items = found->if_contains("items"); items != nullptr && items->is_array())
        for (auto const& item : items->get_array())
            if (item.is_object()) all.push_back(show(session, item.get_object()));
    co_return all;
}

net::awaitable<result<application>> applications::get(std::string session, std::string name)
{
    auto const owner = co_await sessions_.get(session);
    if (!owner) co_return owner.error();
    if (!is_application_name(name)) co_return missing(session, name);
    auto const found = co_await api_.get(kubernetes::applications, owner->ns, name);
    if (!found) co_return from_kubernetes(found.error(), subject(session, name));
    co_return show(session, *found);
}

net::awaitable<result<application>>
applications::update(std::string session, std::string name, application_input input)
{
    if (!input.name.empty() && input.name != name)
        co_return problem{422, "must be the name in the path, " + name, "name"};
    replace_whole(input.spec);
    if (input.spec.contains("image")) input.spec["source"] = nullptr;  // what was given last is what runs
    co_return co_await patch(std::move(session), std::move(name), std::move(input.spec));
}

net::awaitable<result<application>>
applications::set_source(std::string session, std::string name, source what)
{
    json::object described{{"digest", what.digest}, {"sizeBytes", what.size}};
    json::object spec{{"source", std::move(described)}, {"image", nullptr}};  // likewise
    co_return co_await patch(std::move(session), std::move(name), std::move(spec));
}

net::awaitable<result<application>>
applications::patch(std::string session, std::string name, json::object spec)
{
    auto const owner = co_await sessions_.get(session);
    if (!owner) co_return owner.error();
    if (!is_application_name(name)) co_return missing(session, name);
    json::object change{{"spec", std::move(spec)}};
    auto const changed =
        co_await api_.merge_patch(kubernetes::applications, owner->ns, name, std::move(change));
    if (!changed) co_return from_kubernetes(changed.error(), subject(session, name));
    co_return show(session, *changed);
}

net::awaitable<result<application>> applications::remove(std::string session, std::string name)
{
    auto found = co_await get(session, name);
    if (!found) co_return found.error();
    auto const ns = namespace_of(session);
    auto const gone = co_await api_.remove(kubernetes::applications, ns, name);
    if (!gone) co_return from_kubernetes(gone.error(), subject(session, name));
    co_return std::move(*found);
}

}  // namespace platform
