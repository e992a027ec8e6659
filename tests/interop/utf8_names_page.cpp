// SPDX-License-Identifier: Apache-2.0
// utf8_names_page FORMAT: prints a page with names that need quotes, as text or openmetrics. utf8_names.py knows what it has.
#include <iafmetrics/exposition/openmetrics.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/iafmetrics.hpp>

#include <cstdio>
#include <string>
#include <string_view>

using namespace iafmetrics;

int main(int argc, char** argv)
{
    if (argc != 2) return 2;
    registry r;
    constexpr utf8_names reason{"a test"};
    auto& duration = r.add(histogram_spec<"http.route", "plain">{run_time, "http.server.request.duration",
                                                                 "Requests.", buckets{.5}, reason});
    duration.with("/", "a\"b").observe(.25);
    r.add(counter_spec{run_time, "http.requests_total", "Requests.", reason}).increment(7);
    r.add(gauge_spec<"straße \"\\\n=,}">{run_time, "größe\n\"\\ {}#", "Size.", reason})
        .with("x\n\"\\")
        .set(-1.5);
    r.add(gauge_spec{run_time, "plain", "Plain."}).set(2);

    constexpr auto names = exposition::escaping_scheme::allow_utf8;
    bool const is_text = argv[1] == std::string_view("text");
    std::string const page =
        is_text ? exposition::text(r, names) : exposition::openmetrics(r, {.names = names});
    return std::fputs(page.c_str(), stdout) < 0 ? 1 : 0;
}
