// SPDX-License-Identifier: Apache-2.0
// platform: the metrics of IAF's platform, under the names that its dashboards and alerts know.
#pragma once

#include <iafmetrics/spec.hpp>

namespace iafmetrics::inline v0::platform {

inline constexpr counter_spec sessions_total{"iaf_sessions_total", "Sessions created."};

inline constexpr gauge_spec sessions_active{"iaf_sessions_active", "Sessions that exist."};

/// phase: Pending, Building, Deploying, Running, Failed.
inline constexpr gauge_spec<"phase"> applications_by_phase{"iaf_applications_by_phase",
                                                           "Applications by phase."};

inline constexpr histogram_spec reconcile_duration{
    "iaf_reconcile_duration_seconds", "Time that one reconcile of an application took.", default_buckets};

inline constexpr histogram_spec<"method", "path", "status"> api_request_duration{
    "iaf_api_request_duration_seconds", "REST API request duration.",
    buckets{.005, .01, .025, .05, .1, .25, .5, 1, 2.5}};

inline constexpr gauge_spec source_store_bytes{"iaf_source_store_bytes", "Bytes in the source store."};

/// The same value under the name that was asked for first.
inline constexpr gauge_spec source_store_bytes_total{
    "iaf_source_store_bytes_total", "Bytes in the source store; iaf_source_store_bytes is the same.",
    exemption{"a gauge with a counter's suffix: IAF's dashboards ask for this name"}};

}  // namespace iafmetrics::inline v0::platform
