// SPDX-License-Identifier: Apache-2.0
// registry: a program's metric families and collectors; what a scrape shows.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/config.hpp>
#include <iafmetrics/detail/callback_family.hpp>
#include <iafmetrics/detail/give_names.hpp>
#include <iafmetrics/detail/held_collector.hpp>
#include <iafmetrics/detail/intrusive_ptr.hpp>
#include <iafmetrics/detail/registry_scope.hpp>
#include <iafmetrics/detail/registry_state.hpp>
#include <iafmetrics/family.hpp>
#include <iafmetrics/registration_error.hpp>
#include <iafmetrics/spec.hpp>
#include <iafmetrics/sub_registry.hpp>
#include <iafmetrics/visit_deadline.hpp>
#include <iafmetrics/visitor.hpp>

#include <cstddef>
#include <source_location>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>

#if !IAFMETRICS_REGISTERS
#    error                                                                                                   \
        "iafmetrics: registering and scraping need exceptions and RTTI; a unit without them can only observe"
#endif

namespace iafmetrics::inline v0 {

/// Owns families and collectors, and shows them.
///
///     struct metrics {
///         explicit metrics(iafmetrics::registry& r)
///             : sessions(r.add(sessions_total)), requests(r.add(requests_spec)) {}
///         iafmetrics::counter& sessions;
///         iafmetrics::family_of<requests_spec>& requests;
///     };
///
/// Threads:  every member may be called from any thread at any time.
/// Ordering: families appear in the order of their registration, series in the order of their creation; callbacks and
///           then collectors come behind all instruments.
/// Errors:   add() throws registration_error where a name is taken by another declaration; it says where both are.
/// Lifetime: what add() returns lives as long as the registry and its sub-registries. The end of the last of them waits for
///           callbacks and collectors that a page left behind at its deadline: do not end it under a lock that one of
///           them takes. default_registry() has no end: what such a collector reads may be gone at the program's exit,
///           unless a collector_registration or callback ends before it.
class registry {
public:
    registry() = default;
    registry(registry const&) = delete;
    registry& operator=(registry const&) = delete;

    /// Registers a declaration. Without labels it returns the instrument, which is shown from now on; with
    /// labels the family. The same declaration again returns the same.
    template <class Spec>
        requires requires { typename detail::family_of_spec<Spec>::type; }
    typename detail::type_added_by<Spec>::type&
    add(Spec const& spec, std::source_location where = std::source_location::current())
    {
        using traits = detail::family_of_spec<Spec>;
        return shown<Spec>(
            state_->find_or_add<typename traits::type>(options_of(spec, traits::exposed_as), where));
    }

    /// Registers declarations that belong together: all of them, or an exception and none.
    ///
    ///     auto [orders, revenue] = registry.add(std::tie(orders_total, revenue_total));
    template <class... Specs>
        requires(requires { typename detail::family_of_spec<std::remove_const_t<Specs>>::type; } && ...)
    std::tuple<typename detail::type_added_by<std::remove_const_t<Specs>>::type&...>
    add(std::tuple<Specs&...> const& set, std::source_location where = std::source_location::current())
    {
        auto const added = std::apply(
            [&](Specs const&... specs) {
                return state_
                    ->find_or_add_all<typename detail::family_of_spec<std::remove_const_t<Specs>>::type...>(
                        {options_of(specs,
                                    detail::family_of_spec<std::remove_const_t<Specs>>::exposed_as)...},
                        where);
            },
            set);
        return std::apply(
            [](auto&... families) {
                return std::tuple<typename detail::type_added_by<std::remove_const_t<Specs>>::type&...>{
                    shown<std::remove_const_t<Specs>>(families)...};
            },
            added);
    }

    /// Registers a collector, a copy of which is called at every scrape. For one that captures what may go
    /// before the registry does, see collector_registration.
    template <collector Collector>
    void add(Collector collect)
    {
        (void)hold(std::move(collect));
    }

    /// The same page for a part of the program, whose metrics get a prefix and constant labels:
    ///
    ///     iafmetrics::registry shard = registry.sub({.prefix = "iaf_", .labels = {{"shard", "1"}}});
    ///     shard.add(jobs_total).increment();     // iaf_jobs_total{shard="1"} 1
    ///
    /// Sub-registries whose constant labels differ in their values alone show one declaration as one family. A
    /// visit of any of them shows the whole page.
    ///
    /// Errors:   registration_error for a constant label that breaks the grammar, or that a declaration or an
    ///           outer registry has too; add() where prefix and name together break a rule.
    [[nodiscard]] registry sub(sub_registry const& part) const
    {
        return {state_, detail::registry_scope(scope_, part.prefix, part.labels)};
    }

