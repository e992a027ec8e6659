// SPDX-License-Identifier: Apache-2.0
// A guard that asks for credentials.
#pragma once

#include <iafmetrics/http/access.hpp>

#include <http_service/guard.hpp>

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace iafmetrics::http_service {

struct authorizer_guard_options {
    std::vector<std::string> open_paths = {};  ///< for everybody: health checks
    std::size_t check_threads = 1;    ///< credentials that are checked at a time, each on a whole core
    std::size_t checks_waiting = 16;  ///< and that wait for their turn, by the peer's network; 503 beyond

    /// The shape of its answers. Default: error_response.
    std::function<response(http::status, std::string_view reason)> render_error = {};
};

/// Lets requests pass that the authorizer allows; 401 with its challenge for others, counted as `unauthorized`.
///
///     options.guard = authorizer_guard(http::bearer_token::from_file("/run/secrets/token", "api"),
///                                      {.open_paths = {"/healthz"}});
///
/// What the authorizer does not know at once is asked in a thread of its own; the next check is of the network that has had none
/// for longest. A request with two Authorization fields is unauthorized.
///
/// Threads: any; a copy is the same guard, also of several servers.
/// Errors:  where the authorizer throws, nobody passes.
guard authorizer_guard(iafmetrics::http::authorizer who, authorizer_guard_options options = {});

}  // namespace iafmetrics::http_service
