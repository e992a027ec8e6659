// SPDX-License-Identifier: Apache-2.0
// Hostile label values, help texts and numbers, read back by readers that are not ours.
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/testing/page.hpp>

#include <doctest/doctest.h>

#include "reading.hpp"

#include <limits>
#include <set>
#include <string>
#include <vector>

using namespace iafmetrics;

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

TEST_CASE("readers: what promtool or python3-prometheus-client cannot read, testing::page refuses")
{
    // TYPE and HELP, numbers, time stamps, labels and escapes, right and wrong.
    std::vector<std::string> pages;
    for (char const* type :
         {"counter", "gauge", "histogram", "summary", "untyped", "meter", "info", "counter "})
        pages.push_back("# TYPE a " + std::string(type) + "\na 1\n");
    for (char const* help : {"", " H.", " \\\\ \\n", " \\", " \\x", " \\\"", " H.\n# HELP a H."})
        pages.push_back("# HELP a" + std::string(help) + "\na 1\n");
    for (char const* value :
         {"1",   "+1",        "-1",   "+-1", "--1",  "1_0",  "0x10",   "0x1p3", "1e5", "1.", ".5", "1e",
          "inf", "-Infinity", "+Inf", "NaN", "-NaN", "+NaN", "nan(1)", "1e999", "1x",  "",   "1 ", "1\r"})
        pages.push_back("a " + std::string(value) + "\n");
    for (char const* time : {"5", "-5", "1.5", "x", "5 6", "5 "})
        pages.push_back("a 1 " + std::string(time) + "\n");
    for (char const* labels :
         {"{}", "{b=\"c\"}", "{b=\"c\",}", " { b = \"c\" , d=\"\" } ", "{,}", "{b=\"c\",,}", "{b=\"c\"",
          "{b=\"c}", "{b='c'}", "{b=c}", "{b:c=\"x\"}", "{1=\"x\"}", "{b=\"1\",b=\"2\"}", "{__name__=\"x\"}",
          "{b=\"\\\\\\n\\\"\"}", "{b=\"\\x\"}"})
        pages.push_back("a" + std::string(labels) + " 1\n");
    for (char const* le : {"1", "+Inf", "x", ""}) {
        pages.push_back("# TYPE a histogram\na_bucket{le=\"" + std::string(le) + "\"} 1\n");
        pages.push_back("# TYPE a summary\na{quantile=\"" + std::string(le) + "\"} 1\n");
    }
    int unreadable = 0;
    for (std::string const& text : pages) {
        CAPTURE(text);
        temporary_file const page(text);
        std::string const path = page.path.string();
        bool const go = run("promtool check metrics < " + path + " 2>&1 || true").find("parsing error") ==
                        std::string::npos;
        bool const python =
            run("/usr/bin/python3 " READER " " + path + " >/dev/null 2>&1 || echo no").empty();
        bool ours = true;
        try {
            testing::page const read{text};
        } catch (testing::unreadable_page const&) {
            ours = false;
        }
        CHECK(ours == go);
        CHECK((python || !ours));
        unreadable += go ? 0 : 1;
    }
    CHECK(unreadable > 20);  // promtool's words are what is looked for
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
