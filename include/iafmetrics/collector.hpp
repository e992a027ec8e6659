// SPDX-License-Identifier: Apache-2.0
// collector: metrics whose values are read at the moment of the scrape.
#pragma once

#include <iafmetrics/buckets.hpp>
#include <iafmetrics/detail/exposed_names.hpp>
#include <iafmetrics/detail/refused_series.hpp>
#include <iafmetrics/detail/registry_scope.hpp>
#include <iafmetrics/detail/text_set.hpp>
#include <iafmetrics/detail/utf8.hpp>
#include <iafmetrics/labels.hpp>
#include <iafmetrics/number.hpp>
#include <iafmetrics/rules.hpp>
#include <iafmetrics/visit_deadline.hpp>
#include <iafmetrics/visitor.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <initializer_list>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0 {

/// What a collector writes into, one family after the other.
///
///     registry.add([&](iafmetrics::collector_output& out) {
///         out.gauge("pool_connections", "Open connections.", pool.size());
///         out.begin_gauge("pool_waiting", "Requests that wait for a connection, by pool.");
///         for (auto const& p : pools) out.value({{"pool", p.name}}, p.waiting);
///     });
///
/// Histograms and summaries that another library counts are shown as they are:
///
///     out.begin("rpc_seconds", "Calls.", iafmetrics::metric_type::histogram);
///     out.histogram({{"peer", name}}, {bounds, counts, sum});
///
/// A family appears with its first sample; one without samples is not shown.
///
/// Errors: a name, label or bucket list that breaks a rule, or a name that the page has already, throws
///         registration_error; the scrape goes on without that collector's remaining families, and
///         iafmetrics_collector_errors_total and iafmetrics_series_refused{metric,reason} tell. A number that its
///         type cannot have (a negative counter, an info that is not 1, a state that is not 0 or 1, buckets that
///         add up to more than 2^64) costs that sample alone, which iafmetrics_series_refused tells; so does a
///         label set that the family has already.
class collector_output {
public:
    using label = std::pair<std::string_view, std::string_view>;  // name and value
    using label_list = std::initializer_list<label>;

    /// `taken` are the names of the page before all collectors, `shown` those of collectors before this one; both outlive
    /// it.
    collector_output(visitor& out,
                     detail::text_set const& taken,
                     detail::text_set& shown,
                     visit_deadline until = {})
        : out_(out), until_(until), taken_(taken), shown_(shown)
    {}

    /// When the collector has to be ready, a little before the page: who asks others gives them so long, and shows what
    /// there is by then. Who is not ready when the page's own deadline is over is left out of it.
    ///
    ///     if (out.deadline().nanoseconds_left() < 100'000'000) return show_last_known(out);
    [[nodiscard]] visit_deadline const& deadline() const noexcept { return until_; }

    void counter(std::string_view name, std::string_view help, number now)
    {
        begin_counter(name, help);
        value({}, now);
    }
    void gauge(std::string_view name, std::string_view help, number now)
    {
        begin_gauge(name, help);
        value({}, now);
    }

    void begin_counter(std::string_view name, std::string_view help)
    {
        begin(name, help, metric_type::counter);
    }
    void begin_gauge(std::string_view name, std::string_view help) { begin(name, help, metric_type::gauge); }

    /// Begins a family of any type. A histogram takes the names with _bucket, _sum and _count too, a summary
    /// those with _sum and _count. The name of a counter without _total, and of an info without _info, is taken for
    /// OpenMetrics from then on; where a family before has it, OpenMetrics shows this one as unknown or as a gauge.
    void begin(std::string_view given, std::string_view help, metric_type type)
    {
        end_family();
        std::string const name = prefix_ + std::string(given);
        detail::check_grammar(name, help);
        if (type == metric_type::info && !name.ends_with("_info")) rule::info_name_must_end_in_info(name);
        for (std::string const& taken : detail::sample_names(name, type))
            if (taken_.contains(taken) || shown_.contains(taken))
                detail::refuse(name,
                               "the page has \"" + taken +
                                   "\" already; show it from one collector, or from sub-registries with a "
                                   "prefix each");
        for (std::string& taken : detail::exposed_names(name, type))
            shown_.insert(std::move(taken));
        name_ = name;
        help_ = detail::repaired_utf8(help);
        type_ = type;
        given_ = nullptr;
    }

    /// Begins a family whose name the registry keeps for it, or goes on with it: for callbacks.
    void begin_declared(detail::family_options const& declared)
    {
        constants_ = declared.constants;
        if (name_ == declared.name) return;
        end_family();
        name_ = declared.name;
        help_ = declared.help;
        type_ = declared.type;
        given_ = declared.names();
    }

    /// A sample of the family begun last, neither histogram nor summary. The labels of one family's samples differ.
    void value(label_list labels, number now) { value(std::span(labels.begin(), labels.size()), now); }
    void value(std::span<label const> labels, number now)
    {
        bool const has_buckets = type_ == metric_type::histogram || type_ == metric_type::summary;
        if (!name_.empty() && has_buckets) refuse_sample("a histogram or summary has no single value");
        std::string const text = text_of(labels);
        if (std::string_view const flaw = flaw_of(now, labels.empty()); !flaw.empty())
            return refuse({name_, flaw});
        if (begin_sample(text)) out_.value(labels_view(text), now);
    }

