// SPDX-License-Identifier: Apache-2.0
// localkube: a laptop-sized Kubernetes API in memory.
//
//     localkube [--address 127.0.0.1] [--port 8001] [--deployment-delay 500]
//     kubectl --server=http://127.0.0.1:8001 get applications -A
//
// SIGINT, SIGTERM: watches end, requests in flight finish, exit 0.
#include <http_service/server.hpp>

#include "api.hpp"
#include "deployments.hpp"
#include "store.hpp"
#include <program/lifecycle.hpp>
#include <program/log.hpp>
#include <program/options.hpp>
#include <program/run.hpp>

#include <chrono>
#include <cstdint>
#include <stop_token>
#include <string>

int main(int argc, char** argv)
{
    std::string address = "127.0.0.1";
    std::uint16_t port = 8001;
    std::uint32_t deployment_delay = 500;
    std::uint32_t history = 10'000;
    program::options options{"localkube", "Serves a laptop-sized Kubernetes API in memory."};
    options.add("address", "LOCALKUBE_ADDRESS", address, "address to listen on")
        .add("port", "LOCALKUBE_PORT", port, "port of the API; 0 takes a free one")
        .add("deployment-delay", "LOCALKUBE_DEPLOYMENT_DELAY", deployment_delay,
             "milliseconds until a Deployment is available")
        .add("history", "LOCALKUBE_HISTORY", history, "changes that watches can start from", 1U);

    return program::run(options, argc, argv, [&](program::log& log, program::lifecycle& life) {
        localkube::store objects(history);
        iafmetrics::http_service::server server{
            {.address = address,
             .port = port,
             .log = [&log](std::string_view message) { log.error("request failed", {{"error", message}}); },
             .render_error = localkube::error_answer},
            localkube::routes(objects)};
        localkube::deployments rollouts(objects, server.executor(),
                                        std::chrono::milliseconds(deployment_delay));

        log.info("listening", {{"address", address}, {"port", server.port()}});
        std::stop_callback const drain{life.token(), [&] { server.stop(); }};
        server.run();
        log.info("stopped");
    });
}
