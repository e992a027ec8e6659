// SPDX-License-Identifier: Apache-2.0
// shared_names: the names that a registry's families have taken, as they were when a page began.
#pragma once

#include <iafmetrics/detail/intrusive_ptr.hpp>
#include <iafmetrics/detail/text_set.hpp>

#include <utility>

namespace iafmetrics::inline v0::detail {

/// Shared with visits, which hold up the lock for a pointer's copy and not for that of all names.
struct shared_names : reference_counted {
    explicit shared_names(text_set of) : names(std::move(of)) {}
    text_set names;
};

}  // namespace iafmetrics::inline v0::detail
