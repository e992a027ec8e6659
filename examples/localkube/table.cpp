// SPDX-License-Identifier: Apache-2.0
#include "table.hpp"

#include <boost/json/array.hpp>
#include <boost/json/serialize.hpp>

#include "metadata.hpp"

#include <algorithm>
#include <ctime>
#include <map>
#include <string>

namespace localkube {

namespace json = boost::json;

namespace {

struct column {
    std::string_view name;
    std::string_view pointer;  // into the object
};

std::vector<column> const& columns_of(kind const& what)
{
    static std::map<std::string_view, std::vector<column>> const columns{
        {"Namespace", {{"Status", "/status/phase"}}},
        {"Service",
         {{"Type", "/spec/type"}, {"Cluster-IP", "/spec/clusterIP"}, {"Port", "/spec/ports/0/port"}}},
        {"Deployment",
         {{"Replicas", "/spec/replicas"},
          {"Up-to-date", "/status/updatedReplicas"},
          {"Available", "/status/availableReplicas"}}},
        {"Application",
         {{"Phase", "/status/phase"},
          {"Replicas", "/spec/replicas"},
          {"Available", "/status/availableReplicas"},
          {"Metrics", "/spec/metrics/enabled"}}},
        {"Event", {{"Type", "/type"}, {"Reason", "/reason"}}},
        {"Lease", {{"Holder", "/spec/holderIdentity"}}},
    };
    static std::vector<column> const none;
    auto const at = columns.find(what.name);
    return at == columns.end() ? none : at->second;
}

json::value cell(json::value const& object, std::string_view pointer)
{
    boost::system::error_code ec;
    auto const* found = object.find_pointer(pointer, ec);
    if (!found) return "";
    return found->is_string() ? *found : json::value(json::serialize(*found));
}

json::object definition(std::string_view name, std::string_view format = {})
{
    return {{"name", name}, {"type", "string"}, {"format", format}, {"description", ""}, {"priority", 0}};
}

}  // namespace

bool wants_table(std::string_view accept)
{
    auto const first = accept.substr(0, accept.find(','));
    return first.find("as=Table") != std::string_view::npos && first.find("v=v1;") != std::string_view::npos;
}

std::string age_of(std::string_view timestamp, std::int64_t now)
{
    std::tm utc{};
    if (!::strptime(std::string(timestamp).c_str(), "%Y-%m-%dT%H:%M:%SZ", &utc)) return "<unknown>";
    auto const seconds = std::max<std::int64_t>(0, now - ::timegm(&utc));
    auto const two = [](std::int64_t a, char const* unit, std::int64_t b, char const* smaller) {
        return std::to_string(a) + unit + (b == 0 ? "" : std::to_string(b) + smaller);
    };
    auto const minutes = seconds / 60;
    auto const hours = minutes / 60;
    auto const days = hours / 24;
    if (seconds < 120) return std::to_string(seconds) + "s";
    if (minutes < 10) return two(minutes, "m", seconds % 60, "s");
    if (minutes < 180) return std::to_string(minutes) + "m";
    if (hours < 8) return two(hours, "h", minutes % 60, "m");
    if (hours < 48) return std::to_string(hours) + "h";
    if (days < 8) return two(days, "d", hours % 24, "h");
    return std::to_string(days) + "d";
}

json::object table_of(kind const& what, std::vector<snapshot> const& objects)
{
    json::array definitions{definition("Name", "name")};
    for (auto const& each : columns_of(what))
        definitions.push_back(definition(each.name));
    definitions.push_back(definition("Age"));

    auto const now = static_cast<std::int64_t>(std::time(nullptr));
    json::array rows;
    for (auto const& object : objects) {
        json::value const whole = *object;
        json::array cells{metadata_text(*object, "name")};
        for (auto const& each : columns_of(what))
            cells.push_back(cell(whole, each.pointer));
        cells.push_back(json::value(age_of(metadata_text(*object, "creationTimestamp"), now)));
        json::object reference{{"kind", "PartialObjectMetadata"},
                               {"apiVersion", "meta.k8s.io/v1"},
                               {"metadata", object->at("metadata")}};
        rows.push_back({{"cells", std::move(cells)}, {"object", std::move(reference)}});
    }
    return {{"kind", "Table"},
            {"apiVersion", "meta.k8s.io/v1"},
            {"metadata", json::object()},
            {"columnDefinitions", std::move(definitions)},
            {"rows", std::move(rows)}};
}

}  // namespace localkube
