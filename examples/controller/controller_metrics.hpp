// SPDX-License-Identifier: Apache-2.0
// controller_metrics: what the controller tells Prometheus about itself.
#pragma once

#include <iafmetrics/collectors/process.hpp>
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/platform.hpp>

#include <kubernetes/informer.hpp>

namespace controller {

inline constexpr iafmetrics::counter_spec reconcile_errors_total{
    "iaf_reconcile_errors_total", "Reconciles of an application that failed and are tried again."};

/// The controller's metrics in one registry.
///
/// The phases are counted in the informer's cache at each scrape, so they always add up to the applications
/// that are in it, and all five are there from the first scrape on. An application that no pass has seen yet
/// is Pending.
///
/// Lifetime: the registry and the informer outlive it, and the informer outlives the registry's last scrape.
struct controller_metrics {
    controller_metrics(iafmetrics::registry& registry, iafmetrics::kubernetes::informer const& applications);

    iafmetrics::histogram& reconcile_duration;
    iafmetrics::counter& reconcile_errors;
};

}  // namespace controller
