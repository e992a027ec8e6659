// SPDX-License-Identifier: Apache-2.0
// endpoint: the server's URL taken apart, with what TLS needs.
#pragma once

#include <kubernetes/client_options.hpp>

#include <boost/asio/ssl/context.hpp>

#include <optional>
#include <string>

namespace iafmetrics::kubernetes::detail {

/// Where to connect, as what, trusting whom.
/// Errors: the constructor throws std::runtime_error that names the URL or the file that is wrong.
struct endpoint {
    explicit endpoint(client_options const& options);

    std::string url;   // for messages
    std::string host;  // a name or an address without brackets
    std::string port;
    std::string host_header;
    std::optional<boost::asio::ssl::context> tls;  // for https
};

}  // namespace iafmetrics::kubernetes::detail
