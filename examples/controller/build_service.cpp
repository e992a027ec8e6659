// SPDX-License-Identifier: Apache-2.0
#include "build_service.hpp"

#include <boost/json.hpp>

#include "owned_metadata.hpp"
#include "ports.hpp"

namespace controller {

namespace json = boost::json;

json::object build_service(application const& app)
{
    json::array ports;
    for (auto const& port : named_ports(app))
        ports.push_back(json::object{{"name", port.name},
                                     {"port", port.number},
                                     {"targetPort", port.name},
                                     {"protocol", "TCP"},
                                     {"appProtocol", "http"}});

    json::object made;
    made["apiVersion"] = "v1";
    made["kind"] = "Service";
    made["metadata"] = owned_metadata(app);
    made["spec"] =
        json::object{{"type", "ClusterIP"}, {"selector", selector_labels(app)}, {"ports", std::move(ports)}};
    return made;
}

}  // namespace controller
