// SPDX-License-Identifier: Apache-2.0
#include "health_routes.hpp"

#include <utility>

namespace controller {

namespace http_service = iafmetrics::http_service;
namespace http = boost::beast::http;

namespace {

http_service::response text(http::status status, char const* body)
{
    http_service::response made{status, 11};
    made.set(http::field::content_type, "text/plain; charset=utf-8");
    made.body() = body;
    return made;
}

}  // namespace

http_service::router health_routes(std::function<bool()> ready)
{
    http_service::router routes;
    http_service::route_options const unobserved{.observed = false};
    routes.add(
        http::verb::get, "/healthz",
        [](http_service::request const&) -> http_service::net::awaitable<http_service::answer> {
            co_return text(http::status::ok, "ok\n");
        },
        unobserved);
    routes.add(
        http::verb::get, "/readyz",
        [ready = std::move(ready)](
            http_service::request const&) -> http_service::net::awaitable<http_service::answer> {
            co_return ready() ? text(http::status::ok, "ok\n")
                              : text(http::status::service_unavailable, "not ready\n");
        },
        unobserved);
    return routes;
}

}  // namespace controller
