// SPDX-License-Identifier: Apache-2.0
// How near a server is to its limits: connections, and the memory of bodies.
#pragma once

#include <iafmetrics/fwd.hpp>
#include <iafmetrics/spec.hpp>

#include <cstddef>

namespace iafmetrics::http_service {

inline constexpr up_down_counter_spec open_connections{"iafmetrics_http_connections",
                                                       "Connections that an HTTP server has open."};
inline constexpr gauge_spec most_connections{"iafmetrics_http_max_connections",
                                             "Connections that an HTTP server may have open."};
inline constexpr up_down_counter_spec body_memory{
    "iafmetrics_http_body_bytes", "Memory of the request bodies that an HTTP server reads or answers."};
inline constexpr gauge_spec most_body_memory{"iafmetrics_http_max_body_bytes",
                                             "Memory that the request bodies of an HTTP server may take."};

/// The gauges of one server, with what they may be at most.
///
///     connection_metrics connections{registry};
///     server api{{.port = 8080, .connection_metrics = &connections}, std::move(routes)};
///
/// Two servers in one process have a label each: `registry.sub({.labels = {{"listener", "api"}}})`.
///
/// Threads:  any.
/// Lifetime: the registry outlives it, and it the server.
class connection_metrics {
public:
    explicit connection_metrics(registry& metrics);

    /// What the server may have at most.
    void limits(std::size_t connections, std::size_t body_bytes) noexcept;

    up_down_counter& connections() noexcept { return connections_; }
    up_down_counter& body_bytes() noexcept { return body_bytes_; }

private:
    up_down_counter& connections_;
    up_down_counter& body_bytes_;
    gauge& most_connections_;
    gauge& most_body_bytes_;
};

}  // namespace iafmetrics::http_service
