// SPDX-License-Identifier: Apache-2.0
// Who calls a server of this machine: programs on it, or a web page that a browser on it shows.
#pragma once

#include <string>
#include <string_view>

namespace iafmetrics::http_service {

/// Whether only programs of this machine reach what listens on this IP address. False for what is no address.
[[nodiscard]] bool is_loopback(std::string const& address);

/// "localhost", "127.0.0.1" or "[::1]", with or without a port. A page that rebinds its own name to this machine sends
/// another Host.
[[nodiscard]] bool is_local_host(std::string_view host);

/// "http://" or "https://" and a local host. A page from elsewhere sends its own Origin.
[[nodiscard]] bool is_local_origin(std::string_view origin);

}  // namespace iafmetrics::http_service
