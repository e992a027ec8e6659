// SPDX-License-Identifier: Apache-2.0
// http: the durations of HTTP requests, under the name that Oversight's records and Plue's alerts read.
#pragma once

#include <iafmetrics/http/request_metrics.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/spec.hpp>
#include <iafmetrics/steady_clock.hpp>

#include <source_location>

namespace iafmetrics::inline v0::standard {

/// The edges .005 to .05, .25 and 2 stand beside Oversight's own because its alerts need a threshold on an
/// edge. The count by status_code is the count of requests: there is no http_requests_total beside it.
inline constexpr histogram_spec<"method", "route", "status_code"> http_request_duration{
    "http_request_duration_seconds", "HTTP request duration.",
    buckets{.005, .01, .025, .05, .1, .25, .3, .5, .7, 1, 2, 3, 5, 7, 10}};

/// For http::client_metrics and beast::client_metrics: what the service asks of others.
inline constexpr histogram_spec<"method", "host", "status_code"> http_client_request_duration{
    "http_client_request_duration_seconds", "Duration of outgoing HTTP requests.",
    buckets{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10}};

/// The requests of an HTTP server of any framework.
///
///     iafmetrics::standard::http_metrics http{registry};
///     http.declare("GET", "/api/v1/sessions/{session}");    // its status 500 is there, at 0, from now on
///     …
///     auto observed = http.begin("GET");
///     observed.route("/api/v1/sessions/{session}");
///     observed.finish(200);
///
/// With Boost.Beast: `iafmetrics::beast::request_metrics http{registry, standard::http_request_duration}`.
/// Threads, cost, errors, lifetime: as http::request_metrics.
struct http_metrics : http::request_metrics {
    template <some_clock Clock = steady_clock>
    explicit http_metrics(registry& metrics,
                          Clock clock = {},
                          std::source_location where = std::source_location::current())
        : request_metrics(metrics, http_request_duration, clock, where)
    {}
};

}  // namespace iafmetrics::inline v0::standard
