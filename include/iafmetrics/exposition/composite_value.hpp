// SPDX-License-Identifier: Apache-2.0
// composite_value: the values of OpenMetrics 2.0 that have parts.
#pragma once

#include <iafmetrics/exposition/line_writer.hpp>
#include <iafmetrics/exposition/native_spans.hpp>
#include <iafmetrics/exposition/number_text.hpp>
#include <iafmetrics/exposition/openmetrics_parts.hpp>
#include <iafmetrics/native_snapshot.hpp>
#include <iafmetrics/number.hpp>
#include <iafmetrics/visitor.hpp>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>

namespace iafmetrics::inline v0::exposition {

/// A histogram's or summary's value as one text:
///
///     {count:3,sum:61.5,bucket:[0.5:1,1.0:2,+Inf:3]}
///     {count:2,sum:120,schema:0,zero_threshold:0.0001,zero_count:0,positive_spans:[1:2],positive_buckets:[1,1]}
///     {count:7,sum:3.5,quantile:[0.5:0.25,0.99:2]}
///
/// Rules (OpenMetrics 2.0.0-rc0): native buckets stand before classic ones, have counts of their own, and are left out
/// where there are none; classic buckets are cumulative, and the last is +Inf.
///
/// Cost:     memory for the longest text; no allocation per series.
/// Lifetime: of what is returned: until the next call.
class composite_value {
public:
    [[nodiscard]] std::string_view of(histogram_snapshot const& now)
    {
        native_snapshot const* const native = now.native;
        if (native != nullptr) {
            begin(native->count, native->sum);
            put_native(*native);
        } else {
            std::uint64_t count = 0;
            for (std::uint64_t const one : now.counts)
                count += one;
            begin(count, now.sum);
        }
        if (native == nullptr || !now.bounds.empty()) put_classic(now);
        return end();
    }

    /// A quantile below 0, which the format does not have, is left out.
    [[nodiscard]] std::string_view of(summary_snapshot const& now)
    {
        begin(now.count, now.sum);
        text_ += ",quantile:[";
        for (auto const& [quantile, value] : now.quantiles) {
            if (value < 0) continue;
            separate();
            text_ += canonical_number(quantile);
            text_ += ':';
            put(value);
        }
        text_ += ']';
        return end();
    }

private:
    void begin(std::uint64_t count, double sum)
    {
        text_ = "{count:";
        put(count);
        text_ += ",sum:";
        put(sum);
    }
    [[nodiscard]] std::string_view end()
    {
        text_ += '}';
        return text_;
    }

    void put(number value)
    {
        char digits[longest_number];
        text_.append(digits, write_number(digits, value));
    }
    /// From the element of a list before.
    void separate()
    {
        if (text_.back() != '[') text_ += ',';
    }

    void put_native(native_snapshot const& native)
    {
        text_ += ",schema:";
        put(std::int64_t{native.schema});
        text_ += ",zero_threshold:";
        put(native.zero_threshold);
        text_ += ",zero_count:";
        put(native.zero_count);
        put_native_buckets(",negative_spans:[", "],negative_buckets:[", native.negative);
        put_native_buckets(",positive_spans:[", "],positive_buckets:[", native.positive);
    }
    void put_native_buckets(std::string_view spans,
                            std::string_view counts,
                            std::span<native_snapshot::bucket const> buckets)
    {
        if (buckets.empty()) return;
        text_ += spans;
        for_each_span(buckets, [&](native_span span) {
            separate();
            put(std::int64_t{span.offset});
            text_ += ':';
            put(std::uint64_t{span.length});
        });
        text_ += counts;
        for_each_count(buckets, [&](std::uint64_t count) {
            separate();
            put(count);
        });
        text_ += ']';
    }

    void put_classic(histogram_snapshot const& now)
    {
        text_ += ",bucket:[";
        std::uint64_t cumulative = 0;
        std::size_t i = 0;
        for (std::string const& bound :
             bounds_.of(now.bounds, [](double number) { return canonical_number(number) + ':'; })) {
            cumulative += now.counts[i++];
            separate();
            text_ += bound;
            put(cumulative);
        }
        text_ += ']';
    }

    std::string text_;
    bound_texts bounds_;
};

}  // namespace iafmetrics::inline v0::exposition