    /// A histogram of the family begun last: counts per bucket, not cumulative, one more than bounds.
    void histogram(label_list labels, histogram_snapshot const& now)
    {
        histogram(std::span(labels.begin(), labels.size()), now);
    }
    void histogram(std::span<label const> labels, histogram_snapshot const& now)
    {
        if (!name_.empty() && type_ != metric_type::histogram)
            refuse_sample("this family is not a histogram");
        if (now.counts.size() != now.bounds.size() + 1)
            refuse_sample("a histogram has one bucket more than bounds");
        if (!detail::is_finite_and_ascending(now.bounds))
            rule::bucket_bounds_must_be_finite_and_strictly_ascending(name_);
        std::string const text = text_of(labels);
        std::uint64_t total = 0;
        for (std::uint64_t const count : now.counts)
            if ((total += count) < count)
                return refuse({name_, "a histogram counts less than 2^64 in all buckets"});
        if (begin_sample(text)) out_.histogram(labels_view(text), now);
    }

    /// A summary of the family begun last.
    void summary(label_list labels, summary_snapshot const& now)
    {
        summary(std::span(labels.begin(), labels.size()), now);
    }
    void summary(std::span<label const> labels, summary_snapshot const& now)
    {
        if (!name_.empty() && type_ != metric_type::summary) refuse_sample("this family is not a summary");
        for (std::size_t i = 0; i != now.quantiles.size(); ++i) {
            double const at = now.quantiles[i].quantile;
            if (!(at >= 0 && at <= 1) || (i != 0 && !(now.quantiles[i - 1].quantile < at)))
                refuse_sample("quantiles must lie between 0 and 1 and ascend");
        }
        std::string const text = text_of(labels);
        if (begin_sample(text)) out_.summary(labels_view(text), now);
    }

    /// Leaves `series` samples out of the page and says so on it, in
    /// iafmetrics_series_refused{metric="…",reason="…"}. For a collector that shows what others counted and
    /// goes on with the rest.
    void refuse(registration_error const& error, std::uint64_t series = 1) { refused_.add(error, series); }

    /// Called before each collector: none writes into another's family, and each in its own sub-registry.
    void begin_collector(detail::registry_scope const& scope)
    {
        end_family();
        prefix_ = scope.prefix();
        constants_ = scope.text();
    }

    /// What was left out until now.
    [[nodiscard]] detail::refused_series& refused() noexcept { return refused_; }

private:
    void end_family() noexcept
    {
        name_.clear();
        has_begun_ = false;
        series_.clear();
    }

    /// What no sample of this type may be; empty where it may.
    [[nodiscard]] std::string_view flaw_of(number now, bool has_no_labels) const noexcept
    {
        double const value = now.as_double();
        if (type_ == metric_type::counter && !(value >= 0)) return "a counter is neither negative nor NaN";
        if (type_ == metric_type::info && value != 1) return "an info has the value 1";
        if (type_ != metric_type::state_set) return "";
        if (value != 0 && value != 1) return "a state has the value 0 or 1";
        return has_no_labels ? "a state is named by a label" : "";
    }

    [[noreturn]] void refuse_sample(std::string_view reason) const { detail::refuse(name_, reason); }

    [[nodiscard]] std::string text_of(std::span<label const> labels) const
    {
        if (name_.empty()) refuse_sample("a sample needs a family: call begin_counter or begin_gauge");
        std::string text = constants_;
        for (auto const& [name, value] : labels) {
            detail::check_label_name(name_, name);
            detail::append_label(
                text, name, detail::is_valid_utf8(value) ? std::string(value) : detail::repaired_utf8(value));
        }
        return text;
    }

    /// False where the family has a series of these labels, which the page tells; shows the family before its first.
    [[nodiscard]] bool begin_sample(std::string_view text)
    {
        if (!series_.insert(identity_of(labels_view(text)))) {
            refuse({name_, "the page has a series of these labels already"});
            return false;
        }
        if (!std::exchange(has_begun_, true)) out_.begin_family({name_, help_, type_, given_});
        return true;
    }

    /// What makes a series: names and values in any order, where an empty value is as good as no label.
    [[nodiscard]] std::string identity_of(labels_view labels) const
    {
        std::vector<std::pair<std::string, std::string>> sorted;  // a few: found by looking through them
        labels.for_each([&](std::string_view name, std::string_view value) {
            auto at = sorted.begin();
            while (at != sorted.end() && at->first < name)
                ++at;
            if (at != sorted.end() && at->first == name) rule::label_names_must_differ(name_);
            sorted.emplace(at, name, value);
        });
        std::string identity;
        for (auto const& [name, value] : sorted)
            if (!value.empty()) detail::append_label(identity, name, value);
        return identity;
    }

    visitor& out_;
    visit_deadline until_;
    std::string prefix_;     // of the collector's sub-registry
    std::string constants_;  // the labels of that
    detail::text_set const& taken_;
    detail::text_set& shown_;
    std::string name_;  // of the family begun last; empty before the first
    std::string help_;
    metric_type type_ = metric_type::gauge;
    given_names const* given_ = nullptr;
    bool has_begun_ = false;   // with a first sample
    detail::text_set series_;  // of that family
    detail::refused_series refused_;
};

/// Called once per scrape; scrapes may overlap, so it is called by several threads at a time. One that a page with a
/// deadline had to leave behind runs on after that page (registry::visit); no other page with a deadline calls it until
/// it has returned.
///
/// Threads: any. A page with a deadline has a thread for its callbacks and collectors: what a collector takes, the thread
///          that makes the page must not hold. A type that never waits, for a lock, a disk or a peer, may say so:
///
///              static constexpr bool never_waits = true;
///
///          Where that goes for all of a page's, its own thread calls them.
template <class Type>
concept collector = std::invocable<Type const&, collector_output&>;

}  // namespace iafmetrics::inline v0
