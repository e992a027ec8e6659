// SPDX-License-Identifier: Apache-2.0
// JSON responses.
#include <http_service/response.hpp>

#include <boost/json.hpp>

namespace iafmetrics::http_service {

namespace json = boost::json;

response json_response(http::status status, json::value const& value)
{
    response made{status, 11};
    made.set(http::field::content_type, "application/json");
    made.body() = json::serialize(value);
    return made;
}

response error_response(http::status status, std::string_view reason, std::string_view field)
{
    json::object error{{"status", static_cast<unsigned>(status)}};
    if (!field.empty()) error["field"] = field;
    error["reason"] = reason;
    return json_response(status, json::object{{"error", std::move(error)}});
}

}  // namespace iafmetrics::http_service
