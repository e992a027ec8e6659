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

/// Writes a histogram's or summary's value as one text:
///
///     {count:3,sum:61.5,bucket:[0.5:1,1.0:2,+Inf:3]}
///     {count:2,sum:120,schema:0,zero_threshold:0.0001,zero_count:0,positive_spans:[1:2],positive_buckets:[1,1]}
///     {count:7,sum:3.5,quantile:[0.5:0.25,0.99:2]}
///
/// Rules (OpenMetrics 2.0.0-rc0): native buckets stand before classic ones, have counts of their own, and are left out
/// where there are none; classic buckets are cumulative, and the last is +Inf.
///
///     char* at = page.room(composite_value::room_of(now));
///     at = composite.write(at, now);
///
/// Cost: no allocation, but for the text of bounds where they are others than before.
class composite_value {
public:
    /// More than write() needs.
    [[nodiscard]] static std::size_t room_of(histogram_snapshot const& now) noexcept
    {
        std::size_t room = room_of_parts + now.counts.size() * room_of_pair;
        if (now.native != nullptr)
            room += (now.native->negative.size() + now.native->positive.size()) *
                    (2 * room_of_pair + 2 * longest_filled_gap);
        return room;
    }
    [[nodiscard]] static std::size_t room_of(summary_snapshot const& now) noexcept
    {
        return room_of_parts + now.quantiles.size() * room_of_pair;
    }

    [[nodiscard]] char* write(char* at, histogram_snapshot const& now)
    {
        native_snapshot const* const native = now.native;
        if (native != nullptr) {
            at = begin(at, native->count, native->sum);
            at = put_native(at, *native);
        } else {
            std::uint64_t count = 0;
            for (std::uint64_t const one : now.counts)
                count += one;
            at = begin(at, count, now.sum);
        }
        if (native == nullptr || !now.bounds.empty()) at = put_classic(at, now);
        *at++ = '}';
        return at;
    }

    /// A quantile below 0, which the format does not have, is left out.
    [[nodiscard]] char* write(char* at, summary_snapshot const& now)
    {
        at = begin(at, now.count, now.sum);
        at = copy(at, ",quantile:[");
        char* const first = at;
        for (auto const& [quantile, value] : now.quantiles) {
            if (value < 0) continue;
            at = copy(at, canonical_number(quantile));
            *at++ = ':';
            at = write_number(at, value);
            *at++ = ',';
        }
        at = end_list(first, at);
        *at++ = '}';
        return at;
    }

private:
    /// A bound or the like, a colon, a number and a comma.
    static constexpr std::size_t room_of_pair = 2 * longest_number + 8;
    /// The names of all parts, and the numbers that are no lists.
    static constexpr std::size_t room_of_parts = 192 + 5 * longest_number;

    static char* begin(char* at, std::uint64_t count, double sum)
    {
        at = copy(at, "{count:");
        at = write_number(at, count);
        at = copy(at, ",sum:");
        return write_number(at, sum);
    }

    /// In place of the comma behind the last element.
    static char* end_list(char const* first, char* at) noexcept
    {
        if (at != first) --at;
        *at++ = ']';
        return at;
    }

    char* put_native(char* at, native_snapshot const& native)
    {
        at = copy(at, ",schema:");
        at = write_number(at, std::int64_t{native.schema});
        at = copy(at, ",zero_threshold:");
        at = copy(at, threshold_text(native.zero_threshold));
        at = copy(at, ",zero_count:");
        at = write_number(at, native.zero_count);
        at = put_native_buckets(at, ",negative_spans:[", ",negative_buckets:[", native.negative);
        return put_native_buckets(at, ",positive_spans:[", ",positive_buckets:[", native.positive);
    }
    /// Most series have the same, whose digits are many.
    [[nodiscard]] std::string_view threshold_text(double threshold)
    {
        if (threshold != threshold_) {
            threshold_ = threshold;
            threshold_text_ = number_text(threshold).view();
        }
        return threshold_text_;
    }
    static char* put_native_buckets(char* at,
                                    std::string_view spans,
                                    std::string_view counts,
                                    std::span<native_snapshot::bucket const> buckets)
    {
        if (buckets.empty()) return at;
        at = copy(at, spans);
        for_each_span(buckets, [&](native_span span) {
            at = write_number(at, std::int64_t{span.offset});
            *at++ = ':';
            at = write_number(at, std::uint64_t{span.length});
            *at++ = ',';
        });
        at[-1] = ']';
        at = copy(at, counts);
        for_each_count(buckets, [&](std::uint64_t count) {
            at = write_number(at, count);
            *at++ = ',';
        });
        at[-1] = ']';
        return at;
    }

    char* put_classic(char* at, histogram_snapshot const& now)
    {
        at = copy(at, ",bucket:[");
        std::uint64_t cumulative = 0;
        std::size_t i = 0;
        for (std::string const& bound :
             bounds_.of(now.bounds, [](double number) { return canonical_number(number) + ':'; })) {
            cumulative += now.counts[i++];
            at = copy(at, bound);
            at = write_number(at, cumulative);
            *at++ = ',';
        }
        at[-1] = ']';  // +Inf is always there
        return at;
    }

    bound_texts bounds_;
    double threshold_ = 0;  // whose text is threshold_text_
    std::string threshold_text_ = "0";
};

}  // namespace iafmetrics::inline v0::exposition
