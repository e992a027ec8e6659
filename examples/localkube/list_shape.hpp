// SPDX-License-Identifier: Apache-2.0
// list_shape: which fields merge item by item, and which are one value.
#pragma once

#include <boost/json/value.hpp>

#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace localkube {

/// How a field is owned and merged.
struct field_shape {
    enum class by { value, member, key, item } merges = by::value;
    std::vector<std::pair<std::string_view, std::string_view>> keys{};  // of lists by key: name, default
};

/// The shape of the value at a path of member names, "spec.template.spec.containers". Objects merge by member
/// and lists are one value, but for those that Kubernetes declares otherwise.
[[nodiscard]] field_shape shape_at(std::string const& path, boost::json::value const& value);

/// The step of FieldsV1 that names this item of a list that merges by key or by item. Empty where the item
/// lacks its key: such a list is one value.
[[nodiscard]] std::string step_of(field_shape const& shape, boost::json::value const& item);

/// The path of a member.
[[nodiscard]] std::string member_path(std::string const& path, std::string_view name);

}  // namespace localkube
