// SPDX-License-Identifier: Apache-2.0
// Accept-Encoding: the coding is used by who named it or everything.
#include <iafmetrics/beast/detail/accepted_codings.hpp>

#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using iafmetrics::beast::detail::accepted_codings;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string const field(reinterpret_cast<char const*>(data), size);
    auto const prefers = [](std::string_view first, std::string_view second = {}) {
        accepted_codings asked{"gzip"};
        asked.read(first);
        asked.read(second);
        return asked.prefers_it();
    };
    bool const is_preferred = prefers(field);
    std::string lower = field;
    for (char& c : lower)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    if (is_preferred)
        require(lower.find("gzip") != std::string::npos || field.find('*') != std::string::npos,
                "who gets gzip has named it, or everything");
    require(prefers(lower) == is_preferred, "case does not matter");
    require(prefers("", field) == is_preferred, "an empty line changes nothing");
    require(prefers(field, "gzip;q=1, identity;q=0"), "the last word counts");
    require(!prefers(field, "gzip;q=0"), "who refuses gzip does not get it");
    return 0;
}
