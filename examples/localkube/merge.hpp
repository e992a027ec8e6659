// SPDX-License-Identifier: Apache-2.0
// merge: what patches do to objects, and which fields differ.
#pragma once

#include <boost/json/value.hpp>

#include "field_set.hpp"

#include <string>

namespace localkube {

/// RFC 7396: null removes, objects merge, all else replaces.
void merge_patch(boost::json::value& into, boost::json::value const& patch);

/// Server-side apply's merge: members and keyed items merge, all else replaces, nothing is removed.
void merge_applied(boost::json::value& into, boost::json::value const& applied, std::string const& path = {});

/// Removes the fields of a set, and what is left empty by that.
void remove_fields(boost::json::value& from, field_set const& fields, std::string const& path = {});

/// All fields of a value.
[[nodiscard]] field_set fields_of(boost::json::value const& value, std::string const& path = {});

/// The fields of `after` that `before` has not, or has with another value.
[[nodiscard]] field_set changed_fields(boost::json::value const& before,
                                       boost::json::value const& after,
                                       std::string const& path = {});

}  // namespace localkube
