// SPDX-License-Identifier: Apache-2.0
#include "refusal.hpp"

#include <boost/json/array.hpp>

#include "kind.hpp"

#include <stdexcept>

namespace localkube {

namespace json = boost::json;

namespace {

json::object details_of(kind const& what, std::string_view name)
{
    json::object out;
    if (!name.empty()) out["name"] = name;
    if (!what.group.empty()) out["group"] = what.group;
    out["kind"] = what.plural;
    return out;
}

std::string quoted(kind const& what, std::string_view name)
{
    return group_resource(what) + " \"" + std::string(name) + "\"";
}

json::array to_json(std::vector<cause> const& causes)
{
    json::array out;
    for (auto const& each : causes)
        out.push_back({{"reason", each.reason}, {"message", each.message}, {"field", each.field}});
    return out;
}

}  // namespace

void throw_exception_from_error(refusal const& why, boost::source_location const& /*where*/)
{
    throw std::logic_error(why.message);
}

json::object to_json(refusal const& why)
{
    json::object out{{"kind", "Status"},    {"apiVersion", "v1"},     {"metadata", json::object()},
                     {"status", "Failure"}, {"message", why.message}, {"reason", why.reason}};
    if (!why.details.empty()) out["details"] = why.details;
    out["code"] = why.code;
    return out;
}

refusal not_found(kind const& what, std::string_view name)
{
    return {404, "NotFound", quoted(what, name) + " not found", details_of(what, name)};
}

refusal already_exists(kind const& what, std::string_view name)
{
    return {409, "AlreadyExists", quoted(what, name) + " already exists", details_of(what, name)};
}

refusal conflict(kind const& what, std::string_view name, std::string_view why)
{
    return {409, "Conflict",
            "Operation cannot be fulfilled on " + quoted(what, name) + ": " + std::string(why),
            details_of(what, name)};
}

refusal modified_meanwhile(kind const& what, std::string_view name)
{
    return conflict(
        what, name,
        "the object has been modified; please apply your changes to the latest version and try again");
}

refusal invalid(kind const& what, std::string_view name, std::vector<cause> const& causes)
{
    auto details = details_of(what, name);
    details["kind"] = what.name;
    details["causes"] = to_json(causes);
    std::string list;
    for (auto const& each : causes)
        list.append(list.empty() ? "" : ", ").append(each.field).append(": ").append(each.message);
    if (causes.size() > 1) list = "[" + list + "]";
    auto const subject = std::string(what.name) + (what.group.empty() ? "" : "." + std::string(what.group));
    return {422, "Invalid", subject + " \"" + std::string(name) + "\" is invalid: " + list,
            std::move(details)};
}

refusal bad_request(std::string message) { return {400, "BadRequest", std::move(message)}; }

refusal forbidden(kind const& what, std::string_view name, std::string_view why)
{
    return {403, "Forbidden", quoted(what, name) + " is forbidden: " + std::string(why),
            details_of(what, name)};
}

refusal expired(std::string message) { return {410, "Expired", std::move(message)}; }

refusal version_too_large(std::string_view wanted, std::string_view current)
{
    auto const message =
        "Too large resource version: " + std::string(wanted) + ", current: " + std::string(current);
    return {504,
            "Timeout",
            "Timeout: " + message,
            {{"causes", json::array{{{"reason", "ResourceVersionTooLarge"}, {"message", message}}}},
             {"retryAfterSeconds", 1}}};
}

refusal apply_conflict(std::vector<cause> const& causes)
{
    std::string message = "Apply failed with " + std::to_string(causes.size()) +
                          (causes.size() == 1 ? " conflict:" : " conflicts:");
    for (auto const& each : causes)
        message.append(" ").append(each.message).append(": ").append(each.field);
    return {409, "Conflict", std::move(message), {{"causes", to_json(causes)}}};
}

}  // namespace localkube
