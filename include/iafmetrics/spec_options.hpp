// SPDX-License-Identifier: Apache-2.0
// spec_options: what any declaration may say besides its name and help.
#pragma once

#include <iafmetrics/detail/nanoseconds.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace iafmetrics::inline v0 {

/// How many series a labelled metric may have before further ones land in its overflow series.
struct series_limit {
    std::size_t value;
};
inline constexpr series_limit default_series_limit{1000};

/// Lifts the naming conventions (suffix and unit, never the grammar) from one declaration, and says why.
///
///     inline constexpr gauge_spec store_bytes{"iaf_source_store_bytes_total", "Bytes in the source store.",
///                                             exemption{"a gauge by contract: dashboards know this name"}};
struct exemption {
    std::string_view reason;
};

/// Lets a declaration's name and labels be any UTF-8, and lifts the naming conventions from them; says why.
///
///     inline constexpr histogram_spec<"http.request.method", "http.route"> request_duration{
///         "http.server.request.duration", "Duration of HTTP server requests.",
///         utf8_names{"OpenTelemetry's semantic conventions"}};
///
/// A scraper that asks for such names gets them (`escaping=allow-utf-8`, as Prometheus from 3.0 on does):
/// `{"http.server.request.duration_count","http.route"="/"} 1`. Any other gets them escaped as it asks, by default with
/// underscores: `http_server_request_duration_count{http_route="/"} 1`. So the metric takes those names too: another that
/// any scraper would see under the same one is refused by the registry. A state_set has no such names.
struct utf8_names {
    std::string_view reason;
};

namespace detail {

/// An option that is a duration of <chrono>'s shape.
struct duration_option {
    std::int64_t nanoseconds;

    template <class Duration>
        requires requires(Duration d) {
            d.count();
            Duration::period::num;
        }
    constexpr explicit duration_option(Duration duration) : nanoseconds(nanoseconds_in(duration))
    {}

protected:
    struct exactly {
        std::int64_t nanoseconds;
    };
    constexpr explicit duration_option(exactly given) : nanoseconds(given.nanoseconds) {}
};

}  // namespace detail

/// Says that a name is known only at run time: the same rules then throw registration_error.
///
///     registry.add(counter_spec<"queue">{run_time, prefix + "_jobs_total", "Jobs done, by queue."});
struct run_time_t {};
inline constexpr run_time_t run_time{};

}  // namespace iafmetrics::inline v0
