// SPDX-License-Identifier: Apache-2.0
// kind: the kinds of objects that this API serves.
#pragma once

#include <boost/json/fwd.hpp>

#include <span>
#include <string>
#include <string_view>

namespace localkube {

/// `application` is the rule of the Application's definition: it names a Service and is a label's value.
enum class name_rule { dns_subdomain, dns_label, dns_1035_label, application };

/// One kind. There is one object for each, compared by address.
struct kind {
    std::string_view group{};
    std::string_view version{};
    std::string_view plural{};
    std::string_view singular{};
    std::string_view name{};
    std::string_view short_name{};
    bool namespaced = true;
    bool status = false;      ///< has the status subresource
    bool generation = false;  ///< counts changes of what is neither metadata nor status
    bool custom = false;  ///< defined by a CustomResourceDefinition: an update must name its resourceVersion
    name_rule names = name_rule::dns_subdomain;
};

[[nodiscard]] std::span<kind const> all_kinds();
[[nodiscard]] kind const*
find_kind(std::string_view group, std::string_view version, std::string_view plural);

extern kind const& namespace_kind;
extern kind const& deployment_kind;
extern kind const& service_kind;

/// "v1", "apps/v1".
[[nodiscard]] std::string api_version(kind const& what);
/// "services", "deployments.apps": how messages name a resource.
[[nodiscard]] std::string group_resource(kind const& what);
/// The structural schema of what such an object holds beside apiVersion, kind and metadata.
[[nodiscard]] boost::json::object const& schema_of(kind const& what);

}  // namespace localkube
