// SPDX-License-Identifier: Apache-2.0
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

#include <mcpserver/tool_schemas.hpp>

#include <initializer_list>
#include <string_view>

namespace mcpserver::schemas {

namespace {

json::object described(std::string_view type, std::string_view description)
{
    return {{"type", type}, {"description", description}};
}

json::object whole_number(int least, int most, std::string_view description)
{
    json::object made = described("integer", description);
    made["minimum"] = least;
    made["maximum"] = most;
    return made;
}

json::object
object_of(json::object properties, std::initializer_list<std::string_view> required, bool closed = true)
{
    json::object made{{"type", "object"}, {"properties", std::move(properties)}};
    json::array names;
    for (auto const name : required)
        names.emplace_back(name);
    if (!names.empty()) made["required"] = std::move(names);
    if (closed) made["additionalProperties"] = false;
    return made;
}

json::object session_id() { return described("string", "id of the session, as create_session gave it"); }

json::object application_name()
{
    json::object made =
        described("string", "name of the application: at most 53 lower-case letters, digits and hyphens");
    made["pattern"] = "^[a-z]([-a-z0-9]*[a-z0-9])?$";
    made["maxLength"] = 53;
    return made;
}

json::object variables()
{
    json::object one{{"name", described("string", "name of the variable")},
                     {"value", described("string", "value of the variable")}};
    json::object made = described("array", "environment variables of the application");
    made["items"] = object_of(std::move(one), {"name"});
    return made;
}

json::object metrics()
{
    json::object properties{
        {"enabled", described("boolean", "scrape the application's metrics")},
        {"port", whole_number(1, 65535, "port of the metrics; the application's when left out")},
        {"path", described("string", "path of the metrics; /metrics when left out")}};
    return object_of(std::move(properties), {});
}

json::object shown_application()
{
    json::object properties{
        {"name", described("string", "name of the application")},
        {"session", described("string", "id of its session")},
        {"image", described("string", "container image")},
        {"port", described("integer", "port that it listens on")},
        {"replicas", described("integer", "number of replicas asked for")},
        {"phase", described("string", "Pending, Building, Deploying, Running or Failed")}};
    return object_of(std::move(properties), {"name", "session", "port", "replicas", "phase"}, false);
}

}  // namespace

json::object no_arguments() { return object_of({}, {}); }

json::object session_argument() { return object_of({{"session", session_id()}}, {"session"}); }

json::object application_arguments()
{
    return object_of({{"session", session_id()}, {"name", application_name()}}, {"session", "name"});
}

json::object deploy_arguments()
{
    json::object properties{
        {"session", session_id()},
        {"name", application_name()},
        {"image", described("string", "container image to run")},
        {"port", whole_number(1, 65535, "port that the application listens on; 8080 at first")},
        {"replicas", whole_number(0, 50, "number of replicas; 1 at first")},
        {"env", variables()},
        {"metrics", metrics()}};
    return object_of(std::move(properties), {"session", "name"});
}

json::object session()
{
    json::object properties{{"id", described("string", "id of the session")},
                            {"namespace", described("string", "Kubernetes namespace of the session")},
                            {"createdAt", described("string", "time of its creation, RFC 3339")},
                            {"phase", described("string", "Active or Terminating")}};
    return object_of(std::move(properties), {"id", "namespace", "createdAt", "phase"});
}

json::object application() { return shown_application(); }

json::object application_list()
{
    json::object all{{"type", "array"}, {"items", shown_application()}};
    return object_of({{"applications", std::move(all)}}, {"applications"});
}

json::object deleted_application()
{
    json::object properties{{"session", described("string", "id of the session")},
                            {"name", described("string", "name of the application that was deleted")}};
    return object_of(std::move(properties), {"session", "name"});
}

}  // namespace mcpserver::schemas
