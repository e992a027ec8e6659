// SPDX-License-Identifier: Apache-2.0
#include "application.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <string_view>

namespace controller {

namespace json = boost::json;

namespace {

json::value const* at(json::object const& object, std::string_view name)
{
    auto const* value = object.if_contains(name);
    return value && !value->is_null() ? value : nullptr;
}

json::object const& object_at(json::object const& object, std::string_view name)
{
    static json::object const none;
    auto const* value = at(object, name);
    return value && value->is_object() ? value->get_object() : none;
}

std::string text_at(json::object const& object, std::string_view name)
{
    auto const* value = at(object, name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::int64_t number_at(json::object const& object, std::string_view name)
{
    auto const* value = at(object, name);
    if (!value || !value->is_number()) return 0;
    json::error_code ec;
    auto const n = value->to_number<std::int64_t>(ec);
    return ec ? 0 : n;
}

bool is_digest(std::string_view text)
{
    constexpr std::string_view prefix = "sha256:";
    return text.size() == prefix.size() + 64 && text.starts_with(prefix) &&
           text.find_first_not_of("0123456789abcdef", prefix.size()) == std::string_view::npos;
}

bool is_path(std::string_view text)
{
    return text.starts_with('/') && std::ranges::all_of(text, [](unsigned char c) {
               return c > ' ' && c != '?' && c != '#' && c != 0x7f;
           });
}

/// Reads the parts of a spec and remembers the first that is wrong.
struct spec_reader {
    application& app;

    void fail(std::string_view field, std::string_view reason)
    {
        if (app.defect.empty()) app.defect = std::string(field) + " " + std::string(reason);
    }

    void text(json::object const& from, std::string_view name, std::string_view field, std::string& to)
    {
        auto const* value = at(from, name);
        if (!value) return;
        if (!value->is_string()) return fail(field, "must be a string");
        to = std::string(value->get_string());
    }

    void number(
        json::object const& from, std::string_view name, std::string_view field, int low, int high, int& to)
    {
        auto const* value = at(from, name);
        if (!value) return;
        json::error_code ec;
        auto const n = value->is_number() ? value->to_number<int>(ec) : low - 1;
        if (ec || n < low || n > high)
            return fail(field,
                        "must be a number from " + std::to_string(low) + " to " + std::to_string(high));
        to = n;
    }

    void env(json::object const& spec)
    {
        auto const* value = at(spec, "env");
        if (!value) return;
        if (!value->is_array()) return fail("spec.env", "must be an array");
        for (auto const& entry : value->get_array()) {
            auto const* o = entry.if_object();
            environment_variable v;
            if (o) {
                text(*o, "name", "spec.env[].name", v.name);
                text(*o, "value", "spec.env[].value", v.value);
            }
            if (v.name.empty() || v.name.find('=') != std::string::npos)
                return fail("spec.env", "must hold objects with a name (without \"=\") and a value");
            // A repeated name would make two entries of one key: the last one counts, as in a shell.
            std::erase_if(app.env, [&](auto const& other) { return other.name == v.name; });
            app.env.push_back(std::move(v));
        }
    }

    void metrics(json::object const& spec)
    {
        app.metrics.port = app.port;
        auto const* value = at(spec, "metrics");
        if (!value) return;
        auto const* m = value->if_object();
        if (!m) return fail("spec.metrics", "must be an object");
        if (auto const* enabled = at(*m, "enabled")) {
            if (!enabled->is_bool()) return fail("spec.metrics.enabled", "must be true or false");
            app.metrics.enabled = enabled->get_bool();
        }
        number(*m, "port", "spec.metrics.port", 1, 65535, app.metrics.port);
        text(*m, "path", "spec.metrics.path", app.metrics.path);
        if (!is_path(app.metrics.path))
            fail("spec.metrics.path", "must start with \"/\" and hold no space, \"?\" or \"#\"");
    }

    void read(json::object const& spec)
    {
        text(spec, "image", "spec.image", app.image);
        number(spec, "port", "spec.port", 1, 65535, app.port);
        number(spec, "replicas", "spec.replicas", 0, 50, app.replicas);
        env(spec);
        text(object_at(spec, "source"), "digest", "spec.source.digest", app.source_digest);
        if (!app.source_digest.empty() && !is_digest(app.source_digest))
            fail("spec.source.digest", "must be \"sha256:\" and 64 lower-case hexadecimal digits");
        metrics(spec);
    }
};

application_status read_status(json::object const& from)
{
    application_status s{.phase = text_at(from, "phase"),
                         .observed_generation = number_at(from, "observedGeneration"),
                         .available_replicas = number_at(from, "availableReplicas"),
                         .image = text_at(from, "image")};
    auto const* conditions = at(from, "conditions");
    if (!conditions || !conditions->is_array()) return s;
    for (auto const& entry : conditions->get_array())
        if (auto const* o = entry.if_object())
            s.conditions.push_back({.type = text_at(*o, "type"),
                                    .status = text_at(*o, "status"),
                                    .reason = text_at(*o, "reason"),
                                    .message = text_at(*o, "message"),
                                    .observed_generation = number_at(*o, "observedGeneration"),
                                    .last_transition_time = text_at(*o, "lastTransitionTime")});
    return s;
}

}  // namespace

application read_application(json::object const& object)
{
    auto const& metadata = object_at(object, "metadata");
    application app{.name = text_at(metadata, "name"),
                    .ns = text_at(metadata, "namespace"),
                    .uid = text_at(metadata, "uid"),
                    .resource_version = text_at(metadata, "resourceVersion"),
                    .generation = number_at(metadata, "generation"),
                    .deleting = at(metadata, "deletionTimestamp") != nullptr};
    spec_reader{app}.read(object_at(object, "spec"));
    app.status = read_status(object_at(object, "status"));
    return app;
}

}  // namespace controller
