// SPDX-License-Identifier: Apache-2.0
// Hostile label values, help texts and numbers, read back by readers that are not ours.
#include <iafmetrics/exposition/text.hpp>

#include <doctest/doctest.h>

#include <unistd.h>

#include <cmath>
#include <cstdio>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <limits>
#include <set>
#include <sstream>
#include <string>
#include <string_view>
#include <vector>

using namespace iafmetrics;

namespace {

/// A label value or help text as a program may pass it, and as a reader shall see it.
struct hostile {
    std::string given;
    std::string read;
};

std::vector<hostile> hostile_texts()
{
    std::string const bad = "\xEF\xBF\xBD";
    std::vector<hostile> all;
    for (char const* text : {"plain",
                             "\"",
                             "\\",
                             "\n",
                             "\\n",
                             "\\\"",
                             "\\\\",
                             "\"\n\\",
                             "a\\",
                             "trailing\\\\",
                             "}",
                             "{}",
                             ",",
                             "a=\"b\",c=\"d\"",
                             "# HELP x y",
                             "\n# TYPE x counter\nx 1\n",
                             "\t",
                             "\r",
                             "\r\n",
                             " ",
                             "  two  ",
                             "\xC3\xA4\xE2\x82\xAC\xF0\x9F\x98\x80",
                             "\xE2\x80\xA8",
                             "\x7F",
                             "\x01\x02",
                             "\x0B\x0C\x1C",
                             "%s%n",
                             "$(id)"})
        all.push_back({text, text});
    all.push_back({"\xFF", bad});
    all.push_back({"a\xC3", "a" + bad});
    all.push_back({"\xE2\x82x", bad + bad + "x"});
    all.push_back({"\xED\xA0\x80", bad + bad + bad});
    all.push_back({"\xC0\xAF", bad + bad});
    all.push_back({std::string(100'000, '"'), std::string(100'000, '"')});
    return all;
}

std::string hex(std::string_view text)
{
    static constexpr char digits[] = "0123456789abcdef";
    std::string out;
    for (char const c : text) {
        out += digits[static_cast<unsigned char>(c) >> 4U];
        out += digits[static_cast<unsigned char>(c) & 15U];
    }
    return out.empty() ? "-" : out;
}

std::string run(std::string const& command)
{
    std::string out;
    FILE* const pipe = ::popen(command.c_str(), "r");
    REQUIRE(pipe != nullptr);
    char piece[65536];
    for (std::size_t n = 0; (n = std::fread(piece, 1, sizeof piece, pipe)) != 0;)
        out.append(piece, n);
    int const status = ::pclose(pipe);
    REQUIRE_MESSAGE(status == 0, command, ": ", out);
    return out;
}

struct temporary_file {
    std::filesystem::path path =
        std::filesystem::temp_directory_path() / ("iafmetrics-page-" + std::to_string(::getpid()));
    explicit temporary_file(std::string_view text) { std::ofstream(path, std::ios::binary) << text; }
    temporary_file(temporary_file const&) = delete;
    temporary_file& operator=(temporary_file const&) = delete;
    ~temporary_file() { std::filesystem::remove(path); }
};

std::set<std::string> lines_of(std::string const& text)
{
    std::set<std::string> lines;
    std::istringstream in(text);
    for (std::string line; std::getline(in, line);)
        lines.insert(line);
    return lines;
}

std::string hex_of(double value)
{
    // Python's float.hex() of the values used here
    if (std::isnan(value)) return "nan";
    if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
    char text[64];
    std::snprintf(text, sizeof text, "%.13a", value);
    return value == 0 ? (std::signbit(value) ? "-0x0.0p+0" : "0x0.0p+0") : text;
}

}  // namespace

TEST_CASE("readers: python3-prometheus-client reads back every hostile label value")
{
    registry r;
    auto& family = r.add(counter_spec<"a", "index">{run_time, "hostile_total", "Values."});
    auto& waits = r.add(histogram_spec<"a", "index">{run_time, "hostile_seconds", "Values.", buckets{1}});
    std::set<std::string> expected;
    int index = 0;
    for (auto const& [given, read] : hostile_texts()) {
        family.with(given, index).increment(index);
        waits.with(given, index).observe(0.5);
        std::string const labels =
            " " + hex("a") + " " + hex(read) + " " + hex("index") + " " + hex(std::to_string(index));
        expected.insert("SAMPLE hostile_total" + labels + " " + hex_of(index));
        expected.insert("SAMPLE hostile_seconds_count" + labels + " " + hex_of(1));
        ++index;
    }
    temporary_file const page(exposition::text(r));
    auto const seen = lines_of(run("/usr/bin/python3 " READER " " + page.path.string()));
    for (std::string const& line : expected)
        CHECK_MESSAGE(seen.contains(line), line.substr(0, 300));
}

TEST_CASE("readers: python3-prometheus-client reads back every hostile help text")
{
    registry r;
    std::set<std::string> expected;
    int index = 0;
    for (auto const& [given, read] : hostile_texts()) {
        std::string const name = "hostile_" + std::to_string(index++);
        // That reader trims help texts at their ends; what is between must come through.
        r.add(gauge_spec{run_time, name, "<" + given + ">"});
        expected.insert("HELP " + name + " " + hex("<" + read + ">"));
    }
    temporary_file const page(exposition::text(r));
    auto const seen = lines_of(run("/usr/bin/python3 " READER " " + page.path.string()));
    for (std::string const& line : expected)
        CHECK_MESSAGE(seen.contains(line), line.substr(0, 300));
}

TEST_CASE("readers: python3-prometheus-client reads back every number")
{
    using limits = std::numeric_limits<double>;
    registry r;
    auto& family = r.add(gauge_spec<"i">{run_time, "number", "Numbers."});
    std::set<std::string> expected;
    int index = 0;
    for (double const value : {0.0, -0.0, 1.0, -1.0, 0.1, 0.1 + 0.2, 1e6, 123456789.0, 1e21, 1e-7, 5e-300,
                               limits::max(), limits::min(), limits::lowest(), limits::infinity(),
                               -limits::infinity(), limits::quiet_NaN(), 1.0 / 3}) {
        family.with(index).set(value);
        std::string const prefix = "SAMPLE number " + hex("i") + " " + hex(std::to_string(index)) + " ";
        expected.insert(prefix + hex_of(value));
        ++index;
    }
    temporary_file const page(exposition::text(r));
    auto const seen = lines_of(run("/usr/bin/python3 " READER " " + page.path.string()));
    for (std::string const& line : expected)
        CHECK_MESSAGE(seen.contains(line), line);
}

TEST_CASE("readers: promtool accepts a page of hostile label values and help texts")
{
    registry r;
    auto& family = r.add(counter_spec<"a">{run_time, "hostile_total", "Values."});
    int index = 0;
    for (auto const& [given, read] : hostile_texts()) {
        family.with(given).increment();
        r.add(gauge_spec{run_time, "hostile_" + std::to_string(index++), "Help " + given});
    }
    temporary_file const page(exposition::text(r));
    CHECK(run("promtool check metrics < " + page.path.string() + " 2>&1").empty());
}
