// SPDX-License-Identifier: Apache-2.0
// visitable: what a page is made of: a registry, or a part of one.
#pragma once

#include <iafmetrics/detail/escaped_name.hpp>
#include <iafmetrics/visitor.hpp>

namespace iafmetrics::inline v0::exposition {

/// Shows its families to a visitor, names as the scheme has them: a registry; a selection of one.
template <class Type>
concept visitable =
    requires(Type const& metrics, visitor& out) { metrics.visit(out, escaping_scheme::underscores); };

}  // namespace iafmetrics::inline v0::exposition
