// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/object_key.hpp>
#include <platform/sessions.hpp>

#include <algorithm>
#include <array>
#include <random>

namespace platform {

namespace kubernetes = iafmetrics::kubernetes;
using kubernetes::text_at;

namespace {

constexpr std::string_view hex = "0123456789abcdef";
constexpr std::size_t id_length = 12;

std::string new_id()
{
    std::random_device random;  // the kernel's: an id is also what keeps strangers' sessions apart
    std::string id;
    for (std::size_t i = 0; i < id_length; ++i)
        id += hex[random() % hex.size()];
    return id;
}

session read(json::object const& ns)
{
    auto const phase = text_at(ns, {"status", "phase"});
    return {.id = std::string{text_at(ns, {"metadata", "labels", "iaf.io/session"})},
            .ns = std::string{text_at(ns, {"metadata", "name"})},
            .created_at = std::string{text_at(ns, {"metadata", "creationTimestamp"})},
            .phase = std::string{phase.empty() ? "Active" : phase}};
}

bool is_session(json::object const& ns)
{
    return text_at(ns, {"metadata", "labels", "app.kubernetes.io/managed-by"}) == "iaf" &&
           namespace_of(text_at(ns, {"metadata", "labels", "iaf.io/session"})) ==
               text_at(ns, {"metadata", "name"});
}

std::string subject(std::string_view id) { return "session " + std::string{id}; }

problem missing(std::string_view id) { return {404, "there is no session " + std::string{id}}; }

}  // namespace

json::object to_json(session const& one)
{
    return {{"id", one.id}, {"namespace", one.ns}, {"createdAt", one.created_at}, {"phase", one.phase}};
}

std::string namespace_of(std::string_view id)
{
    if (id.size() != id_length || id.find_first_not_of(hex) != std::string_view::npos) return {};
    return "iaf-" + std::string{id};
}

net::awaitable<result<session>> sessions::create()
{
    constexpr int attempts = 5;  // of 2^48 ids, one that is taken
    for (int attempt = 1;; ++attempt) {
        auto const id = new_id();
        json::object labels{{"iaf.io/session", id}, {"app.kubernetes.io/managed-by", "iaf"}};
        json::object body{
            {"metadata", json::object{{"name", namespace_of(id)}, {"labels", std::move(labels)}}}};
        auto made = co_await api_.create(kubernetes::namespaces, {}, std::move(body));
        if (made) co_return read(*made);
        if (!made.error().already_exists() || attempt == attempts)
            co_return from_kubernetes(made.error(), subject(id));
    }
}

net::awaitable<result<std::vector<session>>> sessions::list()
{
    auto const found = co_await api_.list(kubernetes::namespaces, {}, session_selector);
    if (!found) co_return from_kubernetes(found.error(), "list of sessions");
    std::vector<session> all;
    if (auto const* items = found->if_contains("items"); items != nullptr && items->is_array())
        for (auto const& item : items->get_array())
            if (item.is_object() && is_session(item.get_object())) all.push_back(read(item.get_object()));
    std::ranges::sort(all, {}, [](session const& one) { return std::tie(one.created_at, one.id); });
    co_return all;
}

net::awaitable<result<session>> sessions::get(std::string id)
{
    auto const ns = namespace_of(id);
    if (ns.empty()) co_return missing(id);
    auto const found = co_await api_.get(kubernetes::namespaces, {}, ns);
    if (!found) co_return from_kubernetes(found.error(), subject(id));
    if (!is_session(*found)) co_return missing(id);
    co_return read(*found);
}

net::awaitable<result<session>> sessions::remove(std::string id)
{
    auto found = co_await get(id);
    if (!found) co_return found.error();
    auto const gone = co_await api_.remove(kubernetes::namespaces, {}, found->ns);
    if (!gone) co_return from_kubernetes(gone.error(), subject(id));
    co_return *found;
}

}  // namespace platform
