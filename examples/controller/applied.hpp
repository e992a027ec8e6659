// SPDX-License-Identifier: Apache-2.0
// applied: whether an object in the cluster is what the controller last asked for.
#pragma once

#include <boost/json/fwd.hpp>

#include <string_view>

namespace controller {

inline constexpr std::string_view applied_annotation = "iaf.io/applied";

/// Writes a hash of the object into its annotation `iaf.io/applied`.
void stamp(boost::json::object& desired);

/// Applying the stamped object would change nothing: `live` carries its stamp, and holds every field of it.
///
/// The stamp notices what is asked for no longer (a removed environment variable); the fields notice what
/// somebody else changed. Fields that the API server or others added are none of our business.
[[nodiscard]] bool is_applied(boost::json::object const& desired, boost::json::object const& live);

}  // namespace controller
