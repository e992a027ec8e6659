// SPDX-License-Identifier: Apache-2.0
// owned_metadata: the names, labels and owner that all objects of one Application have in common.
#pragma once

#include <boost/json/fwd.hpp>

#include "application.hpp"

#include <string_view>

namespace controller {

inline constexpr std::string_view field_manager = "iaf-controller";

/// Finds every object that the controller made, and nothing else.
inline constexpr std::string_view managed_by_selector = "app.kubernetes.io/managed-by=iaf-controller";

/// The labels by which a Service finds its pods and a ServiceMonitor its Service. They never change for an
/// application, since a Deployment's selector is immutable.
[[nodiscard]] boost::json::object selector_labels(application const& app);

/// selector_labels() and the `app.kubernetes.io` labels.
[[nodiscard]] boost::json::object labels(application const& app);

/// `metadata` of an object in the application's namespace, named after it, that the garbage collector
/// deletes with it.
[[nodiscard]] boost::json::object owned_metadata(application const& app);

/// This very application (its uid, not only its name) is the controlling owner of the object.
[[nodiscard]] bool is_controlled_by(boost::json::object const& object, application const& app);

}  // namespace controller
