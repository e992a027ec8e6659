// SPDX-License-Identifier: Apache-2.0
// field_set: a set of fields of an object, as managedFields writes it.
#pragma once

#include <boost/json/object.hpp>

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace localkube {

/// A tree of fields. Its steps are those of FieldsV1: `f:replicas` is a member, `k:{"name":"http"}` the item
/// of a list that has this key, `v:"x"` an item of a set. A node is in the set itself, or only its inside is.
struct field_set {
    bool member = false;
    std::map<std::string, field_set, std::less<>> inside;

    [[nodiscard]] static field_set read(boost::json::object const& fields_v1);
    [[nodiscard]] boost::json::object write() const;

    [[nodiscard]] bool empty() const { return !member && inside.empty(); }
    [[nodiscard]] field_set const* find(std::string_view step) const;

    void add(field_set const& other);
    void subtract(field_set const& other);
    void keep_only(field_set const& other);

    /// Calls `visit` with each field of the set, as ".spec.ports[port=80].name".
    void for_each(std::function<void(std::string const&)> const& visit, std::string const& path = {}) const;

private:
    void drop_empty();
};

}  // namespace localkube
