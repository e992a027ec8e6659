// SPDX-License-Identifier: Apache-2.0
// negotiation: the format that a request's Accept asks for.
#pragma once

#include <iafmetrics/detail/field_text.hpp>
#include <iafmetrics/exposition/escaping.hpp>
#include <iafmetrics/exposition/format.hpp>

#include <cstddef>
#include <cstdint>
#include <iterator>
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
///   `*/*` and `text/*` are text 0.0.4, `application/*` is OpenMetrics 1.0.0.
/// - `escaping=` is that of the clause. A clause that names none has that of the most wanted clause before it that does,
///   and else underscores. A scheme that nobody knows is not named.
/// - Of a parameter that is there twice, the last one counts; other parameters mean nothing.
/// - A clause that is malformed or of weight 0 is left out. Where none is left, the answer is text 0.0.4: a page is worth
///   more than 406.
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
        format chosen = best_;
        if (!best_names_escaping_ && escaping_rank_ > best_rank_) chosen.escaping = escaping_;
        return chosen;
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
        {"application/*", "", format::kind::openmetrics, format_version::v1_0_0},
        {"text/*", "", format::kind::text, format_version::v0_0_4},
        {"*/*", "", format::kind::text, format_version::v0_0_4},
    };

    /// What the parameters of a clause say.
    struct parameters {
        std::string_view version, proto, encoding;
        escaping_scheme escaping = escaping_scheme::underscores;
        bool names_escaping = false;
        int weight = 1000;  // 0: not acceptable, or malformed

        constexpr void read(std::string_view text) noexcept
        {
            while (!text.empty() && weight != 0)
                parameter(detail::trimmed(detail::take_until(text, ';')));
        }

    private:
        constexpr void parameter(std::string_view text) noexcept
        {
            if (text.empty()) return;
            std::size_t const equals = text.find('=');
            std::string_view const name = text.substr(0, equals);
            if (equals == std::string_view::npos || name.empty() || name != detail::trimmed(name)) {
                weight = 0;
                return;
            }
            if (detail::is_same(name, "q")) {
                weight = detail::thousandths(text);
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
        if (type.find('/') == std::string_view::npos || asked.weight == 0) return;
        // By weight, then exactness, then place: no two clauses have the same.
        int const exactness = type == "*/*" ? 0 : type.ends_with("/*") ? 1 : 2;
        std::int64_t const rank =
            (std::int64_t{asked.weight} * 3 + exactness) * (std::int64_t{1} << 40U) - clauses_;

        if (asked.names_escaping && rank > escaping_rank_) {
            escaping_ = asked.escaping;
            escaping_rank_ = rank;
        }
        if (rank <= best_rank_) return;
        for (offer const& one : offers) {
            if (!detail::is_same(one.type, type) || one.version != asked.version) continue;
            if (one.kind == format::kind::protobuf &&
                (asked.proto != "io.prometheus.client.MetricFamily" || asked.encoding != "delimited"))
                continue;
            bool const is_offered = one.kind == format::kind::protobuf     ? offered_.protobuf
                                    : one.answer == format_version::v2_0_0 ? offered_.openmetrics_2
                                                                           : true;
            if (!is_offered) continue;
            best_ = {one.kind, one.answer, asked.escaping};
            best_rank_ = rank;
            best_names_escaping_ = asked.names_escaping;
        }
    }

    offered_formats offered_;
    format best_{};
    escaping_scheme escaping_ = escaping_scheme::underscores;
    bool best_names_escaping_ = false;
    std::int64_t clauses_ = 0;
    std::int64_t best_rank_ = -1;
    std::int64_t escaping_rank_ = -1;
};

}  // namespace iafmetrics::inline v0::exposition
