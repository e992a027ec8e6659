// SPDX-License-Identifier: Apache-2.0
// refused: what an HTTP server turned away, by reason.
#pragma once

#include <iafmetrics/spec.hpp>

namespace iafmetrics::inline v0::http {

inline constexpr counter_spec<"reason"> refused_total{
    "iafmetrics_http_refused_total", "Requests and connections that an HTTP server turned away, by reason."};

}  // namespace iafmetrics::inline v0::http
