// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/gauge.hpp>
#include <iafmetrics/registry.hpp>

#include <http_service/connection_metrics.hpp>

namespace iafmetrics::http_service {

connection_metrics::connection_metrics(registry& metrics)
    : connections_{metrics.add(open_connections)}, body_bytes_{metrics.add(body_memory)},
      most_connections_{metrics.add(most_connections)}, most_body_bytes_{metrics.add(most_body_memory)}
{}

void connection_metrics::limits(std::size_t connections, std::size_t body_bytes) noexcept
{
    most_connections_.set(static_cast<double>(connections));
    most_body_bytes_.set(static_cast<double>(body_bytes));
}

}  // namespace iafmetrics::http_service
