// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/default_registry.hpp>
#include <iafmetrics/exposition/text.hpp>

#include <doctest/doctest.h>

#include <string>

using namespace iafmetrics;

TEST_CASE("default_registry: is one, and shows the process metrics until it is asked not to")
{
    registry& one = default_registry();
    CHECK(&one == &default_registry());
    CHECK(exposition::text(one).find("\nprocess_cpu_seconds_total ") != std::string::npos);
    default_process_collector().reset();
    CHECK(exposition::text(one).find("process_") == std::string::npos);
    default_process_collector() = collector_registration(one, collectors::process{});
    CHECK(exposition::text(one).find("\nprocess_cpu_seconds_total ") != std::string::npos);
}
