// SPDX-License-Identifier: Apache-2.0
// observe: what a unit without exceptions and RTTI does with handles that another unit registered.
#pragma once

#include <iafmetrics/iafmetrics.hpp>

enum class phase { idle, busy };
constexpr std::string_view to_label_value(phase p) { return p == phase::idle ? "idle" : "busy"; }

inline constexpr iafmetrics::counter_spec jobs_total{"jobs_total", "Jobs."};
inline constexpr iafmetrics::counter_spec<"queue"> queued_total{"queued_total", "Jobs, by queue.",
                                                                iafmetrics::series_limit{2}};
inline constexpr iafmetrics::gauge_spec temperature{"temperature_celsius", "Temperature."};
inline constexpr iafmetrics::up_down_counter_spec running{"running_jobs", "Jobs under way."};
inline constexpr iafmetrics::histogram_spec<"queue"> wait{"wait_seconds", "Waiting.",
                                                          iafmetrics::buckets{1, 2}};
inline constexpr iafmetrics::state_set_spec worker{"worker_phase", "Phase.",
                                                   iafmetrics::states{phase::idle, phase::busy}};

struct handles {
    iafmetrics::counter& jobs;
    iafmetrics::family_of<queued_total>& queued;
    iafmetrics::gauge& heat;
    iafmetrics::up_down_counter& under_way;
    iafmetrics::family_of<wait>& waits;
    iafmetrics::state_set<phase>& worker_phase;
};

void observe(handles const& to) noexcept;
