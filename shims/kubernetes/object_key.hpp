// SPDX-License-Identifier: Apache-2.0
// object_key: the namespace and name of an object, which is what caches and queues are keyed by.
#pragma once

#include <boost/json/fwd.hpp>

#include <compare>
#include <initializer_list>
#include <string>
#include <string_view>

namespace iafmetrics::kubernetes {

/// Namespace and name. The namespace is empty for objects of the cluster.
struct object_key {
    std::string ns;
    std::string name;

    friend auto operator<=>(object_key const&, object_key const&) = default;
};

/// "namespace/name", or the name alone for objects of the cluster.
[[nodiscard]] std::string to_string(object_key const& key);

/// The key of an object as the API sends it. Parts that are absent are empty.
[[nodiscard]] object_key key_of(boost::json::object const& object);

/// A string inside an object by its path; empty where it is absent or no string.
///
///     text_at(object, {"metadata", "resourceVersion"})
[[nodiscard]] std::string_view text_at(boost::json::object const& object,
                                       std::initializer_list<std::string_view> path);

}  // namespace iafmetrics::kubernetes
