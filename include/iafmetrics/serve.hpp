// SPDX-License-Identifier: Apache-2.0
// serve: GET /metrics for a program that has no server.
#pragma once

#include <iafmetrics/beast/metrics_server.hpp>
#include <iafmetrics/registry.hpp>

#include <cstdint>
#include <utility>

namespace iafmetrics::inline v0 {

using beast::serve_options;

/// Serves a registry until what it returns is destroyed.
///
///     auto const server = iafmetrics::serve(registry, 9100);                              // on all addresses
///     auto const local = iafmetrics::serve(registry, 0, {.address = "127.0.0.1"});        // on a free port
///     std::printf("metrics on port %d\n", local.port());
///
/// On an open network it asks who scrapes, and how often:
///
///     auto const guarded = iafmetrics::serve(registry, 9100, {
///         .authorize = iafmetrics::http::basic_auth({{"prometheus", "$2y$10$…"}}),
///         .rate_limit = {.interval = 100ms, .burst = 50}});
///
/// Who may ask is fixed at the start: a web config file that changes is not followed.
///
/// TLS is for iafmetrics::http_service, which iafmetrics::web_access sets up by a web config file (http::web_config), or for a
/// proxy in front.
///
/// A program that has a Beast server of its own gives /metrics to beast::metrics_endpoint instead.
///
/// Threads:  of the server's own, with all signals blocked: one answers, and one for each page or password that is under way
///           at a time, at most scrape_limit + 1, makes the page, calls collectors, checks the password. A collector that
///           blocks keeps its page waiting and nothing else.
/// Errors:   std::runtime_error "cannot serve metrics on port 9100: Address already in use". Nothing throws
///           once it runs.
/// Lifetime: shorter than that of the registry. Its end waits for pages that are being made, and for nothing else.
[[nodiscard]] inline beast::metrics_server
serve(registry const& metrics, std::uint16_t port, serve_options options = {})
{
    return beast::metrics_server(metrics, port, std::move(options));
}

}  // namespace iafmetrics::inline v0
