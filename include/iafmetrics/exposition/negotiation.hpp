// SPDX-License-Identifier: Apache-2.0
// negotiation: the format that a request's Accept asks for.
#pragma once

#include <iafmetrics/detail/field_text.hpp>
#include <iafmetrics/exposition/escaping.hpp>
#include <iafmetrics/exposition/format.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <limits>
#include <string_view>

namespace iafmetrics::inline v0::exposition {

/// What a server can write besides text and OpenMetrics 1.
struct offered_formats {
    bool protobuf = true;
    bool openmetrics_2 = true;
};

/// Chooses a format by RFC 9110, section 12.5.1, and by the rules of Prometheus' own libraries.
///
///     accepted_formats asked;
///     asked.read("application/openmetrics-text;version=1.0.0;q=0.6, */*;q=0.1");     // once for each field line
///     response.set(http::field::content_type, content_type(asked.best()));
///
/// - Of the clauses whose type and version are offered, the one of the greatest weight, then the most exact, then the first.
/// - OpenMetrics without a version is 0.0.1, text without one is 0.0.4; 2.0.0 goes only to who asks for it by version.
/// - A range stands for what is not named more exactly, with a weight of its own or with 0: `text/*` for text 0.0.4,
///   `application/*` for OpenMetrics 1.0.0, `*/*` for both, text first. `text/plain;q=0,*/*` is OpenMetrics.
/// - `escaping=` is that of the clause. A clause that names none has that of the most wanted clause before it that does,
///   and else underscores. A scheme that nobody knows is not named.
/// - Of a parameter that is there twice, the last one counts, but for a weight of 0, which stays; other parameters mean
///   nothing.
/// - A clause that is malformed is left out. Where no format is acceptable, the answer is text 0.0.4: a page is worth more
///   than 406.
///
/// Cost: one pass over the field, whatever is in it; no allocation.
class accepted_formats {
public:
    constexpr explicit accepted_formats(offered_formats offered = {}) noexcept : offered_(offered) {}

    constexpr void read(std::string_view field) noexcept
    {
        while (!field.empty())
            clause(detail::take_until(field, ','));
    }

    [[nodiscard]] constexpr format best() const noexcept
    {
        candidate best = named_;
        for (range const& one : ranges_) {
            candidate const& most_exact = one.of_type.rank != none ? one.of_type : any_;
            if (one.is_named || most_exact.rank <= 0 || most_exact.rank <= best.rank) continue;
            best = most_exact;
            best.chosen.type = one.kind;
            best.chosen.version = one.answer;
        }
        if (!best.names_escaping && escaping_rank_ > best.rank) best.chosen.escaping = escaping_;
        return best.chosen;
    }

private:
    struct offer {
        std::string_view type;
        std::string_view version;
        format::kind kind;
        format_version answer;
    };
    static constexpr offer offers[] = {
        {"text/plain", "", format::kind::text, format_version::v0_0_4},
        {"text/plain", "0.0.4", format::kind::text, format_version::v0_0_4},
        {"text/plain", "1.0.0", format::kind::text, format_version::v1_0_0},
        {"application/openmetrics-text", "", format::kind::openmetrics, format_version::v0_0_1},
        {"application/openmetrics-text", "0.0.1", format::kind::openmetrics, format_version::v0_0_1},
        {"application/openmetrics-text", "1.0.0", format::kind::openmetrics, format_version::v1_0_0},
        {"application/openmetrics-text", "2.0.0", format::kind::openmetrics, format_version::v2_0_0},
        {"application/vnd.google.protobuf", "", format::kind::protobuf, format_version::none},
    };

    /// What a clause asks for. Ranks are by weight, then exactness, then place: no two clauses have the same. Those of
    /// weight 0 are below 0.
    static constexpr std::int64_t none = std::numeric_limits<std::int64_t>::min();
    struct candidate {
        std::int64_t rank = none;
        format chosen{};
        bool names_escaping = false;
    };

    /// What a range stands for.
    struct range {
        std::string_view type;   // "text/*"
        std::string_view named;  // what names it more exactly, without a version or with this one
        std::string_view version;
        format::kind kind;
        format_version answer;
        bool is_named = false;
        candidate of_type{};
    };

