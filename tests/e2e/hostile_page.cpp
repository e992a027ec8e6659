// SPDX-License-Identifier: Apache-2.0
// Prints a page whose label values and help text are made of what breaks parsers; pages_test.py reads it.
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/iafmetrics.hpp>

#include <cstdint>
#include <cstdio>
#include <string>
#include <string_view>

namespace {

constexpr iafmetrics::counter_spec<"value"> hostile{"hostile_total",
                                                    "A \"help\" with \\ and\na second line, \\n and \xFF."};

}  // namespace

int main()
{
    using namespace std::string_view_literals;
    iafmetrics::registry registry;
    auto& family = registry.add(hostile);
    std::uint64_t n = 0;
    for (std::string_view const value :
         {"\""sv, "\\"sv, "\n"sv, "a\"b\\c\nd\\n"sv, ""sv, "{x=\"y\"} 7"sv, "\xFF\xC3"sv,
          "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80"sv, "# HELP x y"sv, " "sv}) {
        family.with(value).increment(++n);
    }
    std::string const page = iafmetrics::exposition::text(registry);
    std::fwrite(page.data(), 1, page.size(), stdout);
}
