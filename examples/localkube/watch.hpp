// SPDX-License-Identifier: Apache-2.0
// watch: changes as a stream.
#pragma once

#include <http_service/response.hpp>

#include "answers.hpp"
#include "api.hpp"
#include "target.hpp"

namespace localkube {

/// Answers ?watch=true: changes later than resourceVersion as lines of JSON, until timeoutSeconds have
/// passed. Without a version, first each object as ADDED.
[[nodiscard]] iafmetrics::http_service::answer
answer_watch(store& objects, api_options const& options, target const& about, request const& r);

}  // namespace localkube
