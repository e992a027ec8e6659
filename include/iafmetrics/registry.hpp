// SPDX-License-Identifier: Apache-2.0
// registry: a program's metric families and collectors; what a scrape shows.
#pragma once

#include <iafmetrics/collector.hpp>
#include <iafmetrics/config.hpp>
#include <iafmetrics/detail/callback_family.hpp>
#include <iafmetrics/detail/cell_store.hpp>
#include <iafmetrics/family.hpp>
#include <iafmetrics/registration_error.hpp>
#include <iafmetrics/spec.hpp>
#include <iafmetrics/visitor.hpp>

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

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
/// Ordering: families appear in the order of their registration, series in the order of their creation.
/// Errors:   add() throws registration_error where a name is taken by another declaration.
/// Lifetime: what add() returns lives as long as the registry.
class registry {
public:
    registry() = default;
    registry(registry const&) = delete;
    registry& operator=(registry const&) = delete;

    /// Registers a declaration. Without labels it returns the instrument, which is shown from now on; with
    /// labels the family. The same declaration again returns the same.
    template <class Spec>
        requires requires { typename detail::family_of_spec<Spec>::type; }
    auto& add(Spec const& spec)
    {
        using traits = detail::family_of_spec<Spec>;
        auto& family = find_or_add<typename traits::type>(options_of(spec, traits::exposed_as));
        if constexpr (Spec::label_count == 0)
            return family.with();
        else
            return family;
    }

    /// Registers a collector, a copy of which is called at every scrape.
    template <collector Collector>
    void add(Collector collect)
    {
        auto added = std::make_unique<held_collector<Collector>>(std::move(collect));
        std::lock_guard const lock(structure_);
        collectors_.push_back(std::move(added));
    }

    /// Shows everything to `out`: families, callbacks, collectors, then the registry's own metrics. A collector
    /// that throws loses the rest of its families in this visit and is counted; what `out` throws passes.
    void visit(visitor& out) const
    {
        std::vector<detail::family_base const*> families;
        std::vector<detail::callback_family const*> callbacks;
        std::vector<collector_base const*> collectors;
        {
            std::lock_guard const lock(structure_);
            for (auto const& family : families_)
                families.push_back(family.get());
            for (auto const& family : callbacks_)
                callbacks.push_back(family.get());
            for (auto const& collect : collectors_)
                collectors.push_back(collect.get());
        }
        std::vector<refusals> refused;
        for (auto const* family : families)
            if (std::uint64_t const amounts = family->visit(out); amounts != 0)
                refused.push_back({family->name(), amounts});
        visit_collectors(callbacks, collectors, out);
        for (auto const* family : callbacks)
            if (std::uint64_t const amounts = family->refused(); amounts != 0)
                refused.push_back({family->options().name, amounts});
        visit_dropped(families, out);
        visit_refused(refused, out);
    }

private:
    struct refusals {
        std::string_view metric;
        std::uint64_t amounts;
    };

    struct collector_base {
        virtual ~collector_base() = default;
        virtual void collect(collector_output& out) const = 0;
    };
    template <class Collector>
    struct held_collector final : collector_base {
        explicit held_collector(Collector held) : collect_(std::move(held)) {}
        void collect(collector_output& out) const override { collect_(out); }
        Collector collect_;
    };

    template <class Spec>
    static detail::family_options options_of(Spec const& spec, metric_type type)
    {
        detail::family_options options{
            std::string(spec.name), std::string(spec.help), type, {}, {}, spec.limit, {}, {}};
        for (std::string_view const name : Spec::label_names)
            options.label_names.emplace_back(name);
        if constexpr (requires { spec.bounds; })
            options.bounds.assign(spec.bounds.begin(),
                                  spec.bounds.begin() + static_cast<std::ptrdiff_t>(spec.bound_count));
        if constexpr (requires { spec.state_names; }) {
            for (std::size_t i = 0; i != spec.state_count; ++i)
                options.states.emplace_back(spec.state_names[i]);
            options.state_label = spec.label;
        }
        return options;
    }

    template <class Family>
    Family& find_or_add(detail::family_options options)
    {
        std::lock_guard const lock(structure_);
        for (auto const& family : families_) {
            if (family->name() != options.name) continue;
            auto* const same = dynamic_cast<Family*>(family.get());
            if (same == nullptr || family->options() != options)
                throw registration_error(options.name, "is registered already, with another declaration");
            return *same;
        }
        claim_names(options);
        families_.push_back(std::make_unique<Family>(std::move(options)));
        return static_cast<Family&>(*families_.back());
    }

