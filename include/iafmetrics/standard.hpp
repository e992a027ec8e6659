// SPDX-License-Identifier: Apache-2.0
// standard: Oversight's metric set for a service: HTTP.
#pragma once

#include <iafmetrics/spec.hpp>

namespace iafmetrics::standard {

/// The edges .005 to .05, .25 and 2 stand beside Oversight's own because its alerts need a threshold on an
/// edge.
inline constexpr histogram_spec<"method", "route", "status_code"> http_request_duration{
    "http_request_duration_seconds", "HTTP request duration.",
    buckets{.005, .01, .025, .05, .1, .25, .3, .5, .7, 1, 2, 3, 5, 7, 10}};

}  // namespace iafmetrics::standard
