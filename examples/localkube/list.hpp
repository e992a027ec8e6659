// SPDX-License-Identifier: Apache-2.0
// list: objects as a list, in pages.
#pragma once

#include "answers.hpp"
#include "target.hpp"

namespace localkube {

/// Answers a GET of a collection: labelSelector, fieldSelector, limit and continue. All pages carry the
/// version of the first, so that a watch from there misses nothing that changed between the pages.
[[nodiscard]] response answer_list(store const& objects, target const& about, request const& r);

}  // namespace localkube
