// SPDX-License-Identifier: Apache-2.0
// gateway_url: where a Pushgateway is.
#pragma once

#include <charconv>
#include <cstddef>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <string_view>
#include <system_error>

namespace iafmetrics::inline v0::beast::detail {

/// Of `http://[::1]:9091/team/`: the host `::1`, the authority `[::1]:9091`, the port `9091` and the prefix `/team`.
struct gateway_url {
    std::string host;
    std::string authority;  // as Host has it
    std::string port;
    std::string prefix;  // of the path; empty, or begins with a slash and ends without
};

/// Errors: std::invalid_argument `cannot push to "ftp://a": the URL must begin with http://`.
[[nodiscard]] inline gateway_url
parse_gateway_url(std::string_view url, std::string_view scheme, std::string_view default_port)
{
    auto const refuse = [&](std::string const& why) {
        throw std::invalid_argument("cannot push to \"" + std::string(url) + "\": " + why);
    };
    std::string const start = std::string(scheme) + "://";
    if (scheme == "http" && url.starts_with("https://"))
        refuse("TLS needs tls_push_gateway, of iafmetrics/beast/push_tls.hpp");
    if (!url.starts_with(start)) refuse("the URL must begin with " + start);
    for (char const c : url)
        if (static_cast<unsigned char>(c) <= ' ' || static_cast<unsigned char>(c) >= 0x7F)
            refuse("a URL has neither blanks nor control characters, and what is not ASCII stands as %XX");

    std::string_view const rest = url.substr(start.size());
    std::size_t const end = rest.find_first_of("/?#");
    std::string_view const authority = rest.substr(0, end);
    std::string_view prefix = end == std::string_view::npos ? std::string_view{} : rest.substr(end);
    if (prefix.find_first_of("?#") != std::string_view::npos)
        refuse("a gateway's URL has no query and no fragment");
    // Who is told of the error may not be who may know the password.
    if (authority.find('@') != std::string_view::npos)
        throw std::invalid_argument(
            "cannot push to a URL with credentials in it: they belong into push_options");
    while (prefix.ends_with('/'))
        prefix.remove_suffix(1);

    bool const is_ipv6 = authority.starts_with('[');
    std::size_t const bracket = authority.find(']');
    if (is_ipv6 && bracket == std::string_view::npos) refuse("the address has no ]");
    std::size_t const host_end = is_ipv6 ? bracket + 1 : authority.find(':');
    std::string_view const host = is_ipv6 ? authority.substr(1, bracket - 1) : authority.substr(0, host_end);
    std::string_view port = host_end >= authority.size() ? std::string_view{} : authority.substr(host_end);
    if (host.empty()) refuse("the host is missing");
    std::uint16_t number = 0;
    if (!port.empty()) {
        bool const has_colon = port.starts_with(':');
        port.remove_prefix(1);
        auto const [read, error] = std::from_chars(port.data(), port.data() + port.size(), number);
        if (!has_colon || error != std::errc{} || read != port.data() + port.size() || number == 0)
            refuse("the port must be a number from 1 to 65535");
    }
    return {std::string(host), std::string(authority), std::string(port.empty() ? default_port : port),
            std::string(prefix)};
}

}  // namespace iafmetrics::inline v0::beast::detail
