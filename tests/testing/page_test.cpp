// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/testing/page.hpp>

#include <doctest/doctest.h>

#include <cmath>
#include <limits>
#include <string>
#include <utility>

using namespace iafmetrics;

namespace {

std::string refusal_of(std::string const& text)
{
    try {
        testing::page const page{text};
    } catch (testing::unreadable_page const& error) {
        return error.what();
    }
    return "none";
}

}  // namespace

TEST_CASE("testing page: lines belong to their metric, with help, type, labels and value")
{
    testing::page const page{"# HELP wait Waits.\n"
                             "# TYPE wait histogram\n"
                             "wait_bucket{ a = \"x\\\"\\\\\\ny\" , le=\"+Inf\", } 2\n"
                             "wait_sum{a=\"z\"} 1.5\n"
                             "\n"
                             "# any remark\n"
                             "   wait_total 3 1700000000000"};
    REQUIRE(page.families().size() == 2);
    auto const& wait = page.families()[0];
    CHECK(wait.name == "wait");
    CHECK(wait.help == "Waits.");
    CHECK(wait.type == "histogram");
    REQUIRE(wait.samples.size() == 2);
    CHECK(wait.samples[0].labels[0].second == "x\"\\\ny");
    CHECK(wait.samples[0].series() == "wait_bucket{a=\"x\\\"\\\\\\ny\",le=\"+Inf\"}");
    CHECK(wait.samples[1].value == 1.5);
    CHECK(page.find("wait_total")->samples[0].value == 3);
    CHECK(page.find("wait_sum") == nullptr);
}

TEST_CASE("testing page: a text that is no page is refused with its line and the reason")
{
    CHECK(refusal_of("a 1\n1a 1\n") == "line 2: not a metric name: 1a 1");
    CHECK(refusal_of("a\n") == "line 1: not a number: a");
    CHECK(refusal_of("a 1x\n") == "line 1: not a number: a 1x");
    CHECK(refusal_of("a 1 2 3\n") == "line 1: more than a value and a time stamp: a 1 2 3");
    CHECK(refusal_of("a{b=\"c} 1\n") == "line 1: a label's value has no closing quote: a{b=\"c} 1");
    CHECK(refusal_of("a{b=\"c\\") == "line 1: a backslash is followed by what it escapes: a{b=\"c\\");
    CHECK(refusal_of("a{b=c} 1") == "line 1: a label's value is a text in quotes: a{b=c} 1");
    CHECK(refusal_of("a{b=\"c\"d=\"e\"} 1").starts_with("line 1: labels are separated by commas"));
    CHECK(refusal_of("a{b=\"c\" 1").starts_with("line 1: labels are separated by commas"));
    CHECK(refusal_of("a{1=\"c\"} 1") == "line 1: not a label name: a{1=\"c\"} 1");
    CHECK(refusal_of("a{b=\"1\",b=\"2\"} 1").starts_with("line 1: a label is there twice"));
    CHECK(refusal_of("a{b=\"1\",c=\"2\"} 1\na{c=\"2\",b=\"1\"} 1")
              .starts_with("line 2: a second line of this series"));
    CHECK(refusal_of("# TYPE a gauge\n# TYPE a gauge").starts_with("line 2: this metric has a TYPE already"));
    CHECK(refusal_of("a 1\n# TYPE a gauge").starts_with("line 2: TYPE comes before the first sample"));
    CHECK(refusal_of("# HELP 1 x").starts_with("line 1: not a metric name"));
    CHECK(refusal_of("# TYPE a meter").starts_with("line 1: not a type"));
    CHECK(refusal_of("# HELP a \\x").starts_with("line 1: a backslash is followed by what it escapes"));
    CHECK(refusal_of("a{b=\"\\x\"} 1").starts_with("line 1: a backslash is followed by what it escapes"));
    CHECK(refusal_of("a 1 1.5").starts_with("line 1: a time stamp is a whole number"));
    CHECK(refusal_of("# TYPE a histogram\na_bucket{le=\"x\"} 1") ==
          "line 2: not a number: the value of le: a_bucket{le=\"x\"} 1");
}

TEST_CASE("testing page: numbers are those that Prometheus reads")
{
    double const infinity = std::numeric_limits<double>::infinity();
    for (auto const& [text, value] : {std::pair<std::string, double>{"1", 1},
                                      {"+1", 1},
                                      {"-1", -1},
                                      {"1e5", 1e5},
                                      {".5", .5},
                                      {"1.", 1},
                                      {"-0", 0},
                                      {"Inf", infinity},
                                      {"+Inf", infinity},
                                      {"-inf", -infinity},
                                      {"infinity", infinity}})
        CHECK_MESSAGE(testing::page::number(text) == value, text);
    CHECK(std::isnan(testing::page::number("NaN").value()));
    for (char const* text :
         {"", "+", "+-1", "--1", "-+1", "1x", "1_0", "0x10", "1e", "-NaN", "+NaN", "nan(1)", "1e999"})
        CHECK_MESSAGE(!testing::page::number(text), text);
}
