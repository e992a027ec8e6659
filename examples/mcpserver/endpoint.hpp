// SPDX-License-Identifier: Apache-2.0
// MCP over Streamable HTTP: POST /mcp.
#pragma once

#include <platform/service.hpp>

#include <mcpserver/json_rpc.hpp>
#include <mcpserver/tools.hpp>

#include <optional>
#include <string>
#include <vector>

namespace mcpserver {

namespace http_service = iafmetrics::http_service;

struct endpoint_options {
    /// Origins of web pages that may call, beside those of this machine: "https://console.example.org".
    std::vector<std::string> allowed_origins = {};
    /// Refuse requests whose Host is not this machine's: what a page that rebinds its name would send.
    bool only_local_hosts = true;
};

/// Speaks the eras with `initialize` (2025-03-26 to 2025-11-25), without sessions: every request stands
/// alone, so that replicas need no stickiness. Lifetime: longer than the service's run().
class endpoint {
public:
    endpoint(platform::service& service, tools& offered, endpoint_options options);

private:
    std::optional<http_service::response> admit(http_service::request const& r) const;
    net::awaitable<http_service::answer> post(http_service::request const& r);
    net::awaitable<http_service::answer> answer(rpc_message message);

    tools& tools_;
    endpoint_options options_;
};

}  // namespace mcpserver