    friend class callback;

    /// The family that a declaration's callbacks share.
    template <class Spec>
    detail::callback_family& callbacks_of(Spec const& spec)
    {
        constexpr metric_type type = detail::family_of_spec<Spec>::exposed_as;
        static_assert(type == metric_type::counter || type == metric_type::gauge,
                      "a callback shows a counter or a gauge");
        detail::family_options options = options_of(spec, type);
        std::lock_guard const lock(structure_);
        for (auto const& family : callbacks_) {
            if (family->options().name != options.name) continue;
            if (family->options() != options)
                throw registration_error(options.name, "is registered already, with another declaration");
            return *family;
        }
        claim_names(options);
        return *callbacks_.emplace_back(std::make_unique<detail::callback_family>(std::move(options)));
    }

    /// A histogram shows three names besides its own; no other family may have one of them.
    void claim_names(detail::family_options const& options)
    {
        std::vector<std::string> names{options.name};
        if (options.type == metric_type::histogram)
            for (char const* suffix : {"_bucket", "_count", "_sum"})
                names.push_back(options.name + suffix);
        for (std::string const& name : names)
            if (names_.contains(name))
                throw registration_error(options.name,
                                         "would show \"" + name + "\", which another metric shows already");
        names_.insert(names.begin(), names.end());
    }

    void visit_collectors(std::vector<detail::callback_family const*> const& callbacks,
                          std::vector<collector_base const*> const& collectors,
                          visitor& out) const
    {
        if (callbacks.empty() && collectors.empty()) return;
        std::set<std::string, std::less<>> shown;
        {
            std::lock_guard const lock(structure_);
            shown = names_;
        }
        collector_output sink(out, shown);
        for (auto const* family : callbacks)
            collect(*family, sink);
        for (auto const* collector : collectors)
            collect(*collector, sink);
        out.begin_family({"iafmetrics_collector_errors_total", "Collectors that failed during a scrape.",
                          metric_type::counter});
        out.value({}, collector_errors_.load(std::memory_order_relaxed));
        sink.show_refused();
    }

    template <class Source>
    void collect(Source const& from, collector_output& sink) const
    {
        sink.end_family();
        try {
            from.collect(sink);
        } catch (registration_error const& error) {
            sink.refuse(error);
            collector_errors_.fetch_add(1, std::memory_order_relaxed);
        } catch (...) {
            collector_errors_.fetch_add(1, std::memory_order_relaxed);
        }
    }

    static void visit_dropped(std::vector<detail::family_base const*> const& families, visitor& out)
    {
        bool has_begun = false;
        for (auto const* family : families) {
            if (!family->is_filling_up()) continue;
            if (!std::exchange(has_begun, true))
                out.begin_family(
                    {"iafmetrics_series_dropped_total",
                     "Lookups that found a metric at its series limit and used its overflow series.",
                     metric_type::counter});
            std::string text;
            detail::append_label(text, "metric", family->name());
            out.value(labels_view(text), family->dropped());
        }
    }

    /// A metric appears with its first refusal: that is an error of the program, which an alert on any value at
    /// all finds, and a page without errors has no line for each of its metrics.
    static void visit_refused(std::vector<refusals> const& refused, visitor& out)
    {
        if (refused.empty()) return;
        out.begin_family(
            {"iafmetrics_refused_amounts_total",
             "Observations refused, such as a negative amount for a counter or NaN for a histogram.",
             metric_type::counter});
        for (auto const& [metric, amounts] : refused) {
            std::string text;
            detail::append_label(text, "metric", metric);
            out.value(labels_view(text), amounts);
        }
    }

    std::mutex& structure_ = detail::local_store.structure;  // held across fork()
    std::vector<std::unique_ptr<detail::family_base>> families_;
    std::vector<std::unique_ptr<detail::callback_family>> callbacks_;
    std::vector<std::unique_ptr<collector_base>> collectors_;
    // Those that families show, and the registry's own.
    std::set<std::string, std::less<>> names_{"iafmetrics_collector_errors_total",
                                              "iafmetrics_refused_amounts_total",
                                              "iafmetrics_series_dropped_total", "iafmetrics_series_refused"};
    mutable std::atomic<std::uint64_t> collector_errors_{0};
};

/// The registry for a program that has one and does not want to pass it along. Usable before main and after
/// the destruction of statics: it is never destroyed.
inline registry& default_registry()
{
    static auto* const instance = new registry;
    return *instance;
}

}  // namespace iafmetrics::inline v0
