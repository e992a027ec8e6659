// SPDX-License-Identifier: Apache-2.0
#include "build_service_monitor.hpp"

#include <boost/json.hpp>

#include "owned_metadata.hpp"
#include "ports.hpp"

namespace controller {

namespace json = boost::json;

json::object build_service_monitor(application const& app)
{
    json::object metadata = owned_metadata(app);
    // The selector of a kube-prometheus-stack that keeps its default asks for this label.
    metadata["labels"].as_object()["release"] = "kube-prometheus-stack";

    json::object endpoint{{"port", named_ports(app).back().name},
                          {"path", app.metrics.path},
                          {"scheme", "http"},
                          {"interval", "30s"},
                          {"scrapeTimeout", "10s"},
                          {"honorLabels", false},
                          {"honorTimestamps", false},
                          {"followRedirects", false}};

    json::object made;
    made["apiVersion"] = "monitoring.coreos.com/v1";
    made["kind"] = "ServiceMonitor";
    made["metadata"] = std::move(metadata);
    made["spec"] = json::object{{"jobLabel", "iaf.io/application"},
                                {"targetLabels", json::array{json::value("iaf.io/application")}},
                                {"selector", json::object{{"matchLabels", selector_labels(app)}}},
                                {"endpoints", json::array{std::move(endpoint)}},
                                {"sampleLimit", 5000},
                                {"targetLimit", 100},
                                {"labelLimit", 30},
                                {"labelNameLengthLimit", 200},
                                {"labelValueLengthLimit", 1000},
                                {"bodySizeLimit", "8MB"},
                                {"keepDroppedTargets", 10}};
    return made;
}

}  // namespace controller
