// SPDX-License-Identifier: Apache-2.0
// A traceparent, read a second time by its dashes.
#include <iafmetrics/http/traceparent.hpp>

#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using iafmetrics::http::traceparent;

namespace {

bool is_hex(std::string_view text, std::size_t size)
{
    return text.size() == size && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

/// Up to the next dash; `rest` is what follows it, null where there is none.
std::string_view part(std::string_view& rest)
{
    std::size_t const dash = rest.find('-');
    std::string_view const found = rest.substr(0, dash);
    rest = dash == std::string_view::npos ? std::string_view() : rest.substr(dash + 1);
    return found;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const field(reinterpret_cast<char const*>(data), size);
    auto const found = traceparent::parse(field);

    std::string_view rest = field;
    std::string_view const version = part(rest);
    std::string_view const trace = part(rest);
    std::string_view const parent = part(rest);
    std::string_view const flags = part(rest);
    bool const has_more = rest.data() != nullptr;
    bool const is_valid = is_hex(version, 2) && version != "ff" && is_hex(trace, 32) && is_hex(parent, 16) &&
                          is_hex(flags, 2) && trace.find_first_not_of('0') != std::string_view::npos &&
                          parent.find_first_not_of('0') != std::string_view::npos &&
                          (version != "00" || !has_more);
    require(found.has_value() == is_valid, "a traceparent is valid as its parts are");
    if (!found) return 0;

    require(found->trace_id() == trace && found->parent_id() == parent,
            "the identifiers are those of the field");
    unsigned const bits = static_cast<unsigned>(std::stoul(std::string(flags), nullptr, 16));
    require(found->version() == std::stoul(std::string(version), nullptr, 16),
            "the version is that of the field");
    require(found->is_sampled() == ((bits & 1U) != 0), "the lowest bit says sampled");
    require(found->is_random() == (version == "00" && (bits & 2U) != 0), "random is known to version 00");
    return 0;
}
