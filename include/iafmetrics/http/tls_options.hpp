// SPDX-License-Identifier: Apache-2.0
// What a server says of TLS: certificates, whom it lets in, which versions and ciphers. Words alone: no OpenSSL here.
#pragma once

#include <string>
#include <vector>

namespace iafmetrics::inline v0::http {

/// Whether a client shows a certificate, in the words of exporter-toolkit's web config file.
enum class client_auth {
    no_client_cert,                  ///< none is asked for
    request_client_cert,             ///< asked for, never looked at
    require_any_client_cert,         ///< needed, never verified
    verify_client_cert_if_given,     ///< verified against the CA where there is one
    require_and_verify_client_cert,  ///< mTLS, the only one that keeps anybody out
};

enum class tls_version { tls12, tls13 };

/// A certificate's PEM text: in a file, which is read again when it has changed, or written out.
struct pem_source {
    std::string file = {};
    std::string text = {};

    bool empty() const noexcept { return file.empty() && text.empty(); }
    bool operator==(pem_source const&) const = default;
};

/// TLS of a server, field by field the tls_server_config of exporter-toolkit.
///
///     tls_options{.certificate = {.file = "tls.crt"}, .key = {.file = "tls.key"}}
struct tls_options {
    pem_source certificate;  ///< with its chain, the server's own first
    pem_source key;
    pem_source client_ca = {};
    http::client_auth client_auth = http::client_auth::no_client_cert;
    std::vector<std::string> client_allowed_sans =
        {};  ///< DNS names, IP addresses, mail addresses or URIs; empty: any
    tls_version min_version = tls_version::tls12;
    tls_version max_version = tls_version::tls13;
    std::vector<std::string> cipher_suites =
        {};  ///< of TLS 1.2, by their IANA names; empty: OpenSSL's strong ones
    std::vector<std::string> curve_preferences = {};  ///< "X25519", "CurveP256"; empty: OpenSSL's
    bool prefer_server_cipher_suites = true;

    bool operator==(tls_options const&) const = default;
};

}  // namespace iafmetrics::inline v0::http