    /// What the parameters of a clause say.
    struct parameters {
        std::string_view version, proto, encoding;
        escaping_scheme escaping = escaping_scheme::underscores;
        bool names_escaping = false;
        int weight = 1000;  // 0: not acceptable; detail::malformed_weight

        constexpr void read(std::string_view text) noexcept
        {
            while (!text.empty() && weight != detail::malformed_weight)
                parameter(detail::trimmed(detail::take_until(text, ';')));
        }

    private:
        constexpr void parameter(std::string_view text) noexcept
        {
            if (text.empty()) return;
            std::size_t const equals = text.find('=');
            std::string_view const name = text.substr(0, equals);
            if (equals == std::string_view::npos || name.empty() || name != detail::trimmed(name)) {
                weight = detail::malformed_weight;
                return;
            }
            if (detail::is_same(name, "q")) {
                int const told = detail::weight_of(text);
                if (weight != 0 || told == detail::malformed_weight) weight = told;
                return;
            }
            std::string_view value = text.substr(equals + 1);
            if (value.size() > 1 && value.front() == '"' && value.back() == '"')
                value = value.substr(1, value.size() - 2);
            if (detail::is_same(name, "version"))
                version = value;
            else if (detail::is_same(name, "proto"))
                proto = value;
            else if (detail::is_same(name, "encoding"))
                encoding = value;
            else if (detail::is_same(name, "escaping"))
                scheme(value);
        }

        constexpr void scheme(std::string_view value) noexcept
        {
            for (std::size_t i = 0; i != std::size(escaping_scheme_names); ++i) {
                if (escaping_scheme_names[i] != value) continue;
                escaping = static_cast<escaping_scheme>(i);
                names_escaping = true;
            }
        }
    };

    constexpr void clause(std::string_view text) noexcept
    {
        std::string_view const type = detail::trimmed(detail::take_until(text, ';'));
        parameters asked;
        asked.read(text);
        ++clauses_;
        if (type.find('/') == std::string_view::npos || asked.weight == detail::malformed_weight) return;
        int const exactness = type == "*/*" ? 0 : type.ends_with("/*") ? 1 : 2;
        std::int64_t const rank =
            (std::int64_t{asked.weight} * 3 + exactness) * (std::int64_t{1} << 40U) - clauses_;
        candidate const one{
            asked.weight == 0 ? -clauses_ : rank, {{}, {}, asked.escaping}, asked.names_escaping};

        if (asked.names_escaping && one.rank > escaping_rank_ && asked.weight != 0) {
            escaping_ = asked.escaping;
            escaping_rank_ = one.rank;
        }
        if (exactness == 2) return named(type, asked, one);
        if (!asked.version.empty()) return;
        if (exactness == 0 && one.rank > any_.rank) any_ = one;
        for (range& each : ranges_)
            if (detail::is_same(each.type, type) && one.rank > each.of_type.rank) each.of_type = one;
    }

    constexpr void named(std::string_view type, parameters const& asked, candidate const& one) noexcept
    {
        for (range& each : ranges_)
            if (detail::is_same(each.named, type) && (asked.version.empty() || asked.version == each.version))
                each.is_named = true;
        if (one.rank <= named_.rank || asked.weight == 0) return;
        for (offer const& each : offers) {
            if (!detail::is_same(each.type, type) || each.version != asked.version) continue;
            if (each.kind == format::kind::protobuf &&
                (asked.proto != "io.prometheus.client.MetricFamily" || asked.encoding != "delimited"))
                continue;
            bool const is_offered = each.kind == format::kind::protobuf     ? offered_.protobuf
                                    : each.answer == format_version::v2_0_0 ? offered_.openmetrics_2
                                                                            : true;
            if (!is_offered) continue;
            named_ = one;
            named_.chosen.type = each.kind;
            named_.chosen.version = each.answer;
        }
    }

    offered_formats offered_;
    range ranges_[2] = {
        {"text/*", "text/plain", "0.0.4", format::kind::text, format_version::v0_0_4},
        {"application/*", "application/openmetrics-text", "1.0.0", format::kind::openmetrics,
         format_version::v1_0_0},
    };
    candidate named_;  // the best of those that name a format
    candidate any_;    // of */*
    escaping_scheme escaping_ = escaping_scheme::underscores;
    std::int64_t clauses_ = 0;
    std::int64_t escaping_rank_ = none;
};

}  // namespace iafmetrics::inline v0::exposition
