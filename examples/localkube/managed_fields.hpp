// SPDX-License-Identifier: Apache-2.0
// managed_fields: who owns which field of an object.
#pragma once

#include <boost/json/object.hpp>

#include "refusal.hpp"

#include <string>
#include <string_view>

namespace localkube {

/// Who writes, and how.
struct manager {
    std::string name;
    std::string subresource{};  // "status", or empty
    std::string api_version{};
};

/// Writes metadata.managedFields of `after` where anybody but apply made it from `before`: what changed is
/// the writer's, what is gone is nobody's. `before` is null for a new object.
void note_update(boost::json::object const* before, boost::json::object& after, manager const& who);

/// What `applied` makes of `live` (null: nothing yet), with managedFields: the fields applied are the
/// manager's, those it applied before and nobody else owns are removed. A field that another manager owns and
/// that changes is a conflict, or with force taken over.
[[nodiscard]] outcome<boost::json::object> apply_fields(boost::json::object const* live,
                                                        boost::json::object const& applied,
                                                        manager const& who,
                                                        bool force);

}  // namespace localkube
