// SPDX-License-Identifier: Apache-2.0
// scrape_metrics: what a metrics endpoint tells about itself.
#pragma once

#include <iafmetrics/buckets.hpp>
#include <iafmetrics/family.hpp>
#include <iafmetrics/http/refused.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/spec.hpp>

#include <string_view>

namespace iafmetrics::inline v0::beast {

inline constexpr counter_spec<"code"> scrapes_total{"promhttp_metric_handler_requests_total",
                                                    "Scrapes, by the status that answered them."};
inline constexpr up_down_counter_spec scrapes_in_flight{"promhttp_metric_handler_requests_in_flight",
                                                        "Scrapes whose page is being made or sent."};
inline constexpr histogram_spec<> scrape_duration{"iafmetrics_scrape_duration_seconds",
                                                  "Time that the making of a page took.",
                                                  buckets{.001, .005, .025, .1, .25, .5, 1, 2.5, 5, 10}};
inline constexpr counter_spec scrape_bytes_total{"iafmetrics_scrape_response_bytes_total",
                                                 "Bytes of pages, as they were sent."};

/// The metrics of endpoints, for those who ask for them; under the names of client_golang's promhttp where it has them,
/// so that its dashboards show them. What is turned away is iafmetrics_http_refused_total{reason}, of which http_service
/// shows the same.
///
///     iafmetrics::beast::scrape_metrics scrapes{registry};
///     auto const server = iafmetrics::serve(registry, 9100, {.metrics = &scrapes});
///
/// Threads:  any.
/// Lifetime: the registry outlives it, and it the endpoints and servers that have it.
struct scrape_metrics {
    explicit scrape_metrics(registry& metrics)
        : by_code(metrics.add(scrapes_total)), in_flight(metrics.add(scrapes_in_flight)),
          duration(metrics.add(scrape_duration)), bytes(metrics.add(scrape_bytes_total)),
          refused(metrics.add(http::refused_total))
    {
        for (int const code : {200, 503})
            (void)by_code.with(code);
        for (std::string_view const reason :
             {"malformed", "header_too_large", "header_timeout", "connection_limit", "not_found",
              "method_not_allowed", "unauthorized", "rate_limit", "scrape_limit", "check_limit",
              "write_timeout"})
            (void)refused.with(reason);
    }

    family_of<scrapes_total>& by_code;
    up_down_counter& in_flight;
    histogram& duration;
    counter& bytes;
    family_of<http::refused_total>& refused;
};

}  // namespace iafmetrics::inline v0::beast
