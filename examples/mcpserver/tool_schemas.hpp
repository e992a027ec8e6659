// SPDX-License-Identifier: Apache-2.0
// The JSON Schemas of what the tools take and give.
#pragma once

#include <boost/json/object.hpp>

namespace mcpserver::schemas {

namespace json = boost::json;

json::object no_arguments();
json::object session_argument();
json::object application_arguments();  ///< session and name
json::object deploy_arguments();

json::object session();
json::object application();
json::object application_list();
json::object deleted_application();

}  // namespace mcpserver::schemas
