// SPDX-License-Identifier: Apache-2.0
// collector_registration: a collector that is shown for as long as this object lives.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/detail/held_collector.hpp>
#include <iafmetrics/registry.hpp>

#include <utility>

namespace iafmetrics::inline v0 {

/// Adds a collector and takes it out again; for one that captures `this`.
///
///     class connection_pool {
///         …
///         iafmetrics::collector_registration shown_;   // the last member: taken out before the others go
///     };
///     connection_pool::connection_pool(iafmetrics::registry& metrics)
///         : shown_(metrics, [this](iafmetrics::collector_output& out) {
///               out.gauge("pool_connections", "Open connections.", size());
///           })
///     {}
///
/// Threads:  any; one at a time for one object.
/// Cost:     the end waits for calls of the collector that are under way, those that a page left behind at its deadline
///           among them.
/// Ordering: once it has ended, the collector is not called any more and is destroyed. Ended by the collector
///           itself, it does not wait for that call, which is the last.
/// Errors:   none but bad_alloc. Do not end it under a lock that the collector takes.
/// Lifetime: may outlive the registry; moves.
class collector_registration {
public:
    collector_registration() noexcept = default;
    template <collector Collector>
    collector_registration(registry& metrics, Collector collect)
        : held_(metrics.hold(std::move(collect)), metrics.state_->collectors())
    {}

    [[nodiscard]] explicit operator bool() const noexcept { return static_cast<bool>(held_); }

    /// Takes the collector out now.
    void reset() noexcept { held_.reset(); }

private:
    detail::held_registration<detail::held_collector> held_;
};

}  // namespace iafmetrics::inline v0
