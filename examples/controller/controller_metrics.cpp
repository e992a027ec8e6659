// SPDX-License-Identifier: Apache-2.0
#include "controller_metrics.hpp"

#include <boost/json.hpp>

#include "application_phase.hpp"

#include <cstdint>
#include <map>

namespace controller {

controller_metrics::controller_metrics(iafmetrics::registry& registry,
                                       iafmetrics::kubernetes::informer const& applications)
    : reconcile_duration(registry.add(iafmetrics::platform::reconcile_duration)),
      reconcile_errors(registry.add(reconcile_errors_total))
{
    registry.add([&applications](iafmetrics::collector_output& out) {
        std::map<application_phase, std::uint64_t> count;
        for (auto const& app : applications.all()) {
            auto const phase = parse_phase(iafmetrics::kubernetes::text_at(*app, {"status", "phase"}));
            ++count[phase.value_or(application_phase::pending)];
        }
        constexpr auto const& spec = iafmetrics::platform::applications_by_phase;
        out.begin_gauge(spec.name, spec.help);
        for (auto phase : application_phases)
            out.value({{spec.label_names[0], to_string(phase)}}, count[phase]);
    });
    registry.add(iafmetrics::collectors::process{});
}

}  // namespace controller
