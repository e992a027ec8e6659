// SPDX-License-Identifier: Apache-2.0
// schema: structural schemas as CustomResourceDefinitions have them, over JSON values.
#pragma once

#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "refusal.hpp"

#include <string>
#include <vector>

namespace localkube {

/// Removes the fields that the schema does not know; returns their paths, "spec.prot".
[[nodiscard]] std::vector<std::string> prune(boost::json::object const& schema, boost::json::object& value);

/// Fills in what is absent and has a default, also inside of what was filled in.
void fill_defaults(boost::json::object const& schema, boost::json::value& value);

/// What is wrong with the value, field by field. Knows type, required, minimum, maximum, minLength,
/// maxLength, pattern (only beside a maxLength), enum, minItems, maxItems, properties, additionalProperties,
/// items.
void check(boost::json::object const& schema,
           boost::json::value const& value,
           std::string const& path,
           std::vector<cause>& causes);

}  // namespace localkube
