// SPDX-License-Identifier: Apache-2.0
// Which handler answers a request: by method and by decoded path segments.
#pragma once

#include <http_service/request.hpp>
#include <http_service/response.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace iafmetrics::http_service {

/// Answers one request. An exception that leaves it becomes a 500 with a general reason, and is logged.
using handler = std::function<net::awaitable<answer>(request const&)>;

struct route_options {
    /// Bytes; a longer body is answered 413. None: 1 MiB, and 0 for GET, HEAD and DELETE, whose handlers do not ask for one.
    std::optional<std::size_t> body_limit = {};
    /// Asked before the body is read: an answer refuses the request. For tokens and origins.
    std::function<std::optional<response>(request const&)> admit = {};
    bool observed = true;  ///< false: health checks and scrapes, which no metric counts
};

struct route {
    std::string pattern;
    handler handle;
    route_options options;
};

/// A table of routes. Filled before the server starts, read by all of its threads.
///
///     router routes;
///     routes.add(http::verb::get, "/api/v1/sessions/{session}", show);
///     routes.add(http::verb::get, "/files/{path...}", download);   // one segment or more
///
/// A literal segment wins over a parameter, a parameter over a rest, whatever the order of the add() calls.
/// GET routes answer HEAD too. Segments are compared decoded, so an encoded slash stays inside its segment.
class router {
public:
    router();
    router(router&&) noexcept;
    router& operator=(router&&) noexcept;
    ~router();

    /// Errors: std::invalid_argument that names the pattern, where it is malformed or there already.
    void add(http::verb method, std::string_view pattern, handler handle, route_options options = {});

    struct match {
        route const* found = nullptr;  ///< null: 404 when allow is empty, else 405
        std::string_view pattern;      ///< that the path matched, also with the wrong method; empty: none
        std::string allow;             ///< the methods of that pattern when found is null: "GET, HEAD, POST"
        request::pairs parameters;
    };

    match find(http::verb method, std::vector<std::string> const& segments) const;

private:
    struct node;
    std::unique_ptr<node> root_;
};

}  // namespace iafmetrics::http_service
