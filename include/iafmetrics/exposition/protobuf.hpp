// SPDX-License-Identifier: Apache-2.0
// protobuf: Prometheus' protobuf format, io.prometheus.client.MetricFamily, delimited.
#pragma once

#include <iafmetrics/detail/naming.hpp>
#include <iafmetrics/exposition/bucket_exemplars.hpp>
#include <iafmetrics/exposition/escaping.hpp>
#include <iafmetrics/exposition/format.hpp>
#include <iafmetrics/exposition/label_messages.hpp>
#include <iafmetrics/exposition/message_buffer.hpp>
#include <iafmetrics/exposition/native_spans.hpp>
#include <iafmetrics/exposition/protobuf_wire.hpp>
#include <iafmetrics/exposition/visitable.hpp>
#include <iafmetrics/native_snapshot.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/visitor.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <span>
#include <string>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::exposition {

/// Writes what it visits as one message a family, in pieces of at most 64 KiB, to a sink that is called with
/// std::string_view. A message does not end with a piece.
///
/// Rules (Prometheus' metrics.proto): names are those of text 0.0.4; info and state_set are gauges; what began at an
/// unknown time does not tell when. A native histogram has its buckets as spans and deltas, all of its exemplars beside
/// them, and classic buckets where bounds are declared. Bucket +Inf is there where it has an exemplar, as all others it
/// is cumulative; of a native histogram too, for Prometheus before 2.50 finds exemplars in buckets alone.
///
/// Cost:   a copy of the labels; memory for the longest family, no allocation per series.
/// Errors: std::bad_alloc; what the sink throws passes.
template <std::invocable<std::string_view> Sink>
class protobuf_writer final : public visitor {
public:
    explicit protobuf_writer(Sink sink) : page_(std::move(sink)) {}

    void begin_family(family_header const& family) override
    {
        end_family();
        page_.begin();
        is_open_ = true;
        labels_.begin_family();
        may_be_quoted_ = family.given != nullptr;
        value_field_ = field_of_value(family.type);
        char* at = page_.room(2 * family.name.size() + family.help.size() + 64);
        at = wire::put_text(at, 1, family.name);
        at = wire::put_text(at, 2, family.help);
        at = wire::put_integer(at, 3, type_of(family.type));
        if (std::string_view const unit = detail::unit_of(family.name, family.type); !unit.empty())
            at = wire::put_text(at, 5, unit);
        page_.wrote(at);
    }

    void value(labels_view labels, number now) override
    {
        write_metric(labels, 0, value_field_,
                     [&](char* at) { return wire::put_double(at, 1, now.as_double()); });
    }

    void counter(labels_view labels, counter_snapshot const& now) override
    {
        std::size_t const room = now.exemplar == nullptr ? 0 : room_of(*now.exemplar);
        write_metric(labels, room, value_field_, [&](char* at) {
            at = wire::put_double(at, 1, now.value.as_double());
            if (now.exemplar != nullptr) at = put_exemplar(at, 2, *now.exemplar);
            return put_start(at, 3, now.created);
        });
    }

    void summary(labels_view labels, summary_snapshot const& now) override
    {
        write_metric(labels, 20 * now.quantiles.size(), 4, [&](char* at) {
            at = wire::put_integer(at, 1, now.count);
            at = wire::put_double(at, 2, now.sum);
            for (summary_snapshot::quantile const& one : now.quantiles)
                at = wire::put_message(at, 3, [&](char* to) {
                    return wire::put_double(wire::put_double(to, 1, one.quantile), 2, one.value);
                });
            return put_start(at, 4, now.created);
        });
    }

    void histogram(labels_view labels, histogram_snapshot const& now) override
    {
        native_snapshot const* const native = now.native;
        std::size_t room = (now.bounds.size() + 1) * 32;
        if (native != nullptr) room += 64 + 64 * (native->negative.size() + native->positive.size());
        for (bucket_exemplar const& one : now.exemplars)
            room += 2 * room_of(one.exemplar);
        write_metric(labels, room, 7, [&](char* at) {
            at = wire::put_integer(at, 1, native != nullptr ? native->count : count_of(now));
            at = wire::put_double(at, 2, native != nullptr ? native->sum : now.sum);
            if (native == nullptr || !now.bounds.empty() || !now.exemplars.empty()) at = put_buckets(at, now);
            if (native != nullptr) at = put_native(at, *native);
            at = put_start(at, 15, now.created);
            if (native != nullptr)
                for (bucket_exemplar const& one : now.exemplars)
                    at = put_exemplar(at, 16, one.exemplar);
            return at;
        });
    }

    /// Ends the page. Call it once, after the visit.
    void finish()
    {
        end_family();
        page_.flush();
    }

private:
    static std::uint8_t type_of(metric_type type) noexcept
    {
        switch (type) {
        case metric_type::counter: return 0;
        case metric_type::gauge:
        case metric_type::info:
        case metric_type::state_set: return 1;
        case metric_type::summary: return 2;
        case metric_type::untyped: break;
        case metric_type::histogram: return 4;
        }
        return 3;
    }

    static std::uint8_t field_of_value(metric_type type) noexcept
    {
        constexpr std::uint8_t by_type[] = {3, 2, 4, 5, 7};
        return by_type[type_of(type)];
    }

