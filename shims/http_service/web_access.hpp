// SPDX-License-Identifier: Apache-2.0
// Who may ask a server, how often and over what, by exporter-toolkit's web config file. CMake target iafmetrics::web_access.
#pragma once

#include <iafmetrics/fwd.hpp>

#include <http_service/server.hpp>

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace iafmetrics::http_service {

struct web_access_options {
    std::string realm = "metrics";             ///< of the passwords
    std::vector<std::string> open_paths = {};  ///< for everybody, as often as they like: health checks
    std::size_t check_threads = 1;             ///< passwords that are checked at a time, each on a whole core
    std::size_t checks_waiting = 16;  ///< and that wait for their turn, by the peer's network; 503 beyond

    /// Gets iafmetrics_http_web_config_reload_failed and, over TLS, certificate_metrics; null: nobody does. Files of several
    /// servers each have a sub-registry with a label of their own.
    registry* metrics = nullptr;

    /// Where a file that cannot be used is reported, from any thread. Default: one line on stderr.
    std::function<void(std::string_view message)> log = {};
};

/// A server's settings by a web config file (iafmetrics/http/web_config.hpp says what is in it).
///
///     web_access const access{"/etc/shop/web.yml", {.open_paths = {"/healthz"}, .metrics = &registry}};
///     server_options options{.port = 9100, .refusals = &turned_away};
///     access.apply_to(options);
///     server api{std::move(options), std::move(routes)};
///
/// It sets `tls`, `changed_tls`, `guard`, `add_fields` and, over TLS, `certificate_metrics`. Requests are counted first, by the
/// peer's address (429 beyond the rate), then asked for a password (401; 503 where too many are being checked).
///
/// Addresses stand for their networks, of IPv6 the /64, and none takes from another: each has a rate of its own (of 4096 that
/// asked last), the next password that is checked is of the one whose last turn is longest ago, and where too many wait the
/// one that has most loses its newest place. Who shares an address with an attacker shares its rate and its turns.
///
/// The file is looked at for each request, and once a second over TLS: what it says then holds for that request, its
/// certificates for connections from then on. A version that cannot be used changes nothing, is logged once and shown by
/// the metric; so is one that switches TLS on or off, all passwords off, or asks for client certificates less, which takes a
/// restart: a file that is half written reads so. New certificates are tried before any of it
/// holds, and again each second until they can be used. A password that is known stays known while its user's hash does, a
/// bucket while the rate does.
///
/// Threads:  any; a copy is the same access, also to several servers. bcrypt runs in threads of its own, one by default.
/// Cost:     a stat() and a lock for each request, and a copy of a password's digest; bcrypt for a password that is new.
/// Errors:   std::runtime_error as web_config::read.
/// Lifetime: the registry outlives it and the servers; a sub-registry may go before.
class web_access {
public:
    explicit web_access(std::string path, web_access_options options = {});

    void apply_to(server_options& options) const;

    /// Whether the file says that there are passwords, now.
    [[nodiscard]] bool asks_for_passwords() const;

private:
    class state;
    std::shared_ptr<state> state_;
};

}  // namespace iafmetrics::http_service
