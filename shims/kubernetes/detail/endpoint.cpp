// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/detail/endpoint.hpp>

#include <boost/url/parse.hpp>

#include <stdexcept>

namespace iafmetrics::kubernetes::detail {

namespace ssl = boost::asio::ssl;

endpoint::endpoint(client_options const& options) : url(client_options::from_url(options.url).url)
{
    auto const parsed = boost::urls::parse_uri(url).value();
    bool const secure = parsed.scheme() == "https";
    host = parsed.host_address();
    port = parsed.has_port() ? std::string(parsed.port()) : secure ? "443" : "80";
    host_header = std::string(parsed.encoded_host_and_port());
    while (url.ends_with('/'))
        url.pop_back();
    if (!secure) return;

    tls.emplace(ssl::context::tls_client);
    tls->set_options(ssl::context::default_workarounds | ssl::context::no_sslv2 | ssl::context::no_sslv3 |
                     ssl::context::no_tlsv1 | ssl::context::no_tlsv1_1);
    tls->set_verify_mode(ssl::verify_peer);
    boost::system::error_code ec;
    if (options.ca_file.empty())
        tls->set_default_verify_paths(ec);
    else
        tls->load_verify_file(options.ca_file, ec);
    if (ec)
        throw std::runtime_error("cannot read authorities from \"" + options.ca_file + "\": " + ec.message());
}

}  // namespace iafmetrics::kubernetes::detail
