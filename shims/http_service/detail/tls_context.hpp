// SPDX-License-Identifier: Apache-2.0
// TLS as OpenSSL knows it, made of options once and shared by connections.
#pragma once

#include <iafmetrics/http/tls_options.hpp>

#include <http_service/refusals.hpp>

#include <boost/asio/ssl/context.hpp>
#include <boost/system/error_code.hpp>

#include <chrono>
#include <optional>

namespace iafmetrics::http_service::detail {

namespace net = boost::asio;
using iafmetrics::http::tls_options;

// Threads:  connections of several threads are made from one at a time or at once; it never changes.
// Lifetime: outlives the handshakes of its connections.
// Errors:   std::runtime_error that names the option and the reason.
class tls_context {
public:
    explicit tls_context(tls_options options);
    tls_context(tls_context const&) = delete;
    tls_context& operator=(tls_context const&) = delete;

    net::ssl::context& context() const { return context_; }
    std::chrono::sys_seconds not_after() const { return not_after_; }  // of the server's own certificate

private:
    static int verify(X509_STORE_CTX* chain, void* self);

    void use_certificate();
    void use_client_ca();
    void use_versions_and_ciphers();

    tls_options options_;
    net::ssl::context mutable context_{net::ssl::context::tls_server};
    std::chrono::sys_seconds not_after_;
};

// Why a handshake that failed is counted; nothing where the peer or the server went away by itself.
std::optional<refused> why_refused(boost::system::error_code error, SSL* connection);

// The peer speaks plain HTTP.
bool is_plain_http(boost::system::error_code error);

}  // namespace iafmetrics::http_service::detail
