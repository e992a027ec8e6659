// SPDX-License-Identifier: Apache-2.0
#include "owned_metadata.hpp"

#include <boost/json.hpp>

namespace controller {

namespace json = boost::json;

json::object selector_labels(application const& app)
{
    json::object made;
    made["iaf.io/application"] = app.name;
    return made;
}

json::object labels(application const& app)
{
    json::object made = selector_labels(app);
    made["app.kubernetes.io/name"] = app.name;
    made["app.kubernetes.io/managed-by"] = field_manager;
    made["app.kubernetes.io/part-of"] = "iaf";
    return made;
}

json::object owned_metadata(application const& app)
{
    json::object owner;
    owner["apiVersion"] = "iaf.io/v1alpha1";
    owner["kind"] = "Application";
    owner["name"] = app.name;
    owner["uid"] = app.uid;
    owner["controller"] = true;
    owner["blockOwnerDeletion"] = true;

    json::object made;
    made["name"] = app.name;
    made["namespace"] = app.ns;
    made["labels"] = labels(app);
    made["ownerReferences"] = json::array{std::move(owner)};
    return made;
}

bool is_controlled_by(json::object const& object, application const& app)
{
    auto const* owners = object.if_contains("metadata");
    owners = owners && owners->is_object() ? owners->get_object().if_contains("ownerReferences") : nullptr;
    if (!owners || !owners->is_array()) return false;
    for (auto const& owner : owners->get_array()) {
        auto const* o = owner.if_object();
        if (!o) continue;
        auto const* uid = o->if_contains("uid");
        auto const* controls = o->if_contains("controller");
        if (uid && uid->is_string() && uid->get_string() == app.uid && controls && controls->is_bool() &&
            controls->get_bool())
            return true;
    }
    return false;
}

}  // namespace controller