    /// Shows everything to `out`: families, callbacks, collectors, then the registry's own metrics. A collector
    /// that throws loses the rest of its families in this visit and is counted; what `out` throws passes.
    ///
    /// Metrics declared with utf8_names are shown as `names` has them; quoted names stand in quotes among the labels alone.
    ///
    /// With a deadline the page does not wait longer than that for callbacks and collectors: those that have not answered
    /// are left out of it, and counted in iafmetrics_collectors_left_out_total, which is shown once a visit has had a
    /// deadline. A call that is under way then cannot be ended: it runs on in the page's thread, and what it gives is lost.
    /// Until it has returned, other pages with a deadline leave that one out at once and show the rest; one that never
    /// returns holds one thread. Those that took more than a quarter of the time are asked last by the next page.
    ///
    ///     registry.visit(out, names, visit_deadline::in(9'500'000'000));
    ///
    /// Threads: without a deadline everything happens in the caller's thread. With one, callbacks and collectors are called
    ///          in a thread of the page's own, unless all of them say that they never wait (collector.hpp), and `out` is
    ///          still called by the caller's alone. The new thread has the caller's signal mask.
    /// Cost:    that thread, about 25 us, and a copy of what they give: 20 collectors with 120 samples take 55 us instead of 19.
    ///          Series of instruments are not copied, and none allocates.
    /// Errors:  where the system has no thread to give, the caller's asks, and one that blocks makes the page late.
    /// fork():  a child waits for no call of its parent's, and leaves none of those out. One that a collector forks itself
    ///          under a deadline has that collector's thread alone, and ends by _exit(0) where the collector returns.
    void visit(visitor& out,
               exposition::escaping_scheme names = exposition::escaping_scheme::underscores,
               visit_deadline until = {}) const
    {
        state_->visit(out, names, until);
    }

private:
    friend class callback;
    friend class collector_registration;

    /// What is given for a family: without labels its one instrument, which is shown from now on.
    template <class Spec, class Family>
    static auto& shown(Family& family)
    {
        if constexpr (Spec::label_count == 0)
            return family.with();
        else
            return family;
    }

    /// The family that a declaration's callbacks share.
    template <class Spec>
    detail::callback_family& callbacks_of(Spec const& spec, std::source_location where)
    {
        constexpr metric_type type = detail::family_of_spec<Spec>::exposed_as;
        static_assert(type == metric_type::counter || type == metric_type::gauge ||
                          type == metric_type::untyped,
                      "a callback shows a counter, a gauge or an unknown");
        return state_->find_or_add<detail::callback_family>(options_of(spec, type), where);
    }

    registry(detail::intrusive_ptr<detail::registry_state> state, detail::registry_scope scope)
        : state_(std::move(state)), scope_(std::move(scope))
    {}

    template <collector Collector>
    detail::intrusive_ptr<detail::held_collector> hold(Collector collect)
    {
        detail::intrusive_ptr<detail::held_collector> held(
            new detail::typed_collector<Collector>(scope_, std::move(collect)));
        (void)state_->collectors()->add(held, [](auto const&) { return false; });
        return held;
    }

    template <class Spec>
    detail::family_options options_of(Spec const& spec, metric_type type) const
    {
        detail::family_options options;
        options.name = scope_.prefix() + std::string(spec.name);
        if (spec.has_utf8_names) detail::give_names(options, Spec::label_names);
        options.help = detail::repaired_utf8(spec.help);
        options.type = type;
        options.limit = spec.limit;
        if (!spec.has_utf8_names)
            options.label_names.assign(Spec::label_names.begin(), Spec::label_names.end());
        if constexpr (requires { spec.bounds; })
            options.bounds.assign(spec.bounds.begin(),
                                  spec.bounds.begin() + static_cast<std::ptrdiff_t>(spec.bound_count));
        if constexpr (requires { spec.native; }) options.native = spec.native;
        if constexpr (requires { spec.window; }) options.summary = spec.window;
        if constexpr (requires { spec.state_names; }) {
            for (std::size_t i = 0; i != spec.state_count; ++i)
                options.states.emplace_back(spec.state_names[i]);
            options.state_label = spec.label == spec.name ? std::string_view(options.name) : spec.label;
        }
        if constexpr (requires { spec.expire_after_nanoseconds; }) {
            options.expire_after = spec.expire_after_nanoseconds;
            options.clock = spec.clock;
        }
        scope_.apply(options, spec.exempt_because.empty());
        if (options.names() != nullptr) detail::check_given_labels(options);
        return options;
    }

    detail::intrusive_ptr<detail::registry_state> state_{new detail::registry_state};
    detail::registry_scope scope_;
};

}  // namespace iafmetrics::inline v0
