// SPDX-License-Identifier: Apache-2.0
// localkube_under_test: the whole of localkube in this process, on a free port.
#pragma once

#include <http_service/server.hpp>
#include <kubernetes/client_options.hpp>

#include <localkube/api.hpp>
#include <localkube/deployments.hpp>
#include <localkube/store.hpp>

#include <chrono>
#include <cstdint>
#include <string>
#include <thread>

/// Serves from construction to destruction. The store belongs to the server's thread: ask through HTTP.
class localkube_under_test {
public:
    struct options {
        std::uint16_t port = 0;
        std::size_t window = 1000;
        std::chrono::milliseconds bookmarks{60'000};
        std::chrono::milliseconds deployment_delay{20};
    };

    localkube_under_test() : localkube_under_test(options{}) {}

    explicit localkube_under_test(options o)
        : objects_(o.window), server_({.port = o.port, .render_error = localkube::error_answer},
                                      localkube::routes(objects_, {.bookmarks = o.bookmarks})),
          rollouts_(objects_, server_.executor(), o.deployment_delay), thread_([this] { server_.run(); })
    {}

    ~localkube_under_test()
    {
        server_.stop();
        thread_.join();
    }

    [[nodiscard]] std::string url() const { return "http://127.0.0.1:" + std::to_string(server_.port()); }
    [[nodiscard]] std::uint16_t port() const { return server_.port(); }

private:
    localkube::store objects_;
    iafmetrics::http_service::server server_;
    localkube::deployments rollouts_;
    std::thread thread_;
};
