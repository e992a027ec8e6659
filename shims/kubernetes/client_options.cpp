// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/client_options.hpp>

#include <boost/url/parse.hpp>

#include <cstdlib>
#include <filesystem>
#include <stdexcept>

namespace iafmetrics::kubernetes {
namespace {

constexpr auto token_path = "/var/run/secrets/kubernetes.io/serviceaccount/token";
constexpr auto ca_path = "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt";

std::string environment(char const* name)
{
    char const* const value = std::getenv(name);
    if (!value || !*value)
        throw std::runtime_error(std::string("no Kubernetes API: ") + name +
                                 " is not set, so this is no pod; name the API's URL instead");
    return value;
}

}  // namespace

client_options client_options::in_cluster()
{
    client_options out;
    auto host = environment("KUBERNETES_SERVICE_HOST");
    if (host.find(':') != std::string::npos) host = "[" + host + "]";  // IPv6
    out.url = "https://" + host + ":" + environment("KUBERNETES_SERVICE_PORT");
    for (auto const* file : {token_path, ca_path})
        if (!std::filesystem::exists(file))
            throw std::runtime_error(std::string("no Kubernetes API: ") + file +
                                     " is missing; is automountServiceAccountToken off?");
    out.token_file = token_path;
    out.ca_file = ca_path;
    return out;
}

client_options client_options::from_url(std::string const& url)
{
    if (url.empty()) return in_cluster();
    client_options out;
    out.url = url;
    auto const parsed = boost::urls::parse_uri(url);
    if (!parsed || (parsed->scheme() != "http" && parsed->scheme() != "https") || parsed->host().empty() ||
        (!parsed->encoded_path().empty() && parsed->encoded_path() != "/"))
        throw std::runtime_error("not the URL of a Kubernetes API: \"" + url +
                                 "\"; http://host:port or https://host:port is");
    return out;
}

}  // namespace iafmetrics::kubernetes
