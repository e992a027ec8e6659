// SPDX-License-Identifier: Apache-2.0
// health_routes: what the kubelet asks.
#pragma once

#include <http_service/router.hpp>

#include <functional>

namespace controller {

/// `/healthz`: the process answers. `/readyz`: 200 while `ready` says so, 503 otherwise.
[[nodiscard]] iafmetrics::http_service::router health_routes(std::function<bool()> ready);

}  // namespace controller
