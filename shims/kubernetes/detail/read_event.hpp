// SPDX-License-Identifier: Apache-2.0
// read_event: one line of a watch.
#pragma once

#include <kubernetes/status.hpp>
#include <kubernetes/watch_event.hpp>

#include <string_view>

namespace iafmetrics::kubernetes::detail {

/// The event of one line; the status of an ERROR event, such as 410 Expired; code 0 for what is no event.
[[nodiscard]] result<watch_event> read_event(std::string_view line);

}  // namespace iafmetrics::kubernetes::detail
