// SPDX-License-Identifier: Apache-2.0
#include "deployments.hpp"

#include <boost/asio/post.hpp>
#include <boost/json/array.hpp>

#include "metadata.hpp"
#include "stamp.hpp"

#include <algorithm>
#include <utility>

namespace localkube {

namespace json = boost::json;
namespace net = boost::asio;

namespace {

std::int64_t number(json::object const& object, std::string_view half, std::string_view name)
{
    auto const* part = object.if_contains(half);
    auto const* value = part && part->is_object() ? part->get_object().if_contains(name) : nullptr;
    return value && value->is_int64() ? value->get_int64() : 0;
}

/// The time at which a condition got its status: kept while the status is the same.
json::object condition(json::object const& object,
                       std::string_view type,
                       std::string_view is,
                       std::string_view reason,
                       std::string_view message)
{
    auto const time = now();
    json::object out{{"type", type},       {"status", is},           {"reason", reason},
                     {"message", message}, {"lastUpdateTime", time}, {"lastTransitionTime", time}};
    auto const* status = object.if_contains("status");
    auto const* list =
        status && status->is_object() ? status->get_object().if_contains("conditions") : nullptr;
    if (!list || !list->is_array()) return out;
    for (auto const& each : list->get_array())
        if (auto const* old = each.if_object();
            old && old->contains("type") && old->at("type") == out.at("type"))
            if (old->contains("status") && old->at("status") == out.at("status"))
                out["lastTransitionTime"] = old->at("lastTransitionTime");
    return out;
}

}  // namespace

deployments::deployments(store& objects, net::any_io_executor executor, std::chrono::milliseconds delay)
    : objects_(objects), executor_(std::move(executor)), delay_(delay)
{
    listening_ = objects_.listen([this](change const& c) {
        if (c.what != &deployment_kind) return;
        auto const at = key_of(c.after ? *c.after : *c.before);
        // Not from inside of a write; and not at all where this object has gone meanwhile.
        net::post(executor_, [this, at, alive = std::weak_ptr(listening_)] {
            if (alive.lock()) look(at);
        });
    });
}

void deployments::look(key const& at)
{
    auto const found = objects_.get(deployment_kind, at);
    if (!found) {
        rolling_.erase(at);
        return;
    }
    if (number(**found, "status", "observedGeneration") == number(**found, "metadata", "generation")) return;
    write(at, false);
    auto const timer = std::make_shared<net::steady_timer>(executor_, delay_);
    rolling_[at] = timer;
    timer->async_wait([this, at, timer, alive = std::weak_ptr(listening_)](boost::system::error_code ec) {
        if (ec || !alive.lock() || rolling_[at] != timer) return;
        rolling_.erase(at);
        write(at, true);
    });
}

void deployments::write(key const& at, bool available)
{
    auto const found = objects_.get(deployment_kind, at);
    if (!found) return;
    auto const& object = **found;
    auto const replicas = number(object, "spec", "replicas");
    // What was available before stays so while a change rolls out, as with rolling updates.
    auto const ready =
        available ? replicas : std::min(replicas, number(object, "status", "availableReplicas"));
    bool const enough = ready == replicas;
    json::array conditions{
        condition(object, "Available", enough ? "True" : "False",
                  enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
                  enough ? "Deployment has minimum availability."
                         : "Deployment does not have minimum availability."),
        condition(object, "Progressing", "True", available ? "NewReplicaSetAvailable" : "ReplicaSetUpdated",
                  available ? "ReplicaSet has successfully progressed." : "ReplicaSet is progressing.")};
    auto const count = [](std::int64_t n) {
        return n == 0 ? json::value() : json::value(n);
    };  // 0 is left out
    json::object status{{"observedGeneration", number(object, "metadata", "generation")},
                        {"replicas", count(replicas)},
                        {"updatedReplicas", count(replicas)},
                        {"readyReplicas", count(ready)},
                        {"availableReplicas", count(ready)},
                        {"unavailableReplicas", count(replicas - ready)},
                        {"conditions", std::move(conditions)}};
    static_cast<void>(objects_.patch(deployment_kind, at, json::object{{"status", std::move(status)}},
                                     {.manager = "kube-controller-manager", .which = half::status}));
}

}  // namespace localkube
