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
///
/// - versions of TLS below 1.2, a max_version below the min_version, cipher suites without forward secrecy or AEAD (CBC, RSA);
/// - client_allowed_sans beside RequireAnyClientCert: anybody can write such a name in a certificate that nobody verifies;
/// - an empty list of them;
/// - hashes of more than 2^14 rounds, and those of `$2$` and `$2x$`, bcrypt's versions before 2011 with their flaws;
/// - a user's name with a colon, which nobody could show; a header's value with a line break;
/// - a second document, and YAML's merge keys (`<<`): exporter-toolkit drops the one silently, and reads the others.
///
/// Who uses `tls` refuses a client CA beside RequestClientCert or RequireAnyClientCert, which would look as if it kept somebody
/// out, and a client_auth_type that verifies without a CA, which is then the system's: anybody can buy a certificate of theirs.
/// http2 is read and has no effect: HTTP/1.1 is what is served.
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
