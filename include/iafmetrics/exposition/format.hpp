// SPDX-License-Identifier: Apache-2.0
// format: which of Prometheus' formats a page has, and the Content-Type that says so.
#pragma once

#include <iafmetrics/exposition/escaping.hpp>

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace iafmetrics::inline v0::exposition {

/// The Content-Type of what each writer writes, with names that need no quotes.
inline constexpr std::string_view text_content_type = "text/plain; version=0.0.4; charset=utf-8";
inline constexpr std::string_view openmetrics_content_type =
    "application/openmetrics-text; version=1.0.0; charset=utf-8";
inline constexpr std::string_view openmetrics_2_content_type =
    "application/openmetrics-text; version=2.0.0; charset=utf-8";
inline constexpr std::string_view protobuf_content_type =
    "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited";

}  // namespace iafmetrics::inline v0::exposition

namespace iafmetrics::inline v0::detail {

struct content_type_text {
    char text[128]{};
    std::size_t size = 0;

    constexpr void append(std::string_view part) noexcept { size += part.copy(text + size, part.size()); }
};

/// By format, in the order of `types`, then by scheme.
struct content_type_table {
    static constexpr std::string_view types[] = {
        exposition::text_content_type,
        "text/plain; version=1.0.0; charset=utf-8",
        "application/openmetrics-text; version=0.0.1; charset=utf-8",
        exposition::openmetrics_content_type,
        exposition::openmetrics_2_content_type,
        exposition::protobuf_content_type,
    };

    content_type_text all[6][4];

    constexpr content_type_table() noexcept : all{}
    {
        for (std::size_t type = 0; type != 6; ++type)
            for (std::size_t scheme = 0; scheme != 4; ++scheme) {
                all[type][scheme].append(types[type]);
                if (scheme == 0) continue;  // underscores is what a type that names none means
                all[type][scheme].append("; escaping=");
                all[type][scheme].append(exposition::escaping_scheme_names[scheme]);
            }
    }
};

inline constexpr content_type_table content_types{};

}  // namespace iafmetrics::inline v0::detail

namespace iafmetrics::inline v0::exposition {

/// In their order. Of text there are 0.0.4 and 1.0.0, of OpenMetrics 0.0.1, 1.0.0 and 2.0.0; protobuf has none.
enum class format_version : std::uint8_t { none, v0_0_1, v0_0_4, v1_0_0, v2_0_0 };

/// A page's format. By default what every reader understands: text 0.0.4 with names that need no quotes.
struct format {
    enum class kind : std::uint8_t { text, openmetrics, protobuf };

    kind type = kind::text;
    format_version version = format_version::v0_0_4;
    escaping_scheme escaping = escaping_scheme::underscores;

    bool operator==(format const&) const = default;
};

/// The value of Content-Type for a page of that format, as Prometheus 2 and 3 read it: version 3 fails the scrape where it
/// cannot, so that no parameter is there twice.
///
///     response.set(http::field::content_type, content_type(chosen));
///
/// Lifetime: static.
[[nodiscard]] constexpr std::string_view content_type(format const& chosen) noexcept
{
    auto const place = [&]() -> std::size_t {
        switch (chosen.type) {
        case format::kind::text: return chosen.version < format_version::v1_0_0 ? 0 : 1;
        case format::kind::openmetrics:
            return chosen.version < format_version::v1_0_0   ? 2
                   : chosen.version < format_version::v2_0_0 ? 3
                                                             : 4;
        case format::kind::protobuf: return 5;
        }
        return 0;
    };
    auto const& found = detail::content_types.all[place()][static_cast<std::size_t>(chosen.escaping)];
    return {found.text, found.size};
}

}  // namespace iafmetrics::inline v0::exposition
