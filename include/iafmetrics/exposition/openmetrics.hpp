// SPDX-License-Identifier: Apache-2.0
// openmetrics: the OpenMetrics text format 1.0.0.
#pragma once

#include <iafmetrics/detail/naming.hpp>
#include <iafmetrics/detail/text_set.hpp>
#include <iafmetrics/exposition/bucket_exemplars.hpp>
#include <iafmetrics/exposition/escaping.hpp>
#include <iafmetrics/exposition/format.hpp>
#include <iafmetrics/exposition/line_writer.hpp>
#include <iafmetrics/exposition/openmetrics_parts.hpp>
#include <iafmetrics/exposition/visitable.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/visitor.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::exposition {

struct openmetrics_options {
    /// A line more for each counter, histogram and summary: when it began. It becomes a series of its own in a server
    /// that does not know what it is for, hence the default.
    bool created = false;
    /// How names of metrics with utf8_names are shown.
    escaping_scheme names = escaping_scheme::underscores;
};

/// Writes what it visits as OpenMetrics, in pieces of at most 64 KiB, to a sink that is called with std::string_view.
///
/// A series has the name that text 0.0.4 gives it, so that it does not matter to a query which of the two a server has
/// asked for:
/// - a counter whose name does not end in _total is of type unknown, for its samples would be given that suffix, and so
///   is one beside a family that has its name without it; an info is a gauge then;
/// - a state_set whose label has not the metric's name is a gauge.
/// Bounds and quantiles are written as 1.0 (canonical numbers), which Prometheus from 3.0 on does with those of
/// text 0.0.4 too.
///
/// Rules (OpenMetrics 1.0.0): TYPE, UNIT, HELP; UNIT where the name ends in a base unit; exemplars on counters and
/// buckets; a histogram whose sum may go back, with a bound or a sum below 0 or a sum of NaN, has neither _sum nor
/// _count, a summary no such _sum and no such quantile; `# EOF` ends the page.
///
/// Cost:   as text_writer.
/// Errors: what the sink throws passes.
template <std::invocable<std::string_view> Sink>
class openmetrics_writer final : public visitor {
public:
    explicit openmetrics_writer(Sink sink, openmetrics_options options = {})
        : lines_(std::move(sink)), options_(options)
    {}

    void begin_family(family_header const& family) override
    {
        type_ = family.type;
        std::string_view base = family.name;
        bool const is_counter = type_ == metric_type::counter;
        if (is_counter || type_ == metric_type::info) {
            bool const has_suffix = without(base, is_counter ? "_total" : "_info");
            if (!has_suffix || families_.contains(base)) {
                base = family.name;
                type_ = is_counter ? metric_type::untyped : metric_type::gauge;
            }
        }
        name_ = base;
        families_.insert(name_);
        help_ = family.help;
        needs_quotes_ = family.given != nullptr && !detail::is_metric_name(name_);
        // Whether a state_set is one is told by its first sample.
        if (type_ != metric_type::state_set) write_head(type_);
    }

    void value(labels_view labels, number now) override
    {
        if (type_ == metric_type::state_set) {
            write_head(type_of_states(labels, name_));
            type_ = metric_type::gauge;  // its samples look like one's
        }
        std::string_view const suffix = type_ == metric_type::counter ? "_total"
                                        : type_ == metric_type::info  ? "_info"
                                                                      : "";
        lines_.sample(suffix, labels.text(), {}, now);
    }

    void counter(labels_view labels, counter_snapshot const& now) override
    {
        if (type_ != metric_type::counter) return lines_.sample({}, labels.text(), {}, now.value);
        if (now.exemplar == nullptr)
            lines_.sample("_total", labels.text(), {}, now.value);
        else
            lines_.sample("_total", labels.text(), {}, now.value, tail_of(*now.exemplar));
        show_created(labels, now.created);
    }

    void histogram(labels_view labels, histogram_snapshot const& now) override
    {
        auto const& bounds =
            bounds_.of(now.bounds, [](double bound) { return "le=\"" + canonical_number(bound) + '"'; });
        bucket_exemplars exemplars(now.exemplars);
        std::uint64_t cumulative = 0;
        for (std::size_t i = 0; i != bounds.size(); ++i) {
            cumulative += now.counts[i];
            if (exemplar_view const* const exemplar = exemplars.of(i))
                lines_.sample("_bucket", labels.text(), bounds[i], cumulative, tail_of(*exemplar));
            else
                lines_.sample("_bucket", labels.text(), bounds[i], cumulative);
        }
        bool const only_grows = now.sum >= 0 && (now.bounds.empty() || now.bounds.front() >= 0);
        if (only_grows) {
            lines_.sample("_count", labels.text(), {}, cumulative);
            lines_.sample("_sum", labels.text(), {}, now.sum);
        }
        show_created(labels, now.created);
    }

    void summary(labels_view labels, summary_snapshot const& now) override
    {
        for (auto const& [quantile, value] : now.quantiles)
            if (!(value < 0))
                lines_.sample({}, labels.text(), "quantile=\"" + canonical_number(quantile) + '"', value);
        lines_.sample("_count", labels.text(), {}, now.count);
        if (now.sum >= 0) lines_.sample("_sum", labels.text(), {}, now.sum);
        show_created(labels, now.created);
    }

    /// Ends the page. Call it once, after the visit.
    void finish()
    {
        lines_.append("# EOF\n");
        lines_.flush();
    }

private:
    static bool without(std::string_view& name, std::string_view suffix) noexcept
    {
        if (!name.ends_with(suffix) || name.size() == suffix.size()) return false;
        name.remove_suffix(suffix.size());
        return true;
    }

    void write_head(metric_type type)
    {
        write_openmetrics_head(lines_, type, name_,
                               detail::has_unit(type) ? detail::unit_of(name_) : std::string_view(), help_,
                               needs_quotes_);
    }

    [[nodiscard]] std::string_view tail_of(exemplar_view const& exemplar)
    {
        tail_.clear();
        append_exemplar(tail_, exemplar);
        tail_ += '\n';
        return tail_;
    }

    void show_created(labels_view labels, double created)
    {
        if (options_.created && created != unknown_time && !families_.contains(name_ + "_created"))
            lines_.sample("_created", labels.text(), {}, created);
    }

    line_writer<Sink> lines_;
    openmetrics_options options_;
    bound_texts bounds_;
    std::string name_;  // of the family: without _total
    detail::text_set families_;
    std::string help_;
    bool needs_quotes_ = false;
    metric_type type_ = metric_type::untyped;
    std::string tail_;
};

/// Streams a registry's page to `sink`.
template <visitable Metrics, std::invocable<std::string_view> Sink>
void write_openmetrics(Metrics const& metrics, Sink sink, openmetrics_options options = {})
{
    openmetrics_writer<Sink> writer(std::move(sink), options);
    metrics.visit(writer, options.names);
    writer.finish();
}

/// A registry's page.
///
///     std::cout << iafmetrics::exposition::openmetrics(registry, {.created = true});
[[nodiscard]] inline std::string openmetrics(registry const& metrics, openmetrics_options options = {})
{
    std::string page;
    write_openmetrics(metrics, [&](std::string_view part) { page += part; }, options);
    return page;
}

}  // namespace iafmetrics::inline v0::exposition
