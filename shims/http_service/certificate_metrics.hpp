// SPDX-License-Identifier: Apache-2.0
// What a server's certificate is like: when it ends, and whether its last renewal was one.
#pragma once

#include <iafmetrics/fwd.hpp>
#include <iafmetrics/spec.hpp>

#include <chrono>

namespace iafmetrics::http_service {

inline constexpr gauge_spec certificate_not_after{
    "iafmetrics_http_certificate_not_after_timestamp_seconds",
    "When the certificate that an HTTP server shows to new connections ends, as Unix time."};
inline constexpr gauge_spec certificate_renewal_failed{
    "iafmetrics_http_certificate_renewal_failed",
    "1 while the files of an HTTP server's certificate cannot be used and the one before them is shown."};

/// The gauges of one server.
///
///     certificate_metrics certificate{registry};
///     server api{{.port = 8443, .tls = tls, .certificate_metrics = &certificate}, std::move(routes)};
///
/// Threads:  any.
/// Lifetime: the registry outlives it, and it the server.
class certificate_metrics {
public:
    explicit certificate_metrics(registry& metrics);

    void renewed(std::chrono::sys_seconds not_after) noexcept;
    void failed() noexcept;

private:
    gauge& not_after_;
    gauge& failed_;
};

}  // namespace iafmetrics::http_service
