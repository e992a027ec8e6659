// SPDX-License-Identifier: Apache-2.0
// request_metrics: durations, requests in flight and failed writes of an HTTP server, whatever its framework.
#pragma once

#include <iafmetrics/http/observation.hpp>
#include <iafmetrics/http/recorder.hpp>
#include <iafmetrics/registration_error.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/spec.hpp>

#include <array>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace iafmetrics::http {
namespace detail {

/// Not constexpr on purpose: a call to it in a declaration does not compile, and its name is the message.
inline void request_duration_must_have_labels_for_method_route_and_status() {}

template <std::size_t Count>
consteval std::size_t position_of(std::array<std::string_view, Count> const& labels,
                                  std::initializer_list<std::string_view> names)
{
    for (std::size_t i = 0; i != Count; ++i)
        for (std::string_view const name : names)
            if (labels[i] == name) return i;
    request_duration_must_have_labels_for_method_route_and_status();
    return Count;
}

template <class Spec>
consteval label_positions positions_of()
{
    return {position_of(Spec::label_names, {"method", "http_request_method"}),
            position_of(Spec::label_names, {"route", "path", "handler", "http_route"}),
            position_of(Spec::label_names, {"status", "status_code", "code", "http_response_status_code"})};
}

/// "iaf_api_request" of "iaf_api_request_duration_seconds".
inline std::string stem_of(std::string_view name)
{
    for (std::string_view const suffix : {"_seconds", "_duration"})
        if (name.ends_with(suffix)) name.remove_suffix(suffix.size());
    return std::string(name);
}

}  // namespace detail

/// Records every request of a server once: its duration by method, route and status, and how many are in
/// flight.
///
///     iafmetrics::http::request_metrics http{registry, api_request_duration};
///     …
///     auto observed = http.begin("GET");                    // the clock starts, in flight +1
///     observed.route("/api/v1/sessions/{session}");         // the template, never the raw path
///     observed.finish(200);                                 // the response is written: recorded
///
/// The declaration has three labels in any order: method; path, route or handler; status, status_code or
/// code. Named after it there are `<stem>s_in_flight` and `<stem>_write_errors_total`, where the stem is the
/// declaration's name without _duration_seconds.
///
/// Labels:   method is a known verb or `_OTHER`; the route is the template or `unmatched`; the status is the
///           code, or `aborted` where the request ended before a response. What strangers cause (404, 405,
///           400, 431 of `unmatched`) exists from the start, so that a stranger's scan of the server adds no
///           series.
/// Threads:  every member may be called from any thread at any time.
/// Cost:     per request two clock reads, one lookup of the route and a few loads; no lock and no allocation
///           once a route has seen the method and status.
/// Errors:   the constructor throws registration_error; nothing else throws.
/// Lifetime: longer than that of its observations, shorter than that of the registry.
class request_metrics {
public:
    template <iafmetrics::detail::fixed_string... Labels>
        requires(sizeof...(Labels) == 3)
    request_metrics(registry& metrics, histogram_spec<Labels...> const& duration)
        : recorder_(metrics,
                    metrics.add(duration),
                    detail::positions_of<histogram_spec<Labels...>>(),
                    detail::stem_of(duration.name))
    {}
    request_metrics(request_metrics const&) = delete;
    request_metrics& operator=(request_metrics const&) = delete;

    /// A request has arrived. One that could not be parsed has the method "".
    [[nodiscard]] observation begin(std::string_view method) noexcept
    {
        return {recorder_, method_index(method)};
    }

    /// Makes the series of a route and method before the first request, at 0: an alert on errors that reads
    /// an increase sees the first one too. Status 500 where none is named.
    ///
    ///     http.declare("GET", "/api/v1/sessions/{session}");
    ///     http.declare("POST", "/api/v1/sessions", {500, 503});
    ///
    /// Errors: registration_error for a method that has no name of its own; it would show as `_OTHER`.
    void declare(std::string_view method,
                 std::string_view route_template,
                 std::initializer_list<unsigned> statuses = {500})
    {
        std::size_t const known = method_index(method);
        if (known == other_method)
            throw registration_error(recorder_.name(), "no HTTP method is named \"" + std::string(method) +
                                                           "\": it cannot be declared");
        route_table& table = recorder_.route(route_template);
        for (unsigned const status : statuses)
            (void)table.duration(known, status_index::of(status));
    }

    /// A route's table, for a server that knows its routes beforehand: observation::route() of it needs no
    /// lookup.
    [[nodiscard]] route_table& route(std::string_view route_template) noexcept
    {
        return recorder_.route(route_template);
    }

protected:
    recorder recorder_;
};

}  // namespace iafmetrics::http
