// SPDX-License-Identifier: Apache-2.0
#include "metadata.hpp"

#include <boost/json/array.hpp>

namespace localkube {

namespace json = boost::json;

namespace {

json::value const* in_metadata(json::object const& object, std::string_view name)
{
    auto const* metadata = object.if_contains("metadata");
    return metadata && metadata->is_object() ? metadata->get_object().if_contains(name) : nullptr;
}

}  // namespace

std::string metadata_text(json::object const& object, std::string_view name)
{
    auto const* value = in_metadata(object, name);
    return value && value->is_string() ? std::string(value->get_string()) : std::string();
}

std::size_t finalizers(json::object const& object)
{
    auto const* list = in_metadata(object, "finalizers");
    return list && list->is_array() ? list->get_array().size() : 0;
}

key key_of(json::object const& object)
{
    return {metadata_text(object, "namespace"), metadata_text(object, "name")};
}

}  // namespace localkube
