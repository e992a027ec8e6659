// SPDX-License-Identifier: Apache-2.0
// The field lines of an Accept, one a line.
#include <iafmetrics/exposition/negotiation.hpp>

#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using namespace iafmetrics::exposition;

namespace {

format negotiated(std::string_view lines, std::string_view before = {})
{
    accepted_formats asked;
    asked.read(before);
    for (;;) {
        std::size_t const end = lines.find('\n');
        asked.read(lines.substr(0, end));
        if (end == std::string_view::npos) return asked.best();
        lines.remove_prefix(end + 1);
    }
}

std::string lowered(std::string text)
{
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string const lines(reinterpret_cast<char const*>(data), size);
    format const chosen = negotiated(lines);

    std::string_view const type = content_type(chosen);
    require(type.starts_with("text/plain; version=") ||
                type.starts_with("application/openmetrics-text; version=") ||
                type.starts_with("application/vnd.google.protobuf; proto="),
            "the answer is of a known type");
    require(type.find("; escaping=") == type.rfind("; escaping="), "the answer names escaping once");
    if (chosen.type == format::kind::protobuf)
        require(lines.find("io.prometheus.client.MetricFamily") != std::string::npos &&
                    lines.find("delimited") != std::string::npos,
                "protobuf is for who asks for it");
    if (chosen.version == format_version::v2_0_0)
        require(lines.find("2.0.0") != std::string::npos,
                "OpenMetrics 2.0.0 is for who asks for it by version");
    if (chosen.escaping != escaping_scheme::underscores)
        require(lines.find(escaping_scheme_names[static_cast<std::size_t>(chosen.escaping)]) !=
                    std::string::npos,
                "a scheme was named");

    require(negotiated(lines, "text/plain;version=1.0.0;escaping=dots;q=0") == chosen,
            "weight 0 of what no range stands for changes nothing");
    require(negotiated(lines, "text/plain;version=1.0.0;escaping=dots;q=1.1") == chosen,
            "a malformed weight changes nothing");
    require(negotiated(lines, "application/openmetrics-text;version=2.0.0;escaping=values") ==
                format{format::kind::openmetrics, format_version::v2_0_0, escaping_scheme::values},
            "the first of the most wanted wins");

    std::string const lower = lowered(lines);
    if (lower.find("text/") == std::string::npos && lower.find("application/") == std::string::npos) {
        format const other = negotiated(lines, "text/plain;q=0,*/*;q=0.001");
        require(other.type == format::kind::openmetrics && other.version == format_version::v1_0_0,
                "a range does not stand for what is refused by name");
        format const more = negotiated(lines, "text/*;q=0.1,application/*;q=0.9");
        require(more.type == format::kind::openmetrics, "the more exact range decides a type's weight");
    }

    if (lines.find('"') == std::string::npos) {
        std::string joined = lines;
        for (char& c : joined)
            if (c == '\n') c = ',';
        require(negotiated(joined) == chosen, "several field lines are one list");
    }
    return 0;
}
