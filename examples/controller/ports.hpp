// SPDX-License-Identifier: Apache-2.0
// ports: the ports of an Application and their names, which pod, Service and ServiceMonitor share.
#pragma once

#include "application.hpp"

#include <string_view>
#include <vector>

namespace controller {

inline constexpr std::string_view port_name_http = "http";
inline constexpr std::string_view port_name_metrics = "metrics";

struct named_port {
    std::string_view name;
    int number;
};

/// `http`, and `metrics` where metrics are served on a port of their own. All are named, because a Service
/// with two ports must name them and a ServiceMonitor knows ports by name alone.
[[nodiscard]] inline std::vector<named_port> named_ports(application const& app)
{
    std::vector<named_port> ports{{port_name_http, app.port}};
    if (app.metrics.enabled && app.metrics.port != app.port)
        ports.push_back({port_name_metrics, app.metrics.port});
    return ports;
}

}  // namespace controller
