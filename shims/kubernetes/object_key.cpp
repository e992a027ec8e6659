// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/object_key.hpp>

#include <boost/json/object.hpp>

namespace iafmetrics::kubernetes {

std::string to_string(object_key const& key) { return key.ns.empty() ? key.name : key.ns + "/" + key.name; }

object_key key_of(boost::json::object const& object)
{
    return {std::string(text_at(object, {"metadata", "namespace"})),
            std::string(text_at(object, {"metadata", "name"}))};
}

std::string_view text_at(boost::json::object const& object, std::initializer_list<std::string_view> path)
{
    auto const* inside = &object;
    for (auto const& step : path) {
        if (!inside) return {};
        auto const* value = inside->if_contains(step);
        if (!value) return {};
        if (&step == path.end() - 1) {
            auto const* text = value->if_string();
            return text ? std::string_view(*text) : std::string_view();
        }
        inside = value->if_object();
    }
    return {};
}

}  // namespace iafmetrics::kubernetes
