// SPDX-License-Identifier: Apache-2.0
// text: the Prometheus text format, 0.0.4 and, with quoted names, 1.0.0.
#pragma once

#include <iafmetrics/detail/naming.hpp>
#include <iafmetrics/exposition/escaping.hpp>
#include <iafmetrics/exposition/format.hpp>
#include <iafmetrics/exposition/line_writer.hpp>
#include <iafmetrics/exposition/number_text.hpp>
#include <iafmetrics/exposition/visitable.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/visitor.hpp>

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::exposition {

/// Writes what it visits as text, in pieces of at most 64 KiB, to a sink that is called with std::string_view.
///
/// Rules (prometheus.io, exposition formats, text 0.0.4): HELP escapes backslash and line feed, label values
/// the quote too; `le` and `quantile` follow the series' own labels; buckets are cumulative and end with +Inf, which equals
/// _count. A name that needs quotes, which is in 1.0.0 alone, stands in braces: `{"http.requests","http.route"="/"} 1`.
///
/// Cost:   a copy of the labels and the digits; no allocation per series.
/// Errors: what the sink throws passes.
template <std::invocable<std::string_view> Sink>
class text_writer final : public visitor {
public:
    explicit text_writer(Sink sink) : lines_(std::move(sink)) {}

    void begin_family(family_header const& family) override
    {
        lines_.begin(family.name, 2 * family.name.size() + 2 * family.help.size() + 64,
                     family.given != nullptr && !detail::is_metric_name(family.name));
        lines_.append("# HELP ");
        lines_.append(lines_.title());
        lines_.append(" ");
        lines_.append_escaped(family.help, false);
        lines_.append("\n# TYPE ");
        lines_.append(lines_.title());
        lines_.append(type_line(family.type));
    }

    void value(labels_view labels, number now) override { lines_.sample({}, labels.text(), {}, now); }

    void histogram(labels_view labels, histogram_snapshot const& snapshot) override
    {
        auto const& bounds = bounds_.of(snapshot.bounds, [](double bound) {
            return "le=\"" + std::string(number_text(bound).view()) + '"';
        });
        std::uint64_t cumulative = 0;
        std::size_t i = 0;
        for (std::string const& bound : bounds) {
            cumulative += snapshot.counts[i++];
            lines_.sample("_bucket", labels.text(), bound, cumulative);
        }
        lines_.sample("_sum", labels.text(), {}, snapshot.sum);
        lines_.sample("_count", labels.text(), {}, cumulative);
    }

    void summary(labels_view labels, summary_snapshot const& snapshot) override
    {
        for (auto const& [quantile, now] : snapshot.quantiles)
            lines_.sample({}, labels.text(), "quantile=\"" + std::string(number_text(quantile).view()) + '"',
                          now);
        lines_.sample("_sum", labels.text(), {}, snapshot.sum);
        lines_.sample("_count", labels.text(), {}, snapshot.count);
    }

    /// Hands the last piece to the sink. Call it once, after the visit.
    void finish() { lines_.flush(); }

private:
    static std::string_view type_line(metric_type type) noexcept
    {
        switch (type) {
        case metric_type::counter: return " counter\n";
        case metric_type::gauge:
        case metric_type::info:
        case metric_type::state_set: return " gauge\n";
        case metric_type::histogram: return " histogram\n";
        case metric_type::summary: return " summary\n";
        case metric_type::untyped: break;
        }
        return " untyped\n";
    }

    line_writer<Sink> lines_;
    bound_texts bounds_;
};

/// Streams a registry's page to `sink`.
template <visitable Metrics, std::invocable<std::string_view> Sink>
void write_text(Metrics const& metrics, Sink sink, escaping_scheme names = escaping_scheme::underscores)
{
    text_writer<Sink> writer(std::move(sink));
    metrics.visit(writer, names);
    writer.finish();
}

/// A registry's page.
///
///     std::cout << iafmetrics::exposition::text(registry);
///
/// A template: units that do not call it do not compile the writer.
[[nodiscard]] std::string text(std::same_as<registry> auto const& metrics,
                               escaping_scheme names = escaping_scheme::underscores)
{
    std::string page;
    write_text(metrics, [&](std::string_view part) { page += part; }, names);
    return page;
}

}  // namespace iafmetrics::inline v0::exposition
