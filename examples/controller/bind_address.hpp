// SPDX-License-Identifier: Apache-2.0
// bind_address: where a port is opened, written as Kubernetes' controllers write it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace controller {

/// An address and a port to listen on.
struct bind_address {
    std::string host;  ///< an IP address; "0.0.0.0" for all
    std::uint16_t port = 0;

    friend bool operator==(bind_address const&, bind_address const&) = default;
};

/// "127.0.0.1:9090"; ":9090" for all addresses; "[::1]:9090"; "0" for none.
/// Errors: std::invalid_argument("must be …, not …").
[[nodiscard]] std::optional<bind_address> parse_bind_address(std::string const& text);

/// The inverse: "127.0.0.1:9090", "[::1]:9090".
[[nodiscard]] std::string to_string(bind_address const& address);

/// Throws what http_service throws, "cannot listen on 127.0.0.1:9090: Address already in use", where nothing
/// can listen there. For servers that do not say why they cannot.
void check_can_listen(bind_address const& address);

}  // namespace controller
