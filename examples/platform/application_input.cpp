// SPDX-License-Identifier: Apache-2.0
#include <platform/application_input.hpp>
#include <platform/strict_json.hpp>

#include <algorithm>
#include <set>

namespace platform {

namespace {

constexpr std::int64_t most_ports = 65535;
constexpr std::int64_t most_replicas = 50;
constexpr std::size_t most_variables = 200;

constexpr std::string_view lower = "abcdefghijklmnopqrstuvwxyz";
constexpr std::string_view alphanumeric = "abcdefghijklmnopqrstuvwxyz0123456789";

bool is_variable_name(std::string_view name)
{
    auto const is_letter = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
    };
    return !name.empty() && is_letter(name.front()) &&
           std::ranges::all_of(name, [&](char c) { return is_letter(c) || (c >= '0' && c <= '9'); });
}

bool is_printable(std::string_view text)
{
    return std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7f; });
}

void read_env(object_reader& in, json::object& spec)
{
    auto const* given = in.array("env");
    if (given == nullptr) return;
    if (given->size() > most_variables)
        return in.refuse("env", 422, "must have at most " + std::to_string(most_variables) + " entries");
    std::set<std::string, std::less<>> names;
    json::array env;
    for (std::size_t i = 0; i < given->size(); ++i) {
        auto const at = "env[" + std::to_string(i) + "]";
        auto const* entry = (*given)[i].if_object();
        if (entry == nullptr)
            return in.refuse(at, 400, "must be an object, not " + std::string{kind_name((*given)[i].kind())});
        object_reader one{*entry, in.path(at) + "."};
        auto const name = one.text("name");
        auto const value = one.text("value");
        one.require("name");
        if (name && !is_variable_name(*name))
            one.refuse("name", 422, "must be letters, digits and underscores and not start with a digit");
        if (name && !names.insert(*name).second) one.refuse("name", 422, "appears twice");
        if (auto const wrong = one.done()) return in.refuse(wrong);
        env.push_back(json::object{{"name", *name}, {"value", value.value_or("")}});
    }
    spec["env"] = std::move(env);
}

void read_metrics(object_reader& in, json::object& spec)
{
    auto const* given = in.object("metrics");
    if (given == nullptr) return;
    object_reader one{*given, in.path("metrics") + "."};
    json::object metrics;
    if (auto const enabled = one.truth("enabled")) metrics["enabled"] = *enabled;
    if (auto const port = one.number("port", 1, most_ports)) metrics["port"] = *port;
    if (auto const path = one.text("path")) {
        if (!path->starts_with('/') || !is_printable(*path))
            one.refuse("path", 422, "must be a path that starts with a slash");
        metrics["path"] = *path;
    }
    in.refuse(one.done());
    spec["metrics"] = std::move(metrics);
}

}  // namespace

bool is_application_name(std::string_view name)
{
    constexpr std::size_t longest = 53;
    return !name.empty() && name.size() <= longest && lower.find(name.front()) != std::string_view::npos &&
           alphanumeric.find(name.back()) != std::string_view::npos && std::ranges::all_of(name, [](char c) {
               return c == '-' || alphanumeric.find(c) != std::string_view::npos;
           });
}

result<application_input> read_application(json::object const& body)
{
    constexpr std::size_t longest_image = 512;
    application_input read;
    object_reader in{body};
    if (auto name = in.text("name")) {
        if (!is_application_name(*name))
            in.refuse(
                "name", 422,
                "must be at most 53 lower-case letters, digits and hyphens, start with a letter and not end "
                "with a hyphen");
        read.name = std::move(*name);
    }
    if (auto image = in.text("image")) {
        if (image->empty() || image->size() > longest_image || !is_printable(*image))
            in.refuse("image", 422, "must be the name of a container image");
        read.spec["image"] = std::move(*image);
    }
    if (auto const port = in.number("port", 1, most_ports)) read.spec["port"] = *port;
    if (auto const replicas = in.number("replicas", 0, most_replicas)) read.spec["replicas"] = *replicas;
    read_env(in, read.spec);
    read_metrics(in, read.spec);
    if (auto const wrong = in.done()) return *wrong;
    return read;
}

}  // namespace platform
