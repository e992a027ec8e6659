// SPDX-License-Identifier: Apache-2.0
// The structural schemas of the kinds, with the defaults that Kubernetes fills in.
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include "kind.hpp"

#include <map>

namespace localkube {
namespace {

namespace json = boost::json;

constexpr auto open = R"({"type":"object","x-kubernetes-preserve-unknown-fields":true})";

constexpr auto application =
#include "application_schema.inc"  // from manifests/setup/application-customResourceDefinition.yaml
    ;

constexpr auto deployment = R"json({
  "type": "object", "required": ["spec"],
  "properties": {
    "spec": {"type": "object", "required": ["selector", "template"], "x-kubernetes-preserve-unknown-fields": true,
      "properties": {
      "replicas": {"type": "integer", "minimum": 0, "default": 1},
      "revisionHistoryLimit": {"type": "integer", "default": 10},
      "progressDeadlineSeconds": {"type": "integer", "default": 600},
      "strategy": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
        "default": {"type": "RollingUpdate", "rollingUpdate": {"maxUnavailable": "25%", "maxSurge": "25%"}}},
      "selector": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
      "template": {"type": "object", "required": ["spec"], "x-kubernetes-preserve-unknown-fields": true,
        "properties": {
        "metadata": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
        "spec": {"type": "object", "required": ["containers"], "x-kubernetes-preserve-unknown-fields": true,
          "properties": {
          "restartPolicy": {"type": "string", "default": "Always"},
          "terminationGracePeriodSeconds": {"type": "integer", "default": 30},
          "dnsPolicy": {"type": "string", "default": "ClusterFirst"},
          "schedulerName": {"type": "string", "default": "default-scheduler"},
          "securityContext": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "default": {}},
          "containers": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["name", "image"],
            "x-kubernetes-preserve-unknown-fields": true, "properties": {
            "name": {"type": "string", "maxLength": 63, "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
            "image": {"type": "string", "minLength": 1},
            "imagePullPolicy": {"type": "string", "enum": ["Always", "IfNotPresent", "Never"],
              "default": "IfNotPresent"},
            "resources": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "default": {}},
            "terminationMessagePath": {"type": "string", "default": "/dev/termination-log"},
            "terminationMessagePolicy": {"type": "string", "default": "File"},
            "env": {"type": "array", "items": {"type": "object", "required": ["name"],
              "x-kubernetes-preserve-unknown-fields": true, "properties": {
              "name": {"type": "string", "minLength": 1}, "value": {"type": "string"}}}},
            "ports": {"type": "array", "items": {"type": "object", "required": ["containerPort"],
              "x-kubernetes-preserve-unknown-fields": true, "properties": {
              "name": {"type": "string", "maxLength": 15, "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
              "containerPort": {"type": "integer", "minimum": 1, "maximum": 65535},
              "protocol": {"type": "string", "enum": ["TCP", "UDP", "SCTP"], "default": "TCP"}}}}}}}}}}}}},
    "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}
})json";

constexpr auto service = R"json({
  "type": "object", "required": ["spec"],
  "properties": {
    "spec": {"type": "object", "required": ["ports"], "x-kubernetes-preserve-unknown-fields": true, "properties": {
      "type": {"type": "string", "enum": ["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"],
        "default": "ClusterIP"},
      "sessionAffinity": {"type": "string", "enum": ["None", "ClientIP"], "default": "None"},
      "internalTrafficPolicy": {"type": "string", "default": "Cluster"},
      "ipFamilies": {"type": "array", "items": {"type": "string"}, "default": ["IPv4"]},
      "ipFamilyPolicy": {"type": "string", "default": "SingleStack"},
      "selector": {"type": "object", "additionalProperties": {"type": "string"}},
      "ports": {"type": "array", "minItems": 1, "items": {"type": "object", "required": ["port"],
        "x-kubernetes-preserve-unknown-fields": true, "properties": {
        "name": {"type": "string", "maxLength": 63, "pattern": "^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"},
        "port": {"type": "integer", "minimum": 1, "maximum": 65535},
        "protocol": {"type": "string", "enum": ["TCP", "UDP", "SCTP"], "default": "TCP"}}}}}},
    "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "default": {"loadBalancer": {}}}}
})json";

constexpr auto service_monitor = R"json({
  "type": "object", "required": ["spec"],
  "properties": {
    "spec": {"type": "object", "required": ["selector", "endpoints"], "x-kubernetes-preserve-unknown-fields": true,
      "properties": {
      "selector": {"type": "object", "x-kubernetes-preserve-unknown-fields": true},
      "endpoints": {"type": "array", "items": {"type": "object", "x-kubernetes-preserve-unknown-fields": true,
        "properties": {
        "port": {"type": "string"},
        "path": {"type": "string"},
        "interval": {"type": "string", "maxLength": 64,
          "pattern": "^(0|(([0-9]+)y)?(([0-9]+)w)?(([0-9]+)d)?(([0-9]+)h)?(([0-9]+)m)?(([0-9]+)s)?(([0-9]+)ms)?)$"
        }}}}}}}
})json";

constexpr auto name_space = R"json({
  "type": "object",
  "properties": {
    "spec": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "default": {"finalizers": ["kubernetes"]}},
    "status": {"type": "object", "x-kubernetes-preserve-unknown-fields": true, "default": {"phase": "Active"}}}
})json";

}  // namespace

json::object const& schema_of(kind const& what)
{
    static auto const schemas = [] {
        std::map<std::string_view, json::object> out;
        for (auto const& [name, text] : std::initializer_list<std::pair<std::string_view, std::string_view>>{
                 {"Application", application},
                 {"Deployment", deployment},
                 {"Service", service},
                 {"ServiceMonitor", service_monitor},
                 {"Namespace", name_space},
                 {"", open}})
            out.emplace(name, json::parse(text).as_object());
        return out;
    }();
    auto const at = schemas.find(what.name);
    return at == schemas.end() ? schemas.at("") : at->second;
}

}  // namespace localkube
