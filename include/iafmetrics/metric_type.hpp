// SPDX-License-Identifier: Apache-2.0
// metric_type: what a family's samples mean, for whoever writes or reads a page.
#pragma once

#include <cstdint>

namespace iafmetrics::inline v0 {

/// Text 0.0.4 has no info and no state_set: it shows both as gauges, samples and names as they are.
enum class metric_type : std::uint8_t { counter, gauge, histogram, summary, untyped, info, state_set };

}  // namespace iafmetrics::inline v0
