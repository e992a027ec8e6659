// SPDX-License-Identifier: Apache-2.0
// application_phase: where an Application is on its way to running.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace controller {

enum class application_phase {
    pending,    ///< there is nothing to run: neither an image nor a source
    building,   ///< a source is there, its image is not
    deploying,  ///< the image is known, not all replicas of it are available
    running,    ///< all replicas are available
    failed,     ///< the cluster refuses it, or gave up on it; the Ready condition says why
};

inline constexpr std::array application_phases{application_phase::pending, application_phase::building,
                                               application_phase::deploying, application_phase::running,
                                               application_phase::failed};

/// "Pending", "Building", "Deploying", "Running", "Failed".
[[nodiscard]] std::string_view to_string(application_phase phase);

/// The phase of that name; nothing for any other text.
[[nodiscard]] std::optional<application_phase> parse_phase(std::string_view text);

}  // namespace controller
