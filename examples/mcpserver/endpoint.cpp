// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/version.hpp>

#include <http_service/local_caller.hpp>

#include <boost/json/serialize.hpp>

#include <mcpserver/endpoint.hpp>

#include <algorithm>
#include <array>

namespace mcpserver {

namespace http = http_service::http;
using http_service::error_response;
using http_service::is_local_host;
using http_service::is_local_origin;
using http_service::json_response;
using http_service::request;

namespace {

constexpr std::array<std::string_view, 3> versions{"2025-11-25", "2025-06-18", "2025-03-26"};  // newest first

std::string version_text()
{
    return std::to_string(IAFMETRICS_VERSION_MAJOR) + '.' + std::to_string(IAFMETRICS_VERSION_MINOR) + '.' +
           std::to_string(IAFMETRICS_VERSION_PATCH);
}

bool is_supported(std::string_view version) { return std::ranges::find(versions, version) != versions.end(); }

bool is_json(std::string_view type)
{
    type = type.substr(0, type.find(';'));
    while (type.ends_with(' '))
        type.remove_suffix(1);
    constexpr std::string_view wanted = "application/json";
    return std::ranges::equal(type, wanted,
                              [](char a, char b) { return (a >= 'A' && a <= 'Z' ? a + 32 : a) == b; });
}

http_service::response fail(http::status status, rpc_fault const& why)
{
    return json_response(status, rpc_failure(why));
}

http_service::response fail(rpc_message const& message, rpc_error code, std::string reason)
{
    return fail(http::status::ok, {code, std::move(reason), message.id});
}

http_service::response succeed(rpc_message const& message, json::object result)
{
    return json_response(http::status::ok, rpc_result(message.id, std::move(result)));
}

http_service::response initialize(rpc_message const& message)
{
    auto const* asked = message.params.if_contains("protocolVersion");
    if (asked == nullptr || !asked->is_string())
        return fail(message, rpc_error::invalid_params, "protocolVersion: must be a string");
    std::string_view const version{asked->get_string()};
    json::object tools{{"listChanged", false}};
    json::object capabilities{{"tools", std::move(tools)}};
    json::object info{{"name", "iaf-mcpserver"}, {"title", "IAF"}, {"version", version_text()}};
    return succeed(message,
                   {{"protocolVersion", is_supported(version) ? version : versions.front()},
                    {"capabilities", std::move(capabilities)},
                    {"serverInfo", std::move(info)},
                    {"instructions", "Create a session first; applications are deployed into a session."}});
}

}  // namespace

endpoint::endpoint(platform::service& service, tools& offered, endpoint_options options)
    : tools_{offered}, options_{std::move(options)}
{
    service.add(http::verb::post, "/mcp", [this](request const& r) { return post(r); },
                {.admit = [this](request const& r) { return admit(r); }});
}

std::optional<http_service::response> endpoint::admit(request const& r) const
{
    auto const origin = r.header("origin");
    if (!origin.empty() && !is_local_origin(origin) &&
        std::ranges::find(options_.allowed_origins, origin) == options_.allowed_origins.end())
        return error_response(http::status::forbidden, "this origin may not call the server", "Origin");
    if (options_.only_local_hosts && !is_local_host(r.header("host")))
        return error_response(http::status::forbidden, "this host is not the server's", "Host");
    if (!is_json(r.header("content-type")))
        return error_response(http::status::unsupported_media_type, "must be application/json",
                              "Content-Type");
    return std::nullopt;
}

net::awaitable<http_service::answer> endpoint::post(request const& r)
{
    if (auto const version = r.header("mcp-protocol-version"); !version.empty() && !is_supported(version)) {
        rpc_fault const why{rpc_error::invalid_request,
                            "MCP-Protocol-Version: this version is not supported"};
        co_return fail(http::status::bad_request, why);
    }

    auto read = read_message(r.body);
    if (read.fault) co_return fail(http::status::bad_request, *read.fault);
    if (read.message.type != rpc_message::kind::request)
        co_return http_service::response{http::status::accepted, 11};
    co_return co_await answer(std::move(read.message));
}

net::awaitable<http_service::answer> endpoint::answer(rpc_message message)
{
    if (message.method == "initialize") co_return initialize(message);
    if (message.method == "ping") co_return succeed(message, json::object{});
    if (message.method == "tools/list") {
        if (message.params.contains("cursor"))
            co_return fail(message, rpc_error::invalid_params, "cursor: there is one page only");
        json::object result{{"tools", tools_.list()}};
        co_return succeed(message, std::move(result));
    }
    if (message.method != "tools/call")
        co_return fail(message, rpc_error::method_not_found, "there is no such method");

    auto const* name = message.params.if_contains("name");
    if (name == nullptr || !name->is_string())
        co_return fail(message, rpc_error::invalid_params, "name: must be a string");
    std::string const chosen{name->get_string()};
    if (!tools_.contains(chosen))
        co_return fail(message, rpc_error::invalid_params, "name: there is no such tool");
    json::object arguments;
    if (auto* given = message.params.if_contains("arguments")) {
        if (!given->is_object())
            co_return fail(message, rpc_error::invalid_params, "arguments: must be an object");
        arguments = std::move(given->get_object());
    }
    auto result = co_await tools_.call(chosen, std::move(arguments));
    co_return succeed(message, std::move(result));
}

}  // namespace mcpserver
