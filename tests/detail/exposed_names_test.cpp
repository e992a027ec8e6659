// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/detail/exposed_names.hpp>

#include <doctest/doctest.h>

using iafmetrics::metric_type;
using iafmetrics::detail::exposed_names;
using iafmetrics::detail::sample_names;
using names = std::vector<std::string>;

TEST_CASE("exposed_names: those of the samples and those that OpenMetrics gives")
{
    CHECK(exposed_names("x_total", metric_type::counter) == names{"x_total", "x", "x_created"});
    CHECK(exposed_names("x", metric_type::counter) == names{"x", "x_total", "x_created"});
    CHECK(exposed_names("x_info", metric_type::info) == names{"x_info", "x"});
    CHECK(exposed_names("x", metric_type::histogram) ==
          names{"x", "x_bucket", "x_sum", "x_count", "x_created"});
    CHECK(exposed_names("x", metric_type::summary) == names{"x", "x_sum", "x_count", "x_created"});
    CHECK(exposed_names("x_total", metric_type::gauge) == names{"x_total"});
    CHECK(exposed_names("x", metric_type::state_set) == names{"x"});
    CHECK(sample_names("x_total", metric_type::counter) == names{"x_total"});
    CHECK(sample_names("x", metric_type::summary) == names{"x", "x_sum", "x_count"});
}
