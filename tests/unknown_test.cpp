// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/callback.hpp>
#include <iafmetrics/exposition/openmetrics.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/unknown.hpp>

#include <doctest/doctest.h>

#include <cstdint>
#include <limits>
#include <string>

using namespace iafmetrics;

namespace {

inline constexpr unknown_spec readings{"shop_till_readings", "What the till says."};
inline constexpr unknown_spec<"key"> registers{"shop_registers", "Registers.", series_limit{2}};

}  // namespace

TEST_CASE("unknown: shows what was set last, as untyped in text and as unknown in OpenMetrics")
{
    registry r;
    unknown& all = r.add(readings);
    CHECK(all.value().as_double() == 0);
    all.set(7);
    all.set(-2.5);
    CHECK(all.value().as_double() == -2.5);
    auto& family = r.add(registers);
    family.with("a").set(std::numeric_limits<double>::infinity());
    CHECK(
        exposition::text(r) ==
        "# HELP shop_till_readings What the till says.\n# TYPE shop_till_readings untyped\n"
        "shop_till_readings -2.5\n"
        "# HELP shop_registers Registers.\n# TYPE shop_registers untyped\nshop_registers{key=\"a\"} +Inf\n"
        "# HELP iafmetrics_series_dropped_total Lookups that found a metric at its series limit and used its "
        "overflow series.\n# TYPE iafmetrics_series_dropped_total counter\n"
        "iafmetrics_series_dropped_total{metric=\"shop_registers\"} 0\n");
    CHECK(exposition::openmetrics(r).starts_with(
        "# TYPE shop_till_readings unknown\n# HELP shop_till_readings What the till says.\n"
        "shop_till_readings -2.5\n"));
}

TEST_CASE("unknown: a callback shows what it reads, an integer to its last digit")
{
    registry r;
    callback const all{r, readings, [] { return std::numeric_limits<std::uint64_t>::max(); }};
    callback const each{r, registers, [](auto& series) { series.with("a").set(-1); }};
    std::string const page = exposition::text(r);
    CHECK(page.find("# TYPE shop_till_readings untyped\nshop_till_readings 18446744073709551615\n") !=
          std::string::npos);
    CHECK(page.find("# TYPE shop_registers untyped\nshop_registers{key=\"a\"} -1\n") != std::string::npos);
}

TEST_CASE("unknown: a name of another type is refused")
{
    registry r;
    r.add(readings);
    CHECK_THROWS_WITH_AS((void)r.add(gauge_spec{run_time, "shop_till_readings", "What the till says."}),
                         doctest::Contains("another type"), registration_error);
    CHECK_THROWS_WITH_AS((unknown_spec{run_time, "shop_reads_total", "Reads."}),
                         doctest::Contains("only a counter's name may end in _total"), registration_error);
}
