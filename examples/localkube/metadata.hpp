// SPDX-License-Identifier: Apache-2.0
// metadata: reading an object's metadata.
#pragma once

#include <boost/json/object.hpp>

#include "store.hpp"

#include <string>
#include <string_view>

namespace localkube {

/// A text in the metadata; empty where it is absent or no text.
[[nodiscard]] std::string metadata_text(boost::json::object const& object, std::string_view name);

/// How many finalizers hold the object.
[[nodiscard]] std::size_t finalizers(boost::json::object const& object);

[[nodiscard]] key key_of(boost::json::object const& object);

}  // namespace localkube
