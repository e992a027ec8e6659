// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/number_text.hpp>

#include <doctest/doctest.h>

#include <bit>
#include <cmath>
#include <cstdint>
#include <cstdlib>
#include <limits>
#include <random>
#include <string>

using iafmetrics::number;
using iafmetrics::exposition::number_text;

namespace {
std::string written(number value) { return std::string(number_text(value).view()); }
}  // namespace

TEST_CASE("number_text: lays numbers out as Go does")
{
    CHECK(written(0.0) == "0");
    CHECK(written(-0.0) == "-0");
    CHECK(written(1.0) == "1");
    CHECK(written(0.1 + 0.2) == "0.30000000000000004");
    CHECK(written(100000.0) == "100000");
    CHECK(written(1e6) == "1e+06");
    CHECK(written(0.0001) == "0.0001");
    CHECK(written(0.00001) == "1e-05");
    CHECK(written(1e300) == "1e+300");
    CHECK(written(std::numeric_limits<double>::denorm_min()) == "5e-324");
    CHECK(written(std::numeric_limits<double>::max()) == "1.7976931348623157e+308");
    CHECK(written(std::numeric_limits<double>::quiet_NaN()) == "NaN");
    CHECK(written(-std::numeric_limits<double>::quiet_NaN()) == "NaN");
    CHECK(written(std::numeric_limits<double>::infinity()) == "+Inf");
    CHECK(written(-std::numeric_limits<double>::infinity()) == "-Inf");
}

TEST_CASE("number_text: writes integers in full")
{
    CHECK(written(std::uint64_t{18446744073709551615U}) == "18446744073709551615");
    CHECK(written(std::int64_t{-9223372036854775807} - 1) == "-9223372036854775808");
    CHECK(written(std::uint64_t{1000000}) == "1000000");
}

TEST_CASE("number_text: writes seconds by digits alone where they fit")
{
    auto const seconds = [](double time) {
        char text[iafmetrics::exposition::longest_number];
        return std::string(text, iafmetrics::exposition::write_seconds(text, time));
    };
    CHECK(seconds(1795000000) == "1795000000");
    CHECK(seconds(1520430000.123) == "1520430000.123");
    CHECK(seconds(-0.5) == "-0.5");
    CHECK(seconds(1e300) == "1e+300");
    CHECK(seconds(5e-324) == "5e-324");
}

TEST_CASE("number_text: every double reads back as itself")
{
    constexpr unsigned seed = 42;
    INFO("seed ", seed);
    std::mt19937_64 bits(seed);
    for (int i = 0; i != 200'000; ++i) {
        double const value = std::bit_cast<double>(bits());
        if (std::isnan(value) || std::isinf(value)) continue;
        std::string const text = written(value);
        REQUIRE_MESSAGE(std::strtod(text.c_str(), nullptr) == value, text);
    }
}
