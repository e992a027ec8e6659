// SPDX-License-Identifier: Apache-2.0
#include <platform/strict_json.hpp>

#include <mcpserver/json_rpc.hpp>

namespace mcpserver {

namespace {

rpc_fault invalid(std::string reason, json::value id = nullptr)
{
    return {rpc_error::invalid_request, std::move(reason), std::move(id)};
}

std::optional<rpc_fault> read_object(json::object& given, rpc_message& out)
{
    if (auto const* id = given.if_contains("id")) {
        if (!id->is_string() && !id->is_int64() && !id->is_uint64())
            return invalid("id: must be a string or a whole number");
        out.id = *id;
    }
    if (auto const* version = given.if_contains("jsonrpc"); version == nullptr || *version != "2.0")
        return invalid("jsonrpc: must be \"2.0\"", out.id);
    auto const* method = given.if_contains("method");
    if (method == nullptr) {
        if (!given.contains("result") && !given.contains("error"))
            return invalid("method: is required", out.id);
        out.type = rpc_message::kind::response;
        return std::nullopt;
    }
    if (!method->is_string()) return invalid("method: must be a string", out.id);
    out.method = std::string{method->get_string()};
    out.type = given.contains("id") ? rpc_message::kind::request : rpc_message::kind::notification;
    if (auto* params = given.if_contains("params")) {
        if (!params->is_object())
            return rpc_fault{
                rpc_error::invalid_params,
                "params: must be an object, not " + std::string{platform::kind_name(params->kind())}, out.id};
        out.params = std::move(params->get_object());
    }
    return std::nullopt;
}

}  // namespace

rpc_read read_message(std::string_view body)
{
    rpc_read read;
    auto parsed = platform::parse_json(body);
    if (!parsed) {
        auto const& why = parsed.error();
        read.fault =
            rpc_fault{rpc_error::parse_error, why.field.empty() ? why.reason : why.field + ": " + why.reason};
    } else if (parsed->is_array()) {
        read.fault = invalid("batches are not supported");
    } else if (!parsed->is_object()) {
        read.fault =
            invalid("the message must be an object, not " + std::string{platform::kind_name(parsed->kind())});
    } else {
        read.fault = read_object(parsed->get_object(), read.message);
    }
    return read;
}

json::object rpc_result(json::value id, json::object result)
{
    return {{"jsonrpc", "2.0"}, {"id", std::move(id)}, {"result", std::move(result)}};
}

json::object rpc_failure(rpc_fault const& fault)
{
    json::object error{{"code", static_cast<int>(fault.code)}, {"message", fault.reason}};
    return {{"jsonrpc", "2.0"}, {"id", fault.id}, {"error", std::move(error)}};
}

}  // namespace mcpserver
