// SPDX-License-Identifier: Apache-2.0
// The whole core: declarations, instruments, families, registry, text. Nothing but the standard library
// behind it. A unit without exceptions or RTTI gets what it needs to observe (config.hpp).
#pragma once

#include <iafmetrics/buckets.hpp>
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/config.hpp>
#include <iafmetrics/counter.hpp>
#include <iafmetrics/exception_counter.hpp>
#include <iafmetrics/family.hpp>
#include <iafmetrics/fwd.hpp>
#include <iafmetrics/gauge.hpp>
#include <iafmetrics/histogram.hpp>
#include <iafmetrics/in_progress.hpp>
#include <iafmetrics/info.hpp>
#include <iafmetrics/spec.hpp>
#include <iafmetrics/state_set.hpp>
#include <iafmetrics/timer.hpp>
#include <iafmetrics/unknown.hpp>
#include <iafmetrics/up_down_counter.hpp>
#include <iafmetrics/version.hpp>

#if IAFMETRICS_REGISTERS
#    include <iafmetrics/callback.hpp>
#    include <iafmetrics/collector.hpp>
#    include <iafmetrics/collector_registration.hpp>
#    include <iafmetrics/default_registry.hpp>
#    include <iafmetrics/exposition/text.hpp>
#    include <iafmetrics/registry.hpp>
#endif
