// SPDX-License-Identifier: Apache-2.0
#include "kind.hpp"

#include <algorithm>
#include <array>

namespace localkube {
namespace {

constexpr std::array kinds{
    kind{.version = "v1",
         .plural = "namespaces",
         .singular = "namespace",
         .name = "Namespace",
         .short_name = "ns",
         .namespaced = false,
         .status = true,
         .names = name_rule::dns_label},
    kind{.version = "v1",
         .plural = "services",
         .singular = "service",
         .name = "Service",
         .short_name = "svc",
         .status = true,
         .names = name_rule::dns_1035_label},
    kind{.group = "apps",
         .version = "v1",
         .plural = "deployments",
         .singular = "deployment",
         .name = "Deployment",
         .short_name = "deploy",
         .status = true,
         .generation = true},
    kind{.group = "iaf.io",
         .version = "v1alpha1",
         .plural = "applications",
         .singular = "application",
         .name = "Application",
         .short_name = "app",
         .status = true,
         .generation = true,
         .custom = true,
         .names = name_rule::application},
    kind{.group = "monitoring.coreos.com",
         .version = "v1",
         .plural = "servicemonitors",
         .singular = "servicemonitor",
         .name = "ServiceMonitor",
         .short_name = "smon",
         .generation = true,
         .custom = true},
    kind{.version = "v1", .plural = "events", .singular = "event", .name = "Event", .short_name = "ev"},
    kind{.group = "events.k8s.io",
         .version = "v1",
         .plural = "events",
         .singular = "event",
         .name = "Event",
         .short_name = "ev"},
    kind{.version = "v1",
         .plural = "configmaps",
         .singular = "configmap",
         .name = "ConfigMap",
         .short_name = "cm"},
    kind{.version = "v1", .plural = "secrets", .singular = "secret", .name = "Secret", .short_name = {}},
    kind{.group = "coordination.k8s.io",
         .version = "v1",
         .plural = "leases",
         .singular = "lease",
         .name = "Lease",
         .short_name = {}},
};

}  // namespace

kind const& namespace_kind = kinds[0];
kind const& service_kind = kinds[1];
kind const& deployment_kind = kinds[2];

std::span<kind const> all_kinds() { return kinds; }

kind const* find_kind(std::string_view group, std::string_view version, std::string_view plural)
{
    auto const at = std::find_if(kinds.begin(), kinds.end(), [&](kind const& each) {
        return each.group == group && each.version == version && each.plural == plural;
    });
    return at == kinds.end() ? nullptr : &*at;
}

std::string api_version(kind const& what)
{
    return what.group.empty() ? std::string(what.version)
                              : std::string(what.group).append("/").append(what.version);
}

std::string group_resource(kind const& what)
{
    return what.group.empty() ? std::string(what.plural)
                              : std::string(what.plural).append(".").append(what.group);
}

}  // namespace localkube
