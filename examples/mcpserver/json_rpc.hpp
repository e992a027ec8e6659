// SPDX-License-Identifier: Apache-2.0
// JSON-RPC 2.0 as MCP uses it: one request, notification or response a message.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include <optional>
#include <string>
#include <string_view>

namespace mcpserver {

namespace json = boost::json;

enum class rpc_error : int {
    parse_error = -32700,
    invalid_request = -32600,
    method_not_found = -32601,
    invalid_params = -32602,
    internal_error = -32603
};

struct rpc_message {
    enum class kind { request, notification, response };

    kind type = kind::request;
    json::value id = nullptr;
    std::string method = {};
    json::object params = {};
};

/// Why a message is none; `id` is the message's where it could be read.
struct rpc_fault {
    rpc_error code;
    std::string reason;
    json::value id = nullptr;
};

struct rpc_read {
    rpc_message message = {};
    std::optional<rpc_fault> fault = {};
};

/// Reads the body of a POST. Batches are refused: MCP took them out in 2025-06-18.
rpc_read read_message(std::string_view body);

/// {"jsonrpc":"2.0","id":…,"result":…} and {"jsonrpc":"2.0","id":…,"error":{"code":…,"message":…}}
json::object rpc_result(json::value id, json::object result);
json::object rpc_failure(rpc_fault const& fault);

}  // namespace mcpserver
