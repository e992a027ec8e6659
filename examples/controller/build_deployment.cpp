// SPDX-License-Identifier: Apache-2.0
#include "build_deployment.hpp"

#include <boost/json.hpp>

#include "owned_metadata.hpp"
#include "ports.hpp"

namespace controller {

namespace json = boost::json;

namespace {

json::object container(application const& app, std::string_view image)
{
    json::array ports;
    for (auto const& port : named_ports(app))
        ports.push_back(
            json::object{{"name", port.name}, {"containerPort", port.number}, {"protocol", "TCP"}});

    json::object made;
    made["name"] = "application";
    made["image"] = image;
    made["ports"] = std::move(ports);
    if (!app.env.empty()) {
        auto& env = made["env"].emplace_array();
        for (auto const& variable : app.env)
            env.push_back(json::object{{"name", variable.name}, {"value", variable.value}});
    }
    made["readinessProbe"] = json::object{{"tcpSocket", json::object{{"port", port_name_http}}}};
    made["resources"] = json::object{{"requests", json::object{{"cpu", "50m"}, {"memory", "64Mi"}}},
                                     {"limits", json::object{{"memory", "512Mi"}}}};
    made["securityContext"] =
        json::object{{"allowPrivilegeEscalation", false},
                     {"readOnlyRootFilesystem", true},
                     {"capabilities", json::object{{"drop", json::array{json::value("ALL")}}}}};
    made["volumeMounts"] = json::array{json::object{{"name", "tmp"}, {"mountPath", "/tmp"}}};
    return made;
}

json::object pod(application const& app, std::string_view image)
{
    json::object made;
    made["automountServiceAccountToken"] = false;
    made["enableServiceLinks"] = false;
    made["securityContext"] = json::object{{"runAsNonRoot", true},
                                           {"runAsUser", 65532},
                                           {"runAsGroup", 65532},
                                           {"fsGroup", 65532},
                                           {"seccompProfile", json::object{{"type", "RuntimeDefault"}}}};
    made["containers"] = json::array{container(app, image)};
    made["volumes"] = json::array{json::object{
        {"name", "tmp"}, {"emptyDir", json::object{{"medium", "Memory"}, {"sizeLimit", "64Mi"}}}}};
    return made;
}

}  // namespace

json::object build_deployment(application const& app, std::string_view image)
{
    json::object made;
    made["apiVersion"] = "apps/v1";
    made["kind"] = "Deployment";
    made["metadata"] = owned_metadata(app);
    made["spec"] = json::object{{"replicas", app.replicas},
                                {"revisionHistoryLimit", 3},
                                {"selector", json::object{{"matchLabels", selector_labels(app)}}},
                                {"template", json::object{{"metadata", json::object{{"labels", labels(app)}}},
                                                          {"spec", pod(app, image)}}}};
    return made;
}

}  // namespace controller
