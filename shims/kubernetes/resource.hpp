// SPDX-License-Identifier: Apache-2.0
// resource: a kind of Kubernetes object and where the API serves it.
#pragma once

#include <string>
#include <string_view>

namespace iafmetrics::kubernetes {

/// A kind of object: its API group and version, the plural its paths use, the kind its bodies name.
///
///     path(applications, "iaf-0123456789ab", "shop", "status")
///     // /apis/iaf.io/v1alpha1/namespaces/iaf-0123456789ab/applications/shop/status
///
/// Lifetime: holds views; the constants below live for ever.
struct resource {
    std::string_view group;  ///< empty for the core group
    std::string_view version;
    std::string_view plural;
    std::string_view kind;
    bool namespaced = true;

    friend bool operator==(resource const&, resource const&) = default;
};

inline constexpr resource namespaces{"", "v1", "namespaces", "Namespace", false};
inline constexpr resource services{"", "v1", "services", "Service"};
inline constexpr resource config_maps{"", "v1", "configmaps", "ConfigMap"};
inline constexpr resource secrets{"", "v1", "secrets", "Secret"};
inline constexpr resource core_events{"", "v1", "events", "Event"};
inline constexpr resource events{"events.k8s.io", "v1", "events", "Event"};
inline constexpr resource deployments{"apps", "v1", "deployments", "Deployment"};
inline constexpr resource applications{"iaf.io", "v1alpha1", "applications", "Application"};
inline constexpr resource service_monitors{"monitoring.coreos.com", "v1", "servicemonitors",
                                           "ServiceMonitor"};

/// What the object's `apiVersion` says: "v1", "iaf.io/v1alpha1".
[[nodiscard]] std::string api_version(resource const& what);

/// The path of a collection (no name; no namespace means all namespaces), of an object, or of its
/// subresource. Each part is percent-encoded, so that no name reaches another object's path.
[[nodiscard]] std::string path(resource const& what,
                               std::string_view ns,
                               std::string_view name = {},
                               std::string_view subresource = {});

}  // namespace iafmetrics::kubernetes
