// SPDX-License-Identifier: Apache-2.0
// default_registry: the registry of a program that has one and does not want to pass it along.
#pragma once

#include <iafmetrics/collector_registration.hpp>
#include <iafmetrics/collectors/process.hpp>
#include <iafmetrics/config.hpp>
#include <iafmetrics/registry.hpp>

namespace iafmetrics::inline v0 {
namespace detail {

struct default_registry_state {
    registry metrics;
    collector_registration process{metrics, collectors::process{}};
};

IAFMETRICS_SHARED inline default_registry_state& default_state()
{
    static auto* const instance = new default_registry_state;
    return *instance;
}

}  // namespace detail

/// One for the program, with the process_* metrics in it from the start.
///
///     iafmetrics::counter& sessions = iafmetrics::default_registry().add(sessions_total);
///
/// A registry of your own has what you add; tests are easier with one.
///
/// Lifetime: usable before main and after the destruction of statics: it is never destroyed. One for all modules that
///           share the library's state.
/// Source:   Prometheus' guide for client libraries: the standard metrics are in the default registry by themselves.
[[nodiscard]] inline registry& default_registry() { return detail::default_state().metrics; }

/// The process_* metrics of the default registry. To do without them: `default_process_collector().reset();`.
[[nodiscard]] inline collector_registration& default_process_collector()
{
    return detail::default_state().process;
}

}  // namespace iafmetrics::inline v0
