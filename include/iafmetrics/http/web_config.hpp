// SPDX-License-Identifier: Apache-2.0
// web_config: exporter-toolkit's web config file. Needs yaml-cpp and libcrypt: CMake target iafmetrics::web_config.
#pragma once

#include <iafmetrics/http/basic_auth.hpp>
#include <iafmetrics/http/detail/watched_file.hpp>
#include <iafmetrics/http/rate_limit.hpp>
#include <iafmetrics/http/tls_options.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::http {

/// What a web config file says, checked. `path:line: key: reason` is what std::runtime_error says of one that breaks a rule.
///
///     auto const config = web_config::read("/etc/shop/web.yml");
///     if (!config.users.empty()) serve_options.authorize = basic_auth(config.users);
///
/// The format is that of https://github.com/prometheus/exporter-toolkit, docs/web-configuration.md, with rate_limit and
/// client_allowed_sans, which Debian's Prometheus does not know yet. What exporter-toolkit refuses is refused, and more:
/// versions of TLS below 1.2, a max_version below the min_version, a hash that costs more than 2^14 rounds, a header's value
/// with a line break, and a second document. http2 is read and has no effect: HTTP/1.1 is what is served.
struct web_config {
    std::optional<tls_options> tls;  ///< where the file says anything of certificates
    std::vector<std::pair<std::string, std::string>> headers;  ///< for every answer
    basic_auth::user_list users;
    rate_limit_options rate_limit;

    /// Errors: std::runtime_error. Certificates are not looked at: that is for who uses them.
    [[nodiscard]] static web_config read(std::string const& path)
    {
        return parse(detail::whole_file(path), path);
    }

    /// The same of a text; relative paths are of the directory of `path`, which messages name.
    [[nodiscard]] static web_config parse(std::string const& text, std::string const& path);
};

}  // namespace iafmetrics::inline v0::http

#include <iafmetrics/http/detail/web_config_reader.hpp>
