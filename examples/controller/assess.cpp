// SPDX-License-Identifier: Apache-2.0
#include "assess.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace controller {

namespace json = boost::json;

namespace {

json::value const* at(json::object const* object, std::string_view name)
{
    return object ? object->if_contains(name) : nullptr;
}

json::object const* object_at(json::object const* object, std::string_view name)
{
    auto const* value = at(object, name);
    return value ? value->if_object() : nullptr;
}

std::string text_at(json::object const* object, std::string_view name)
{
    auto const* value = at(object, name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_at(json::object const* object, std::string_view name)
{
    auto const* value = at(object, name);
    json::error_code ec;
    auto const n = value && value->is_number() ? value->to_number<std::int64_t>(ec) : 0;
    return ec ? 0 : n;
}

json::object const* find_condition(json::object const* status, std::string_view type)
{
    auto const* conditions = at(status, "conditions");
    if (!conditions || !conditions->is_array()) return nullptr;
    for (auto const& entry : conditions->get_array())
        if (auto const* o = entry.if_object(); o && text_at(o, "type") == type) return o;
    return nullptr;
}

bool is_building(application const& app)
{
    return app.status.phase == to_string(application_phase::building) &&
           app.status.observed_generation == app.generation;
}

}  // namespace

std::optional<std::string> resolve_image(application const& app, std::string_view source_image_prefix)
{
    if (app.source_digest.empty())
        return app.image.empty() ? std::nullopt : std::optional<std::string>(app.image);
    auto image = std::string(source_image_prefix) + "@" + app.source_digest;
    if (app.status.image == image || is_building(app)) return image;
    return {};
}

assessment
assess(application const& app, std::optional<std::string> const& image, json::object const* deployment)
{
    using enum application_phase;
    if (!app.defect.empty()) return {failed, "InvalidSpec", app.defect};
    if (!image && app.source_digest.empty())
        return {pending, "NoImageOrSource", "The application has neither an image nor a source."};
    if (!image) return {building, "SourceNotBuilt", "The image of the source is not recorded yet."};
    if (!deployment) return {deploying, "DeploymentNotFound", "The Deployment does not exist yet."};

    auto const* spec = object_at(deployment, "spec");
    auto const* status = object_at(deployment, "status");
    bool const observed =
        number_at(status, "observedGeneration") >= number_at(object_at(deployment, "metadata"), "generation");
    if (!observed)
        return {deploying, "DeploymentNotObserved", "The Deployment's newest version is not acted on yet."};

    auto const* progressing = find_condition(status, "Progressing");
    if (text_at(progressing, "status") == "False") {
        auto const reason = text_at(progressing, "reason");
        return {failed, reason.empty() ? "NotProgressing" : reason, text_at(progressing, "message")};
    }

    auto const wanted = number_at(spec, "replicas");
    auto const updated = std::min(number_at(status, "updatedReplicas"), wanted);
    auto const available = std::min(available_replicas(deployment), wanted);
    auto const count = [&](std::int64_t n) { return std::to_string(n) + " of " + std::to_string(wanted); };
    if (updated < wanted) return {deploying, "RollingOut", count(updated) + " replicas are updated."};
    if (available < wanted || text_at(find_condition(status, "Available"), "status") != "True")
        return {deploying, "ReplicasUnavailable", count(available) + " replicas are available."};
    return {running, "Available", count(available) + " replicas are available."};
}

std::int64_t available_replicas(json::object const* deployment)
{
    return number_at(object_at(deployment, "status"), "availableReplicas");
}

}  // namespace controller
