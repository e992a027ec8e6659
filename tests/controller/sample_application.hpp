// SPDX-License-Identifier: Apache-2.0
// sample_application: the Application that the controller's tests start from.
#pragma once

#include <boost/json.hpp>

#include <controller/application.hpp>

#include <string_view>

inline boost::json::object parsed(std::string_view text) { return boost::json::parse(text).as_object(); }

inline boost::json::object sample_object()
{
    return parsed(R"({
        "apiVersion": "iaf.io/v1alpha1", "kind": "Application",
        "metadata": {"name": "shop", "namespace": "iaf-0123456789ab", "generation": 3, "resourceVersion": "17",
                     "uid": "6c1d1a0e-5a3b-4e57-9d1c-0d5f6b1f0a11"},
        "spec": {"image": "registry.local/shop:1", "port": 3000, "replicas": 2,
                 "env": [{"name": "MODE", "value": "fast"}, {"name": "GREETING", "value": "a \"b\""}],
                 "metrics": {"enabled": true, "port": 9100, "path": "/metrics"}}})");
}

inline controller::application sample_application() { return controller::read_application(sample_object()); }

/// sample_application() with another spec.
inline controller::application application_with_spec(std::string_view spec)
{
    auto object = sample_object();
    object["spec"] = boost::json::parse(boost::json::string_view(spec.data(), spec.size()));
    return controller::read_application(object);
}
