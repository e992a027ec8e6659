// SPDX-License-Identifier: Apache-2.0
// tls_server: an HTTPS peer on the loopback with a certificate of its own making.
#pragma once

#include <memory>
#include <string>

/// Answers every request with 200 and "{}". Its certificate is for one name or address and vouches for
/// itself.
class tls_server {
public:
    /// `subject` as a certificate names it: "IP:127.0.0.1" or "DNS:localhost".
    explicit tls_server(std::string const& subject);
    ~tls_server();

    [[nodiscard]] unsigned short port() const;
    /// A file with the certificate, which is gone when the server is.
    [[nodiscard]] std::string certificate_file() const;

private:
    struct state;
    std::unique_ptr<state> state_;
};
