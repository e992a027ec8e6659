// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/gauge.hpp>
#include <iafmetrics/registry.hpp>

#include <http_service/certificate_metrics.hpp>

namespace iafmetrics::http_service {

certificate_metrics::certificate_metrics(registry& metrics)
    : not_after_{metrics.add(certificate_not_after)}, failed_{metrics.add(certificate_renewal_failed)}
{}

void certificate_metrics::renewed(std::chrono::sys_seconds not_after) noexcept
{
    not_after_.set(static_cast<double>(not_after.time_since_epoch().count()));
    failed_.set(0);
}

void certificate_metrics::failed() noexcept { failed_.set(1); }

}  // namespace iafmetrics::http_service
