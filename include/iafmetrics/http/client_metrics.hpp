// SPDX-License-Identifier: Apache-2.0
// client_metrics: durations and number of the requests that a program makes to others.
#pragma once

#include <iafmetrics/http/body_sizes.hpp>
#include <iafmetrics/http/duration_spec.hpp>
#include <iafmetrics/http/observation.hpp>
#include <iafmetrics/http/recorder.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/spec.hpp>
#include <iafmetrics/steady_clock.hpp>

#include <cstddef>
#include <source_location>
#include <string_view>

namespace iafmetrics::inline v0::http {

/// Records every outgoing request once: its duration by method, host and status, and how many are in flight.
///
///     iafmetrics::http::client_metrics outgoing{registry, standard::http_client_request_duration};
///     …
///     auto observed = outgoing.begin("GET", "payments.internal");     // the clock starts, in flight +1
///     observed.finish(200);                                           // the response is read: recorded
///
/// The declaration has labels in any order: method; status, status_code or code; and, where it shall tell
/// them apart, host, server or upstream. Named after it there is `<stem>s_in_flight`, where the stem is the
/// declaration's name without _duration_seconds; body_sizes{}, a clock and an exemption as with request_metrics.
///
/// Labels:   method is a known verb or `_OTHER`; the host is one of the first 100 that were declared or
///           called, `_other` beyond them and where none is named; the status is the response's code, or
///           `connect_error`, `timeout` or `aborted` where there was none (status_index.hpp).
/// Threads:  every member may be called from any thread at any time.
/// Cost:     as request_metrics.
/// Errors:   the constructor throws registration_error and has then registered nothing; so does declare(); nothing else
///           throws.
/// Lifetime: longer than that of its observations, shorter than that of the registry.
class client_metrics {
public:
    template <iafmetrics::detail::fixed_string... Labels, some_clock Clock = steady_clock>
    client_metrics(registry& metrics,
                   histogram_spec<Labels...> const& duration,
                   Clock clock = {},
                   std::source_location where = std::source_location::current())
        : client_metrics(detail::add_client_set(metrics, where, duration), clock)
    {}
    template <iafmetrics::detail::fixed_string... Labels, std::size_t Count, some_clock Clock = steady_clock>
    client_metrics(registry& metrics,
                   histogram_spec<Labels...> const& duration,
                   body_sizes<Count> sizes,
                   Clock clock = {},
                   std::source_location where = std::source_location::current())
        : client_metrics(detail::add_client_set(metrics, where, duration, sizes), clock)
    {}
    client_metrics(client_metrics const&) = delete;
    client_metrics& operator=(client_metrics const&) = delete;

    [[nodiscard]] observation begin(std::string_view method, std::string_view host = {}) noexcept
    {
        return {recorder_, table_of(host), method_index(method)};
    }

    /// Makes the series of a host and method before the first request, at 0: 500, timeout, connect_error.
    ///
    /// Errors: registration_error for a method that has no name of its own.
    void declare(std::string_view method, std::string_view host)
    {
        recorder_.declare(method, host,
                          {status_index::of(500), status_index::timeout, status_index::connect_error});
    }

protected:
    [[nodiscard]] route_table& table_of(std::string_view host) noexcept
    {
        return host.empty() ? recorder_.default_route() : recorder_.route(host);
    }

    recorder recorder_;

private:
    client_metrics(detail::request_set const& added, chosen_clock clock)
        : recorder_(added.families,
                    added.in_flight,
                    added.write_errors,
                    added.invalid_traceparents,
                    {"_other", 100, status_index::aborted, clock})
    {}
};

}  // namespace iafmetrics::inline v0::http
