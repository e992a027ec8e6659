// SPDX-License-Identifier: Apache-2.0
// metrics_server: a registry on prometheus-cpp's Exposer.
#pragma once

#include <iafmetrics/fwd.hpp>

#include "bind_address.hpp"

#include <cstdint>
#include <memory>

namespace controller {

/// Serves /metrics with the web server that comes with prometheus-cpp, from construction to destruction.
///
///     metrics_server metrics{{"127.0.0.1", 9090}, registry};
///
/// Threads:  serves on threads of its own.
/// Errors:   std::runtime_error "cannot listen on 127.0.0.1:9090: Address already in use".
/// Lifetime: shorter than that of the registry and of all that its collectors look at.
class metrics_server {
public:
    metrics_server(bind_address address, iafmetrics::registry const& registry);
    ~metrics_server();

    /// The bound port, also where a free one was asked for.
    [[nodiscard]] std::uint16_t port() const;

private:
    struct implementation;
    std::unique_ptr<implementation> self_;
};

}  // namespace controller
