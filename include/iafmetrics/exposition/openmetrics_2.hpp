// SPDX-License-Identifier: Apache-2.0
// openmetrics_2: the OpenMetrics text format 2.0.0, as its release candidate 0 has it.
#pragma once

#include <iafmetrics/detail/naming.hpp>
#include <iafmetrics/exposition/composite_value.hpp>
#include <iafmetrics/exposition/escaping.hpp>
#include <iafmetrics/exposition/format.hpp>
#include <iafmetrics/exposition/line_writer.hpp>
#include <iafmetrics/exposition/number_text.hpp>
#include <iafmetrics/exposition/openmetrics_parts.hpp>
#include <iafmetrics/exposition/visitable.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/visitor.hpp>

#include <concepts>
#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::exposition {

/// Writes what it visits as OpenMetrics 2.0, in pieces of at most 64 KiB, to a sink that is called with std::string_view.
///
///     shop_orders_total{kind="book"} 42 st@1795000000.25 # {trace_id="4bf9"} 1 1795000003.5
///     shop_wait_seconds {count:3,sum:61.5,bucket:[0.5:1,1.0:2,+Inf:3]} st@1795000000.25
///
/// A family has the name that text 0.0.4 gives it, and its samples have no other: a histogram or summary is one line, whose
/// value has its parts in braces, and native buckets are among them.
///
/// Rules (OpenMetrics 2.0.0-rc0): TYPE, UNIT, HELP; UNIT where the name ends in a base unit, before _total; st@ tells when a
/// counter, histogram or summary began, where that is known; exemplars stand behind it, of a histogram all of them. An info
/// whose name does not end in _info is a gauge, as is a state_set whose label has not the metric's name. `# EOF` ends the
/// page. Of a summary the format needs the sum: it is written whatever it is.
///
/// Cost:   as text_writer.
/// Errors: what the sink throws passes.
template <std::invocable<std::string_view> Sink>
class openmetrics_2_writer final : public visitor {
public:
    explicit openmetrics_2_writer(Sink sink) : lines_(std::move(sink)) {}

    void begin_family(family_header const& family) override
    {
        name_ = family.name;
        help_ = family.help;
        needs_quotes_ = family.given != nullptr && !detail::is_metric_name(name_);
        type_ = family.type;
        if (type_ == metric_type::info && !name_.ends_with("_info")) type_ = metric_type::gauge;
        // Whether a state_set is one is told by its first sample.
        if (type_ != metric_type::state_set) write_head(type_);
    }

    void value(labels_view labels, number now) override
    {
        if (type_ == metric_type::state_set) {
            write_head(type_of_states(labels, name_));
            type_ = metric_type::gauge;  // its samples look like one's
        }
        lines_.sample({}, labels.text(), {}, now);
    }

    void counter(labels_view labels, counter_snapshot const& now) override
    {
        if (now.exemplar == nullptr)
            return lines_.sample({}, labels.text(), {}, now.value, end_of_line(now.created));
        begin_tail(now.created);
        append_exemplar(tail_, *now.exemplar);
        tail_ += '\n';
        lines_.sample({}, labels.text(), {}, now.value, tail_);
    }

    void histogram(labels_view labels, histogram_snapshot const& now) override
    {
        if (now.exemplars.empty()) return composite(labels, now, end_of_line(now.created));
        begin_tail(now.created);
        for (bucket_exemplar const& one : now.exemplars)
            append_exemplar(tail_, one.exemplar);
        tail_ += '\n';
        composite(labels, now, tail_);
    }

    void summary(labels_view labels, summary_snapshot const& now) override
    {
        composite(labels, now, end_of_line(now.created));
    }

    /// Ends the page. Call it once, after the visit.
    void finish()
    {
        lines_.append("# EOF\n");
        lines_.flush();
    }

private:
    void write_head(metric_type type)
    {
        write_openmetrics_head(lines_, type, name_, detail::unit_of(name_, type), help_, needs_quotes_);
    }

    template <class Snapshot>
    void composite(labels_view labels, Snapshot const& now, std::string_view end)
    {
        lines_.text_sample(
            labels.text(), composite_value::room_of(now), [&](char* at) { return composite_.write(at, now); },
            end);
    }

    /// What stands behind a value without exemplars. Series that were made together have the same start.
    [[nodiscard]] std::string_view end_of_line(double created)
    {
        if (created == unknown_time) return "\n";
        if (created != created_) [[unlikely]] {
            char seconds[longest_number];
            start_ = " st@";
            start_.append(seconds, write_seconds(seconds, created));
            start_ += '\n';
            created_ = created;
        }
        return start_;
    }
    void begin_tail(double created)
    {
        tail_ = end_of_line(created);
        tail_.pop_back();
    }

    line_writer<Sink> lines_;
    composite_value composite_;
    std::string name_;
    std::string help_;
    bool needs_quotes_ = false;
    metric_type type_ = metric_type::untyped;
    std::string tail_;
    double created_ = unknown_time;  // whose end of a line is start_
    std::string start_;
};

/// Streams a registry's page to `sink`.
template <visitable Metrics, std::invocable<std::string_view> Sink>
void write_openmetrics_2(Metrics const& metrics,
                         Sink sink,
                         escaping_scheme names = escaping_scheme::underscores)
{
    openmetrics_2_writer<Sink> writer(std::move(sink));
    metrics.visit(writer, names);
    writer.finish();
}

/// A registry's page.
///
///     std::cout << iafmetrics::exposition::openmetrics_2(registry);
[[nodiscard]] inline std::string openmetrics_2(registry const& metrics,
                                               escaping_scheme names = escaping_scheme::underscores)
{
    std::string page;
    write_openmetrics_2(metrics, [&](std::string_view part) { page += part; }, names);
    return page;
}

}  // namespace iafmetrics::inline v0::exposition
