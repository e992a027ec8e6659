// SPDX-License-Identifier: Apache-2.0
// server_pages: the pages of a metrics_server beside the metrics.
#pragma once

#include <iafmetrics/beast/detail/text_answer.hpp>
#include <iafmetrics/beast/metrics_endpoint.hpp>
#include <iafmetrics/beast/serve_options.hpp>
#include <iafmetrics/http/landing_page.hpp>

#include <boost/beast/http.hpp>

#include <string_view>

namespace iafmetrics::inline v0::beast::detail {

inline bool is_health_page(std::string_view path) noexcept
{
    return path == "/-/healthy" || path == "/-/ready";
}

inline bool is_server_page(std::string_view path) noexcept { return path == "/" || is_health_page(path); }

/// Of a path that is one.
inline metrics_endpoint::response server_page(std::string_view path, serve_options const& options)
{
    using boost::beast::http::status;
    if (is_health_page(path)) return text_answer(status::ok, path == "/-/ready" ? "ready\n" : "healthy\n");
    auto made = text_answer(status::ok, http::landing_page(options.title, {{options.path, "Metrics"},
                                                                           {"/-/healthy", "Health"},
                                                                           {"/-/ready", "Readiness"}}));
    made.set(boost::beast::http::field::content_type, http::landing_page_type);
    made.set("X-Content-Type-Options", "nosniff");
    return made;
}

}  // namespace iafmetrics::inline v0::beast::detail
