// SPDX-License-Identifier: Apache-2.0
#include "metrics_server.hpp"

#include <iafmetrics/prometheus_cpp.hpp>

#include <prometheus/exposer.h>

#include <exception>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

namespace controller {

struct metrics_server::implementation {
    implementation(bind_address const& address, iafmetrics::registry const& registry)
        : bridge(std::make_shared<iafmetrics::prometheus_cpp::collectable>(registry)),
          exposer(std::vector<std::string>{"listening_ports", to_string(address), "num_threads", "4",
                                           // A peer that sends its request slowly has a thread this long.
                                           "request_timeout_ms", "10000"})
    {
        exposer.RegisterCollectable(bridge);
    }

    std::shared_ptr<iafmetrics::prometheus_cpp::collectable> bridge;  // the exposer keeps a weak pointer
    prometheus::Exposer exposer;
};

metrics_server::metrics_server(bind_address address, iafmetrics::registry const& registry)
{
    // Civetweb says "null context" whatever the cause, and lets two programs share a port.
    check_can_listen(address);
    try {
        self_ = std::make_unique<implementation>(address, registry);
    } catch (std::exception const& e) {
        throw std::runtime_error("cannot listen on " + to_string(address) + ": " + e.what());
    }
}

metrics_server::~metrics_server() = default;

std::uint16_t metrics_server::port() const
{
    return static_cast<std::uint16_t>(self_->exposer.GetListeningPorts().at(0));
}

}  // namespace controller
