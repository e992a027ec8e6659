// SPDX-License-Identifier: Apache-2.0
// A query with name[]: asks for less than everything, or for everything, and never fails.
#include <iafmetrics/exposition/name_filter.hpp>

#include "require.hpp"

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

using iafmetrics::family_header;
using iafmetrics::metric_type;
using iafmetrics::exposition::name_filter;

extern "C" int LLVMFuzzerTestOneInput(std::uint8_t const* data, std::size_t size)
{
    std::string_view const query(reinterpret_cast<char const*>(data), size);
    auto const wanted = name_filter::of_query(query);
    family_header const counter{"orders_total", "", metric_type::counter};
    family_header const histogram{"wait_seconds", "", metric_type::histogram};
    if (wanted.is_empty()) {
        require(wanted.shows(counter) && wanted.shows(histogram), "who asks for nothing gets everything");
        require(query.find("name[]=") != 0, "a name[] at the start asks for something");
    } else {
        bool const is_plain =
            query.find('%') == std::string_view::npos && query.find('+') == std::string_view::npos;
        if (is_plain && query.find("orders") == std::string_view::npos)
            require(!wanted.shows(counter), "what is not named is not shown");
    }
    std::string const more = std::string(query) + "&name%5B%5D=wait%5fseconds_bucket";
    require(name_filter::of_query(more).shows(histogram), "a name at the end is found");
    return 0;
}
