// SPDX-License-Identifier: Apache-2.0
// What a server turned away, counted by reason.
#pragma once

#include <iafmetrics/fwd.hpp>

#include <array>
#include <cstddef>

namespace iafmetrics::http_service {

/// Why a connection or a request went no further. Its name is the value of the label `reason`.
enum class refused {
    malformed,           ///< what HTTP/1.1 does not allow, or what smuggles requests
    header_too_large,    ///< 431
    header_timeout,      ///< 408, or closed before the first byte of a header that was begun
    body_too_large,      ///< 413
    body_timeout,        ///< 408
    body_budget,         ///< 503: too many bodies at once
    connection_limit,    ///< 503, or closed while waited for, in favour of a new one
    foreign_caller,      ///< 403: a web page from elsewhere
    not_found,           ///< 404
    method_not_allowed,  ///< 405
    tls_handshake,  ///< no TLS, a version or cipher that is not offered, a handshake that did not end in time
    client_certificate,  ///< none, expired, of another CA, or of a name that is not allowed
    unauthorized,        ///< 401: no credentials, or wrong ones
    rate_limit,          ///< 429
    scrape_limit,        ///< 503: too many scrapes at once
    check_limit,         ///< 503: too many credentials are being checked at once
    write_timeout,       ///< closed: the peer did not read its answer in time
};

inline constexpr std::size_t refused_count = static_cast<std::size_t>(refused::write_timeout) + 1;

/// The counters of one registry, shared by its servers: `iafmetrics_http_refused_total`, each reason from the start, at 0.
///
///     refusals turned_away{registry};
///     server api{{.port = 8080, .refusals = &turned_away}, std::move(routes)};
///
/// Threads:  any.
/// Lifetime: the registry outlives it, and it the servers.
class refusals {
public:
    explicit refusals(registry& metrics);

    void count(refused why) noexcept;

private:
    std::array<counter*, refused_count> by_reason_;
};

}  // namespace iafmetrics::http_service
