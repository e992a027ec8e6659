// SPDX-License-Identifier: Apache-2.0
// body_sizes: the option to measure the bodies of requests and responses.
#pragma once

#include <iafmetrics/buckets.hpp>

#include <cstddef>

namespace iafmetrics::inline v0::http {

/// From 100 bytes to 100 MB, a factor of ten each.
inline constexpr buckets default_size_buckets{100,       1'000,      10'000,     100'000,
                                              1'000'000, 10'000'000, 100'000'000};

/// Asks request_metrics or client_metrics for two more histograms, of the same labels as the durations:
///
///     iafmetrics::http::request_metrics http{registry, api_request_duration, iafmetrics::http::body_sizes{}};
///
/// Unit: bytes of the body, as it was transferred and without head and chunk framing.
template <std::size_t Count = default_size_buckets.bounds.size()>
struct body_sizes {
    buckets<Count> bounds = default_size_buckets;

    constexpr body_sizes()
        requires(Count == default_size_buckets.bounds.size())
    = default;
    constexpr explicit body_sizes(buckets<Count> chosen) : bounds(chosen) {}
};
body_sizes() -> body_sizes<>;

}  // namespace iafmetrics::inline v0::http
