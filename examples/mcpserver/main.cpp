// SPDX-License-Identifier: Apache-2.0
// mcpserver: the platform's verbs as MCP tools.
#include <iafmetrics/collectors/process.hpp>

#include <http_service/local_caller.hpp>

#include <mcpserver/endpoint.hpp>
#include <mcpserver/metrics.hpp>
#include <program/options.hpp>
#include <program/run.hpp>

#include <algorithm>

namespace {

std::vector<std::string> split(std::string const& list)
{
    std::vector<std::string> parts;
    for (std::size_t at = 0; at < list.size();) {
        auto const comma = std::min(list.find(',', at), list.size());
        if (comma > at) parts.push_back(list.substr(at, comma - at));
        at = comma + 1;
    }
    return parts;
}

}  // namespace

int main(int argc, char** argv)
{
    platform::service_options where{
        .port = 8081, .metrics_port = 9092, .title = "mcpserver", .guards_callers = false};
    std::string origins;
    program::options options{"mcpserver", "Serves IAF's verbs as MCP tools over HTTP, POST /mcp."};
    where.add_to(options);
    options.add("allowed-origins", "IAF_ALLOWED_ORIGINS", origins,
                "origins of web pages that may call beside this machine's, separated by commas");

    return program::run(options, argc, argv, [&](program::log& log, program::lifecycle& life) {
        iafmetrics::registry registry;
        registry.add(iafmetrics::collectors::process{});
        mcpserver::metrics metrics{registry};
        platform::service service{where, registry, metrics.requests, log, life};
        mcpserver::tools tools{service.kubernetes(), metrics.sessions_created};
        mcpserver::endpoint const mcp{
            service,
            tools,
            {.allowed_origins = split(origins),
             .only_local_hosts = iafmetrics::http_service::is_loopback(where.address)}};
        service.run();
    });
}
