// SPDX-License-Identifier: Apache-2.0
// The metrics of the mcpserver.
#pragma once

#include <iafmetrics/beast/middleware.hpp>
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/platform.hpp>
#include <iafmetrics/standard.hpp>

namespace mcpserver {

struct metrics {
    explicit metrics(iafmetrics::registry& r)
        : sessions_created{r.add(iafmetrics::platform::sessions_total)},
          requests{r, iafmetrics::standard::http_request_duration}
    {}

    iafmetrics::counter& sessions_created;
    iafmetrics::beast::request_metrics requests;
};

}  // namespace mcpserver
