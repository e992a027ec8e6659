// SPDX-License-Identifier: Apache-2.0
// What a client may say of an application, checked.
#pragma once

#include <platform/problem.hpp>

#include <boost/json/object.hpp>

#include <string>
#include <string_view>

namespace platform {

namespace json = boost::json;

struct application_input {
    std::string name;   ///< empty when not given
    json::object spec;  ///< the fields given, as the Application has them
};

/// Reads {"name","image","port","replicas","env","metrics"}: all optional. Unknown fields and wrong types are
/// 400, values out of range 422; the problem names the field: "metrics.port", "env[2].name".
result<application_input> read_application(json::object const& body);

/// A DNS-1035 label of at most 53 characters, so that what is named after it has room for a suffix.
bool is_application_name(std::string_view name);

}  // namespace platform
