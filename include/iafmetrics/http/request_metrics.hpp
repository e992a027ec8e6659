// SPDX-License-Identifier: Apache-2.0
// request_metrics: durations, requests in flight and failed writes of an HTTP server, whatever its framework.
#pragma once

#include <iafmetrics/http/body_sizes.hpp>
#include <iafmetrics/http/duration_spec.hpp>
#include <iafmetrics/http/observation.hpp>
#include <iafmetrics/http/recorder.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/spec.hpp>
#include <iafmetrics/steady_clock.hpp>

#include <cstddef>
#include <initializer_list>
#include <source_location>
#include <string_view>

namespace iafmetrics::inline v0::http {

/// Records every request of a server once: its duration by method, route and status, and how many are in
/// flight.
///
///     iafmetrics::http::request_metrics http{registry, api_request_duration};
///     http.declare("GET", "/api/v1/sessions/{session}");    // its status 500 is there, at 0, from now on
///     …
///     auto observed = http.begin("GET");                    // the clock starts, in flight +1
///     observed.route("/api/v1/sessions/{session}");         // the template, never the raw path
///     observed.finish(200);                                 // the response is written: recorded
///
/// The declaration has three labels in any order: method; path, route or handler; status, status_code or
/// code. Named after it there are `<stem>s_in_flight` and `<stem>_write_errors_total`, where the stem is the
/// declaration's name without _duration_seconds, and `<stem>_invalid_traceparents_total`; with body_sizes{} as a third argument also
/// `<stem>_size_bytes`, and the same with "response" for "request": `http_request_size_bytes`,
/// `http_response_size_bytes`. An exemption of the declaration lifts the conventions from all of them. A clock as the
/// last argument takes the steady clock's place: testing::fake_clock{} in a test of durations.
///
/// Labels:   method is a known verb or `_OTHER`; the route is the template or `unmatched`; the status is the
///           code, or `aborted` or `timeout` where the request ended before a response (status_index.hpp).
///           What strangers cause (404, 405, 400, 431 of `unmatched`) exists from the start, so that a
///           stranger's scan of the server adds no series.
/// Threads:  every member may be called from any thread at any time.
/// Cost:     per request two clock reads, one lookup of the route and a few loads; no lock and no allocation
///           once a route has seen the method and status.
/// Errors:   the constructor throws registration_error and has then registered nothing; so does declare(); nothing else
///           throws.
/// Lifetime: longer than that of its observations, shorter than that of the registry.
class request_metrics {
public:
    template <iafmetrics::detail::fixed_string... Labels, some_clock Clock = steady_clock>
    request_metrics(registry& metrics,
                    histogram_spec<Labels...> const& duration,
                    Clock clock = {},
                    std::source_location where = std::source_location::current())
        : request_metrics(detail::add_server_set(metrics, where, duration), clock)
    {}
    template <iafmetrics::detail::fixed_string... Labels, std::size_t Count, some_clock Clock = steady_clock>
    request_metrics(registry& metrics,
                    histogram_spec<Labels...> const& duration,
                    body_sizes<Count> sizes,
                    Clock clock = {},
                    std::source_location where = std::source_location::current())
        : request_metrics(detail::add_server_set(metrics, where, duration, sizes), clock)
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
        for (unsigned const status : statuses)
            recorder_.declare(method, route_template, {status_index::of(status)});
    }

    /// A route's table, for a server that knows its routes beforehand: observation::route() of it needs no
    /// lookup.
    [[nodiscard]] route_table& route(std::string_view route_template) noexcept
    {
        return recorder_.route(route_template);
    }

protected:
    recorder recorder_;

private:
    request_metrics(detail::request_set const& added, chosen_clock clock)
        : recorder_(added.families,
                    added.in_flight,
                    added.write_errors,
                    added.invalid_traceparents,
                    {"unmatched", 1000, status_index::of(500), clock})
    {
        // What strangers cause exists from the start: their scan of a server adds no series.
        route_table& unmatched = recorder_.default_route();
        (void)unmatched.duration(method_index("GET"), status_index::of(404));
        for (unsigned const status : {400U, 404U, 405U, 431U})
            (void)unmatched.duration(other_method, status_index::of(status));
    }
};

}  // namespace iafmetrics::inline v0::http
