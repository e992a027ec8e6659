// SPDX-License-Identifier: Apache-2.0
// A second translation unit of everything: two of them find a missing inline.
#include <iafmetrics/collectors/process.hpp>
#include <iafmetrics/http/request_metrics.hpp>
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/platform.hpp>
#include <iafmetrics/standard.hpp>

iafmetrics::registry& other_registry();
iafmetrics::registry& other_registry() { return iafmetrics::default_registry(); }
