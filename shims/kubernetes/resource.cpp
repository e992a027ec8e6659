// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/resource.hpp>

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

namespace iafmetrics::kubernetes {

std::string api_version(resource const& what)
{
    if (what.group.empty()) return std::string(what.version);
    return std::string(what.group).append("/").append(what.version);
}

std::string
path(resource const& what, std::string_view ns, std::string_view name, std::string_view subresource)
{
    std::string out = what.group.empty() ? "/api" : "/apis";
    auto const add = [&out](std::string_view part) {
        out += '/';
        out += boost::urls::encode(part, boost::urls::unreserved_chars);
    };
    if (!what.group.empty()) add(what.group);
    add(what.version);
    if (what.namespaced && !ns.empty()) {
        add("namespaces");
        add(ns);
    }
    add(what.plural);
    if (!name.empty()) add(name);
    if (!subresource.empty()) add(subresource);
    return out;
}

}  // namespace iafmetrics::kubernetes
