// SPDX-License-Identifier: Apache-2.0
// Certificates of a test's own making.
#pragma once

#include <boost/asio/ssl/context.hpp>

#include <chrono>
#include <string>

namespace test {

struct identity {
    std::string chain;  // PEM
    std::string key;
};

struct certificate_options {
    std::string names = {};            // as OpenSSL writes them: "IP:127.0.0.1,DNS:localhost"; empty: none
    identity const* issuer = nullptr;  // null: signed by its own key
    bool is_authority = false;
    std::chrono::seconds valid_from = std::chrono::seconds{-60};
    std::chrono::seconds valid_until = std::chrono::hours{1};
};

identity make_certificate(certificate_options const& options);

// A client that trusts what `authority` signed for 127.0.0.1, and shows `shown` where it is asked to.
boost::asio::ssl::context
client_context(identity const& authority, identity const* shown = nullptr, int least = 0, int most = 0);

// The whole file is there or the one before it.
void replace_file(std::string const& path, std::string const& text);

}  // namespace test
