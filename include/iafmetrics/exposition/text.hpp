// SPDX-License-Identifier: Apache-2.0
// text: the Prometheus text format 0.0.4.
#pragma once

#include <iafmetrics/exposition/number_text.hpp>
#include <iafmetrics/exposition/piece_buffer.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/visitor.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace iafmetrics::inline v0::exposition {

inline constexpr std::string_view text_content_type = "text/plain; version=0.0.4; charset=utf-8";

/// Writes what it visits as text, in pieces of at most 64 KiB, to a sink that is called with std::string_view.
///
/// Rules (prometheus.io, exposition formats, text 0.0.4): HELP escapes backslash and line feed, label values
/// the quote too; `le` and `quantile` follow the series' own labels; buckets are cumulative and end with +Inf, which equals
/// _count.
///
/// Cost:   a copy of the labels and the digits; no allocation per series.
/// Errors: what the sink throws passes.
template <std::invocable<std::string_view> Sink>
class text_writer final : public visitor {
public:
    explicit text_writer(Sink sink) : page_(std::move(sink)) {}

    void begin_family(family_header const& family) override
    {
        name_ = family.name;
        // A piece ends with a whole line, unless a line is longer than a piece.
        std::size_t const head = 2 * name_.size() + 2 * family.help.size() + 64;
        (void)page_.room(head < page_.piece ? head : page_.piece);
        page_.append("# HELP ");
        page_.append(name_);
        page_.append(" ");
        for (char const& c : family.help)
            page_.append(c == '\\' ? "\\\\" : c == '\n' ? "\\n" : std::string_view(&c, 1));
        page_.append("\n# TYPE ");
        page_.append(name_);
        page_.append(type_line(family.type));
    }

    void value(labels_view labels, number now) override { sample({}, labels.text(), {}, now); }

    void histogram(labels_view labels, histogram_snapshot const& snapshot) override
    {
        if (!has_bounds(snapshot.bounds)) write_bounds(snapshot.bounds);
        std::uint64_t cumulative = 0;
        std::size_t i = 0;
        for (std::string const& bound : bound_texts_) {
            cumulative += snapshot.counts[i++];
            sample("_bucket", labels.text(), bound, cumulative);
        }
        sample("_sum", labels.text(), {}, snapshot.sum);
        sample("_count", labels.text(), {}, cumulative);
    }

    void summary(labels_view labels, summary_snapshot const& snapshot) override
    {
        for (auto const& [quantile, now] : snapshot.quantiles)
            sample({}, labels.text(), label_of("quantile", quantile), now);
        sample("_sum", labels.text(), {}, snapshot.sum);
        sample("_count", labels.text(), {}, snapshot.count);
    }

    /// Hands the last piece to the sink. Call it once, after the visit.
    void finish() { page_.flush(); }

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

    static std::string label_of(std::string_view name, double value)
    {
        return std::string(name) + "=\"" + std::string(number_text(value).view()) + '"';
    }

    /// By their bits: -0 is written otherwise than 0.
    [[nodiscard]] bool has_bounds(std::span<double const> bounds) const noexcept
    {
        return bounds.size() == bounds_.size() &&
               (bounds.empty() || std::memcmp(bounds.data(), bounds_.data(), bounds.size_bytes()) == 0);
    }

    /// Series of a family have the same bounds: their text is made once.
    void write_bounds(std::span<double const> bounds)
    {
        bounds_.assign(bounds.begin(), bounds.end());
        bound_texts_.clear();
        for (double const bound : bounds)
            bound_texts_.push_back(label_of("le", bound));
        bound_texts_.emplace_back("le=\"+Inf\"");
    }

    /// `extra` is the label that only this line has: a bucket's bound, a summary's quantile.
    [[gnu::always_inline]] void
    sample(std::string_view suffix, std::string_view labels, std::string_view extra, number now)
    {
        std::size_t const size =
            name_.size() + suffix.size() + labels.size() + extra.size() + 5 + longest_number;
        if (size > page_.piece) [[unlikely]]
            return long_sample(suffix, labels, extra, now);
        char* at = page_.room(size);
        at = copy(at, name_);
        at = copy(at, suffix);
        if (!labels.empty() || !extra.empty()) {
            *at++ = '{';
            at = copy(at, labels);
            if (!labels.empty() && !extra.empty()) *at++ = ',';
            at = copy(at, extra);
            *at++ = '}';
        }
        *at++ = ' ';
        at = write_number(at, now);
        *at++ = '\n';
        page_.wrote(at);
    }

    [[gnu::noinline, gnu::cold]] void
    long_sample(std::string_view suffix, std::string_view labels, std::string_view extra, number now)
    {
        number_text const text(now);
        bool const is_labelled = !labels.empty() || !extra.empty();
        for (std::string_view const part :
             {std::string_view(name_), suffix, std::string_view(is_labelled ? "{" : ""), labels,
              std::string_view(!labels.empty() && !extra.empty() ? "," : ""), extra,
              std::string_view(is_labelled ? "} " : " "), text.view(), std::string_view("\n")})
            page_.append(part);
    }

    piece_buffer<Sink> page_;
    std::string name_;
    std::vector<double> bounds_;
    std::vector<std::string> bound_texts_{"le=\"+Inf\""};
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
