// SPDX-License-Identifier: Apache-2.0
#include <http_service/local_caller.hpp>

#include <boost/asio/ip/address.hpp>

namespace iafmetrics::http_service {

bool is_loopback(std::string const& address)
{
    boost::system::error_code error;
    auto const parsed = boost::asio::ip::make_address(address, error);
    return !error && parsed.is_loopback();
}

bool is_local_host(std::string_view host)
{
    auto const end = host.starts_with('[') ? host.find(']') : host.find(':');
    auto const name =
        end == std::string_view::npos ? host : host.substr(0, end + (host.starts_with('[') ? 1 : 0));
    auto const port = host.substr(name.size());
    bool const port_is_fine =
        port.empty() || (port.size() > 1 && port.front() == ':' &&
                         port.find_first_not_of("0123456789", 1) == std::string_view::npos);
    return port_is_fine && (name == "localhost" || name == "127.0.0.1" || name == "[::1]");
}

bool is_local_origin(std::string_view origin)
{
    for (std::string_view const scheme : {"http://", "https://"})
        if (origin.starts_with(scheme)) return is_local_host(origin.substr(scheme.size()));
    return false;
}

}  // namespace iafmetrics::http_service
