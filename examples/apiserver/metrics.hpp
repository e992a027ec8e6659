// SPDX-License-Identifier: Apache-2.0
// The metrics of the apiserver.
#pragma once

#include <iafmetrics/beast/middleware.hpp>
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/platform.hpp>

#include <cstdint>

namespace apiserver {

struct metrics {
    explicit metrics(iafmetrics::registry& r)
        : sessions_created{r.add(iafmetrics::platform::sessions_total)},
          sessions_active{r.add(iafmetrics::platform::sessions_active)},
          store_bytes{r.add(iafmetrics::platform::source_store_bytes)},
          store_bytes_total{r.add(iafmetrics::platform::source_store_bytes_total)},
          requests{r, iafmetrics::platform::api_request_duration}
    {}

    void show_store(std::uint64_t bytes)
    {
        store_bytes.set(static_cast<double>(bytes));
        store_bytes_total.set(static_cast<double>(bytes));
    }

    iafmetrics::counter& sessions_created;
    iafmetrics::gauge& sessions_active;
    iafmetrics::gauge& store_bytes;
    iafmetrics::gauge& store_bytes_total;
    iafmetrics::beast::request_metrics requests;
};

}  // namespace apiserver
