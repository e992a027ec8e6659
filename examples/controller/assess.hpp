// SPDX-License-Identifier: Apache-2.0
// assess: the phase of an Application, from what it asks for and what the cluster made of it.
#pragma once

#include <boost/json/fwd.hpp>

#include "application.hpp"
#include "application_phase.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace controller {

/// A phase with the word and the sentence that the Ready condition gives for it.
struct assessment {
    application_phase phase = application_phase::pending;
    std::string reason{};
    std::string message{};
};

/// The image to run, or nothing while there is none.
///
/// A source takes precedence over an image. Its image is `<prefix>@<digest>`, and is recorded as
/// `status.image` one pass after the source was seen, so that the application is seen to be Building in
/// between. Nothing is built here: the controller takes it that an image of that digest exists under the
/// prefix. A builder takes the place of this function's second half: it pushes that image, and the
/// application stays Building until it has.
[[nodiscard]] std::optional<std::string> resolve_image(application const& app,
                                                       std::string_view source_image_prefix);

/// The phase that the cluster's own view adds up to.
///
/// `image`:      what resolve_image() said.
/// `deployment`: the Deployment as the API server has it; null while there is none.
/// Running means that the newest Deployment is observed, rolled out to all replicas, and available.
/// Failed means a defect of the spec, or that the Deployment made no progress within its deadline.
[[nodiscard]] assessment assess(application const& app,
                                std::optional<std::string> const& image,
                                boost::json::object const* deployment);

/// Replicas that the Deployment reports as available; 0 without one.
[[nodiscard]] std::int64_t available_replicas(boost::json::object const* deployment);

}  // namespace controller