    static std::uint64_t count_of(histogram_snapshot const& now) noexcept
    {
        std::uint64_t count = 0;
        for (std::uint64_t const one : now.counts)
            count += one;
        return count;
    }

    static std::size_t room_of(exemplar_view const& exemplar) noexcept
    {
        return wire::room_of(exemplar.labels) + 64;
    }

    static char* put_exemplar(char* at, std::uint8_t field, exemplar_view const& exemplar)
    {
        return wire::put_message(at, field, [&](char* to) {
            to = wire::put_labels(to, exemplar.labels);
            to = wire::put_double(to, 2, exemplar.value);
            return put_known_time(to, 3, exemplar.timestamp);
        });
    }

    /// Series that were made together have the same.
    [[gnu::always_inline]] char* put_start(char* at, std::uint8_t field, double seconds)
    {
        if (seconds != created_ || field != created_field_) [[unlikely]] {
            created_ = seconds;
            created_field_ = field;
            created_size_ =
                static_cast<std::size_t>(put_known_time(created_text_, field, seconds) - created_text_);
        }
        return copy(at, {created_text_, created_size_});
    }

    static char* put_known_time(char* at, std::uint8_t field, double seconds)
    {
        return seconds == unknown_time ? at : wire::put_time(at, field, seconds);
    }

    static char* put_buckets(char* at, histogram_snapshot const& now)
    {
        bucket_exemplars exemplars(now.exemplars);
        std::uint64_t cumulative = 0;
        for (std::size_t i = 0; i != now.counts.size(); ++i) {
            cumulative += now.counts[i];
            bool const is_last = i == now.bounds.size();
            exemplar_view const* const exemplar = exemplars.of(i);
            if (is_last && exemplar == nullptr) break;
            at = wire::put_message(at, 3, [&](char* to) {
                to = wire::put_integer(to, 1, cumulative);
                to = wire::put_double(to, 2,
                                      is_last ? std::numeric_limits<double>::infinity() : now.bounds[i]);
                return exemplar != nullptr ? put_exemplar(to, 3, *exemplar) : to;
            });
        }
        return at;
    }

    static char* put_native(char* at, native_snapshot const& native)
    {
        at = wire::put_signed(at, 5, native.schema);
        at = wire::put_double(at, 6, native.zero_threshold);
        at = wire::put_integer(at, 7, native.zero_count);
        at = put_native_buckets(at, 9, native.negative);
        at = put_native_buckets(at, 12, native.positive);
        // What tells that there are buckets at all: without it this is a classic histogram. Prometheus 2.42 does not look at
        // spans, and takes one whose zero bucket is of width 0 for classic until it has a value.
        bool const is_told = native.zero_threshold != 0 || native.zero_count != 0 ||
                             !native.negative.empty() || !native.positive.empty();
        return is_told ? at : put_span(at, 12, {0, 0});
    }

    /// The spans are of field `spans`, the deltas of the one behind it.
    static char*
    put_native_buckets(char* at, std::uint8_t spans, std::span<native_snapshot::bucket const> buckets)
    {
        for_each_span(buckets, [&](native_span span) { at = put_span(at, spans, span); });
        for_each_delta(buckets, [&](std::int64_t delta) {
            at = wire::put_signed(at, static_cast<std::uint8_t>(spans + 1), delta);
        });
        return at;
    }

    static char* put_span(char* at, std::uint8_t field, native_span span)
    {
        return wire::put_message(at, field, [&](char* to) {
            return wire::put_integer(wire::put_signed(to, 1, span.offset), 2, span.length);
        });
    }

    /// A series: its labels, and what `body` writes, which is `room` bytes and a few at most, as the message of `field`.
    template <class Body>
    [[gnu::always_inline]] void
    write_metric(labels_view labels, std::size_t room, std::uint8_t field, Body const& body)
    {
        char* const at = page_.room(wire::room_of(labels) + room + 128);
        page_.wrote(wire::put_message(at, 4, [&](char* to) {
            to = may_be_quoted_ ? wire::put_labels<true>(to, labels) : labels_.put(to, labels);
            return wire::put_message(to, field, body);
        }));
    }

    void end_family()
    {
        if (std::exchange(is_open_, false)) page_.end();
    }

    message_buffer<Sink> page_;
    label_messages labels_;
    bool is_open_ = false;
    bool may_be_quoted_ = false;    // names of the family's labels
    std::uint8_t value_field_ = 0;  // of the message that holds a series' value
    std::uint8_t created_field_ = 0;
    double created_ = unknown_time;  // whose message is created_text_
    char created_text_[24]{};
    std::size_t created_size_ = 0;
};

/// Streams a registry's page to `sink`.
template <visitable Metrics, std::invocable<std::string_view> Sink>
void write_protobuf(Metrics const& metrics, Sink sink, escaping_scheme names = escaping_scheme::underscores)
{
    protobuf_writer<Sink> writer(std::move(sink));
    metrics.visit(writer, names);
    writer.finish();
}

/// A registry's page.
///
///     std::ofstream("page.pb", std::ios::binary) << iafmetrics::exposition::protobuf(registry);
[[nodiscard]] inline std::string protobuf(registry const& metrics,
                                          escaping_scheme names = escaping_scheme::underscores)
{
    std::string page;
    write_protobuf(metrics, [&](std::string_view part) { page += part; }, names);
    return page;
}

}  // namespace iafmetrics::inline v0::exposition
