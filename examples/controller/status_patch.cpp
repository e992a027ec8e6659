// SPDX-License-Identifier: Apache-2.0
#include "status_patch.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <array>
#include <ctime>

namespace controller {

namespace json = boost::json;

namespace {

std::string rfc3339(std::chrono::system_clock::time_point time)
{
    auto const seconds = std::chrono::system_clock::to_time_t(time);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    std::array<char, 32> text{};
    return {text.data(), std::strftime(text.data(), text.size(), "%Y-%m-%dT%H:%M:%SZ", &parts)};
}

/// The API refuses a condition whose message is longer.
std::string shortened(std::string text)
{
    constexpr std::size_t limit = 32768;
    if (text.size() > limit) text.resize(limit);
    return text;
}

void set_condition(std::vector<condition>& conditions, condition wanted)
{
    auto const old = std::ranges::find(conditions, wanted.type, &condition::type);
    if (old == conditions.end()) {
        conditions.push_back(std::move(wanted));
        return;
    }
    if (old->status == wanted.status && !old->last_transition_time.empty())
        wanted.last_transition_time = old->last_transition_time;
    *old = std::move(wanted);
}

}  // namespace

application_status next_status(application const& app,
                               assessment const& verdict,
                               std::optional<std::string> const& image,
                               std::int64_t available_replicas,
                               metrics_verdict const& metrics,
                               std::chrono::system_clock::time_point now)
{
    application_status next{.phase = std::string(to_string(verdict.phase)),
                            .observed_generation = app.generation,
                            .available_replicas = available_replicas,
                            .image = image.value_or(std::string()),
                            .conditions = app.status.conditions};
    set_condition(next.conditions, {.type = "Ready",
                                    .status = verdict.phase == application_phase::running ? "True" : "False",
                                    .reason = verdict.reason,
                                    .message = shortened(verdict.message),
                                    .observed_generation = app.generation,
                                    .last_transition_time = rfc3339(now)});
    set_condition(next.conditions, {.type = "MetricsReady",
                                    .status = metrics.status,
                                    .reason = metrics.reason,
                                    .message = shortened(metrics.message),
                                    .observed_generation = app.generation,
                                    .last_transition_time = rfc3339(now)});
    return next;
}

json::object status_patch(application const& app, application_status const& next)
{
    json::array conditions;
    for (auto const& c : next.conditions)
        conditions.push_back(json::object{{"type", c.type},
                                          {"status", c.status},
                                          {"reason", c.reason},
                                          {"message", c.message},
                                          {"observedGeneration", c.observed_generation},
                                          {"lastTransitionTime", c.last_transition_time}});
    json::object status{{"phase", next.phase},
                        {"observedGeneration", next.observed_generation},
                        {"availableReplicas", next.available_replicas},
                        {"image", next.image.empty() ? json::value(nullptr) : json::value(next.image)},
                        {"conditions", std::move(conditions)}};
    json::object patch;
    patch["metadata"] = json::object{{"resourceVersion", app.resource_version}};
    patch["status"] = std::move(status);
    return patch;
}

}  // namespace controller
