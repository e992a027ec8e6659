// SPDX-License-Identifier: Apache-2.0
// iaf_sessions_active, from the namespaces themselves: right after a restart and beside other replicas.
#pragma once

#include <iafmetrics/gauge.hpp>

#include <kubernetes/informer.hpp>
#include <platform/service.hpp>
#include <platform/sessions.hpp>

#include <program/log.hpp>

namespace apiserver {

/// Watches the sessions' namespaces and keeps the gauge at their number. Lifetime: longer than the service's
/// run().
class session_count {
public:
    session_count(platform::service& service, iafmetrics::gauge& active)
        : informer_{service.kubernetes(),
                    iafmetrics::kubernetes::namespaces,
                    {.label_selector = std::string{platform::session_selector}}}
    {
        auto const show = [this, &active] { active.set(static_cast<double>(informer_.size())); };
        informer_.on_change([show](iafmetrics::kubernetes::change const&) { show(); });
        informer_.on_synced(show);
        informer_.on_failure([&service](iafmetrics::kubernetes::status const& why) {
            service.log().warning("cannot watch the sessions", {{"reason", to_string(why)}});
        });
        service.add({.work = [this] { return informer_.run(); },
                     .stop = [this] { informer_.stop(); },
                     .ready = [this] { return informer_.synced(); }});
    }

private:
    iafmetrics::kubernetes::informer informer_;
};

}  // namespace apiserver
