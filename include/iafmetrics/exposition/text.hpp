// SPDX-License-Identifier: Apache-2.0
// text: the Prometheus text format 0.0.4.
#pragma once

#include <iafmetrics/exposition/number_text.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/visitor.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::exposition {

inline constexpr std::string_view text_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// Writes what it visits as text, in pieces of about 64 KiB, to a sink that is called with std::string_view.
///
/// Rules (prometheus.io, exposition formats, text 0.0.4): HELP escapes backslash and line feed, label values
/// the quote too; `le` and `quantile` follow the series' own labels; buckets are cumulative and end with +Inf, which equals
/// _count.
///
/// Errors: what the sink throws passes.
template <std::invocable<std::string_view> Sink>
class text_writer final : public visitor {
public:
    explicit text_writer(Sink sink) : sink_(std::move(sink)) { buffer_.reserve(piece + 4096); }

    void begin_family(family_header const& family) override
    {
        name_ = family.name;
        buffer_ += "# HELP ";
        buffer_ += name_;
        buffer_ += ' ';
        for (char const c : family.help) {
            if (c == '\\')
                buffer_ += "\\\\";
            else if (c == '\n')
                buffer_ += "\\n";
            else
                buffer_ += c;
        }
        buffer_ += "\n# TYPE ";
        buffer_ += name_;
        switch (family.type) {
        case metric_type::counter: buffer_ += " counter\n"; break;
        case metric_type::gauge:
        case metric_type::info:
        case metric_type::state_set: buffer_ += " gauge\n"; break;
        case metric_type::histogram: buffer_ += " histogram\n"; break;
        case metric_type::summary: buffer_ += " summary\n"; break;
        case metric_type::untyped: buffer_ += " untyped\n"; break;
        }
    }

    void value(labels_view labels, number now) override { sample({}, labels.text(), now); }

    void histogram(labels_view labels, histogram_snapshot const& snapshot) override
    {
        std::uint64_t cumulative = 0;
        for (std::size_t i = 0; i != snapshot.bounds.size(); ++i) {
            cumulative += snapshot.counts[i];
            sample("_bucket", labels.text(), cumulative, "le", number_text(snapshot.bounds[i]).view());
        }
        cumulative += snapshot.counts.back();
        sample("_bucket", labels.text(), cumulative, "le", "+Inf");
        sample("_sum", labels.text(), snapshot.sum);
        sample("_count", labels.text(), cumulative);
    }

    void summary(labels_view labels, summary_snapshot const& snapshot) override
    {
        for (auto const& [quantile, now] : snapshot.quantiles)
            sample({}, labels.text(), now, "quantile", number_text(quantile).view());
        sample("_sum", labels.text(), snapshot.sum);
        sample("_count", labels.text(), snapshot.count);
    }

    /// Hands the last piece to the sink. Call it once, after the visit.
    void finish()
    {
        if (!buffer_.empty()) sink_(std::string_view(buffer_));
        buffer_.clear();
    }

private:
    static constexpr std::size_t piece = std::size_t{64} * 1024;

    /// `extra` is the label that only this line has: a bucket's bound, a summary's quantile.
    void sample(std::string_view suffix,
                std::string_view labels,
                number now,
                std::string_view extra = {},
                std::string_view extra_value = {})
    {
        buffer_ += name_;
        buffer_ += suffix;
        if (!labels.empty() || !extra.empty()) {
            buffer_ += '{';
            buffer_ += labels;
            if (!extra.empty()) {
                if (!labels.empty()) buffer_ += ',';
                buffer_ += extra;
                buffer_ += "=\"";
                buffer_ += extra_value;
                buffer_ += '"';
            }
            buffer_ += '}';
        }
        buffer_ += ' ';
        buffer_ += number_text(now).view();
        buffer_ += '\n';
        if (buffer_.size() >= piece) {
            sink_(std::string_view(buffer_));
            buffer_.clear();
        }
    }

    Sink sink_;
    std::string buffer_;
    std::string name_;
};

/// Streams a registry's page to `sink`.
template <std::invocable<std::string_view> Sink>
void write_text(registry const& metrics, Sink sink)
{
    text_writer<Sink> writer(std::move(sink));
    metrics.visit(writer);
    writer.finish();
}

/// A registry's page.
///
///     std::cout << iafmetrics::exposition::text(registry);
[[nodiscard]] inline std::string text(registry const& metrics)
{
    std::string page;
    write_text(metrics, [&](std::string_view part) { page += part; });
    return page;
}

}  // namespace iafmetrics::inline v0::exposition
