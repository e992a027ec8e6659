// SPDX-License-Identifier: Apache-2.0
// Declarations of request durations that must not compile; see declarations.cpp.
#include <iafmetrics/http/client_metrics.hpp>
#include <iafmetrics/http/request_metrics.hpp>

using namespace iafmetrics;

inline constexpr histogram_spec<"method", "path"> no_status{"x_request_duration_seconds", "X."};
inline constexpr histogram_spec<"method", "path", "status", "host"> a_label_more{"x_request_duration_seconds", "X."};

void wrong_labels(registry& r)
{
    http::request_metrics server{r, no_status};  // refused: request_duration_must_have_labels_for_method_route_and_status
    http::request_metrics more{r, a_label_more};  // refused: request_duration_must_have_labels_for_method_route_and_status
    http::client_metrics client{r, no_status};  // refused: client_request_duration_must_have_labels_for_method_and_status
}
