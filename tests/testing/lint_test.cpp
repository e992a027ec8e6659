// SPDX-License-Identifier: Apache-2.0
// That the rules are promtool's is shown by readers/lint_test.cpp.
#include <iafmetrics/iafmetrics.hpp>
#include <iafmetrics/testing/lint.hpp>

#include <doctest/doctest.h>

using namespace iafmetrics;

TEST_CASE("testing lint: a registry of declarations that compile has nothing to remark")
{
    registry r;
    r.add(counter_spec<"method">{run_time, "requests_total", "Requests."}).with("GET").increment();
    r.add(histogram_spec{run_time, "wait_seconds", "Waits."});
    CHECK(testing::lint(r) == "");
}

TEST_CASE("testing lint: remarks name the metric, sorted, once each, and an exception stays out")
{
    registry r;
    r.add(gauge_spec<"someLabel">{run_time, "store_bytes_total", "Bytes.", exemption{"by contract"}})
        .with(1)
        .set(1);
    r.add(gauge_spec{run_time, "age_minutes", "Age.", exemption{"by contract"}});
    CHECK(testing::lint(r) ==
          "age_minutes use base unit \"seconds\" instead of \"minutes\"\n"
          "store_bytes_total label names should be written in 'snake_case' not 'camelCase'\n"
          "store_bytes_total non-counter metrics should not have \"_total\" suffix\n");
    CHECK(testing::lint(r, {"store_bytes_total", "age_minutes"}) == "");
}
