// SPDX-License-Identifier: Apache-2.0
#include "dependents.hpp"

#include <boost/json.hpp>

#include "applied.hpp"
#include "owned_metadata.hpp"

#include <utility>

namespace controller {

namespace json = boost::json;
namespace net = boost::asio;

namespace {

/// What a write answers in a namespace that is being deleted: a 403 that only its message tells from others.
bool is_ending(kubernetes::status const& error)
{
    return error.code == 403 && error.message.find("being terminated") != std::string::npos;
}

dependent_state judge(kubernetes::status const& error)
{
    if (is_ending(error)) return dependent_state::ending;
    if (error.kind_missing()) return dependent_state::kind_missing;
    if (error.not_found()) return dependent_state::absent;
    switch (error.code) {
    case 400:  // malformed, or a field that strict validation does not know
    case 403:  // a quota, an admission rule, or a missing permission
    case 405:
    case 415:
    case 422: return dependent_state::refused;
    default: return dependent_state::failed;
    }
}

/// The object is controlled by an Application of this name that is another one.
bool is_left_over(json::object const& object, application const& app)
{
    application other = app;
    auto const* metadata = object.if_contains("metadata");
    auto const* owners =
        metadata && metadata->is_object() ? metadata->get_object().if_contains("ownerReferences") : nullptr;
    if (!owners || !owners->is_array()) return false;
    for (auto const& owner : owners->get_array()) {
        auto const* o = owner.if_object();
        if (!o || kubernetes::text_at(*o, {"kind"}) != "Application" ||
            kubernetes::text_at(*o, {"name"}) != app.name)
            continue;
        other.uid = kubernetes::text_at(*o, {"uid"});
        if (other.uid != app.uid && is_controlled_by(object, other)) return true;
    }
    return false;
}

dependent compare(json::object object, application const& app)
{
    if (is_controlled_by(object, app)) return {dependent_state::present, std::move(object)};
    if (is_left_over(object, app)) return {dependent_state::left_over, std::move(object)};
    return {dependent_state::foreign, std::move(object)};
}

}  // namespace

kubernetes::cached_object dependents::cached(application const& app) const
{
    auto found = cache_.find({app.ns, app.name});
    if (found && !is_controlled_by(*found, app)) found.reset();
    return found;
}

net::awaitable<dependent> dependents::find(application const& app)
{
    if (auto const found = cache_.find({app.ns, app.name})) co_return compare(*found, app);
    auto found = co_await api_.get(what_, app.ns, app.name);
    if (found) co_return compare(std::move(*found), app);
    dependent missing{.state = judge(found.error()), .error = found.error()};
    co_return missing;
}

net::awaitable<dependent> dependents::ensure(application const& app, json::object desired)
{
    stamp(desired);
    auto found = co_await find(app);
    if (found.state != dependent_state::present && found.state != dependent_state::absent) co_return found;
    if (found.state == dependent_state::present && is_applied(desired, found.object)) co_return found;

    auto applied = co_await api_.apply(what_, app.ns, app.name, std::move(desired), field_manager);
    if (applied) {
        found.state = dependent_state::present;
        found.object = std::move(*applied);
    } else {
        found.state = judge(applied.error());
        found.error = applied.error();
        // What is applied cannot be missing: its namespace is.
        if (found.state == dependent_state::absent) found.state = dependent_state::ending;
    }
    co_return found;
}

net::awaitable<dependent> dependents::retire(application const& app)
{
    dependent gone;
    // A synced cache without the object, or a cluster without the kind: there is nothing of ours to delete.
    if (cache_.synced() && !cache_.find({app.ns, app.name})) co_return gone;
    if (!cache_.synced() && cache_.failure().kind_missing()) co_return gone;

    auto found = co_await find(app);
    if (found.state == dependent_state::kind_missing) co_return gone;
    if (found.state != dependent_state::present) co_return found;

    std::string const uid(kubernetes::text_at(found.object, {"metadata", "uid"}));
    auto removed = co_await api_.remove(what_, app.ns, app.name, uid);
    if (!removed && !removed.error().not_found()) {
        gone.state = judge(removed.error());
        gone.error = removed.error();
    }
    co_return gone;
}

}  // namespace controller
