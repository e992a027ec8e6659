// SPDX-License-Identifier: Apache-2.0
#include "application_phase.hpp"

namespace controller {

std::string_view to_string(application_phase phase)
{
    switch (phase) {
    case application_phase::pending: return "Pending";
    case application_phase::building: return "Building";
    case application_phase::deploying: return "Deploying";
    case application_phase::running: return "Running";
    case application_phase::failed: return "Failed";
    }
    return "Unknown";
}

std::optional<application_phase> parse_phase(std::string_view text)
{
    for (auto phase : application_phases)
        if (to_string(phase) == text) return phase;
    return {};
}

}  // namespace controller
