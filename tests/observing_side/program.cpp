// SPDX-License-Identifier: Apache-2.0
// Registers, lets the other unit observe, and compares the page.
#include "observe.hpp"

#include <cstdio>
#include <string>

int main()
{
    iafmetrics::registry registry;
    handles const all{registry.add(jobs_total), registry.add(queued_total), registry.add(temperature),
                      registry.add(running),    registry.add(wait),         registry.add(worker)};
    observe(all);
    std::string samples;
    iafmetrics::exposition::write_text(registry, [&](std::string_view part) {
        for (std::size_t at = 0, end = 0; at < part.size(); at = end + 1) {
            end = part.find('\n', at);
            if (part[at] != '#') samples += part.substr(at, end - at + 1);
        }
    });
    std::string const expected = "jobs_total 1.5\n"
                                 "queued_total{queue=\"mail\"} 3\n"
                                 "queued_total{queue=\"\xEF\xBF\xBD\"} 1\n"
                                 "queued_total{queue=\"_other\"} 1\n"
                                 "temperature_celsius 21.5\n"
                                 "running_jobs 0\n"
                                 "wait_seconds_bucket{queue=\"mail\",le=\"1\"} 0\n"
                                 "wait_seconds_bucket{queue=\"mail\",le=\"2\"} 1\n"
                                 "wait_seconds_bucket{queue=\"mail\",le=\"+Inf\"} 1\n"
                                 "wait_seconds_sum{queue=\"mail\"} 1.5\n"
                                 "wait_seconds_count{queue=\"mail\"} 1\n"
                                 "worker_phase{worker_phase=\"idle\"} 0\n"
                                 "worker_phase{worker_phase=\"busy\"} 1\n"
                                 "iafmetrics_series_dropped_total{metric=\"queued_total\"} 1\n"
                                 "iafmetrics_refused_amounts_total{metric=\"jobs_total\"} 1\n"
                                 "iafmetrics_refused_amounts_total{metric=\"wait_seconds\"} 1\n";
    if (samples == expected) return 0;
    std::printf("expected:\n%s\nbut the page has:\n%s", expected.c_str(), samples.c_str());
    return 1;
}
