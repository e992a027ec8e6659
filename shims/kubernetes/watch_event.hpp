// SPDX-License-Identifier: Apache-2.0
// watch_event: one change that a watch reports.
#pragma once

#include <boost/json/object.hpp>

namespace iafmetrics::kubernetes {

/// What happened to the object. A bookmark carries nothing but a newer resourceVersion.
enum class event_type { added, modified, deleted, bookmark };

/// One line of a watch. The object of a deletion is its last state.
struct watch_event {
    event_type type = event_type::bookmark;
    boost::json::object object;
};

}  // namespace iafmetrics::kubernetes
