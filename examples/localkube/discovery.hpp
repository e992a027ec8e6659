// SPDX-License-Identifier: Apache-2.0
// discovery: which groups, versions and kinds there are, as clients ask for it.
#pragma once

#include <boost/json/object.hpp>

#include <optional>
#include <string_view>

namespace localkube {

/// The answer for /version, /api, /apis, /apis/G, /api/v1 and /apis/G/V.
[[nodiscard]] std::optional<boost::json::object> discover(std::string_view path);

}  // namespace localkube
