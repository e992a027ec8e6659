// SPDX-License-Identifier: Apache-2.0
// Whether a server's web config file is the one that holds.
#pragma once

#include <iafmetrics/spec.hpp>

namespace iafmetrics::http_service {

inline constexpr gauge_spec web_config_reload_failed{
    "iafmetrics_http_web_config_reload_failed",
    "1 while the web config file of an HTTP server cannot be used and the one before it holds."};

}  // namespace iafmetrics::http_service
