// SPDX-License-Identifier: Apache-2.0
// page: a registry in the format that a scraper asks for.
#pragma once

#include <iafmetrics/exposition/format.hpp>
#include <iafmetrics/exposition/negotiation.hpp>
#include <iafmetrics/exposition/openmetrics.hpp>
#include <iafmetrics/exposition/openmetrics_2.hpp>
#include <iafmetrics/exposition/protobuf.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/exposition/visitable.hpp>
#include <iafmetrics/registry.hpp>

#include <concepts>
#include <string_view>
#include <utility>

namespace iafmetrics::inline v0::exposition {

/// What write_page() writes.
inline constexpr offered_formats written_formats{.protobuf = true, .openmetrics_2 = true};

struct page_options {
    /// See openmetrics_options. The other formats tell when a series began, or cannot.
    bool created = false;
};

/// Streams the page of a registry, or of a selection of one, to `sink`, in a format that accepted_formats chose.
///
///     accepted_formats asked{written_formats};
///     asked.read(request["Accept"]);
///     response.set(http::field::content_type, content_type(asked.best()));
///     write_page(registry, asked.best(), [&](std::string_view piece) { body += piece; });
///
/// Names of metrics with utf8_names are shown as the format's escaping says.
template <visitable Metrics, std::invocable<std::string_view> Sink>
void write_page(Metrics const& metrics, format const& chosen, Sink sink, page_options options = {})
{
    if (chosen.type == format::kind::openmetrics && chosen.version == format_version::v2_0_0)
        write_openmetrics_2(metrics, std::move(sink), chosen.escaping);
    else if (chosen.type == format::kind::openmetrics)
        write_openmetrics(metrics, std::move(sink), {.created = options.created, .names = chosen.escaping});
    else if (chosen.type == format::kind::protobuf)
        write_protobuf(metrics, std::move(sink), chosen.escaping);
    else
        write_text(metrics, std::move(sink), chosen.escaping);
}

}  // namespace iafmetrics::inline v0::exposition
