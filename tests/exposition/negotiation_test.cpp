// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/negotiation.hpp>

#include <doctest/doctest.h>

#include <initializer_list>
#include <string>
#include <string_view>

using namespace iafmetrics::exposition;

namespace {

constexpr format negotiated(std::initializer_list<std::string_view> lines)
{
    accepted_formats asked;
    for (std::string_view const line : lines)
        asked.read(line);
    return asked.best();
}

/// What the answer to a request with that Accept calls itself.
constexpr std::string_view answer(std::string_view accept) { return content_type(negotiated({accept})); }

#define OPENMETRICS "application/openmetrics-text"
#define PROTOBUF "application/vnd.google.protobuf"

constexpr std::string_view text_0_0_4 = "text/plain; version=0.0.4; charset=utf-8";
constexpr std::string_view text_0_0_4_utf8 = "text/plain; version=0.0.4; charset=utf-8; escaping=allow-utf-8";
constexpr std::string_view text_1_0_0 = "text/plain; version=1.0.0; charset=utf-8";
constexpr std::string_view text_1_0_0_utf8 = "text/plain; version=1.0.0; charset=utf-8; escaping=allow-utf-8";
constexpr std::string_view openmetrics_0_0_1 = OPENMETRICS "; version=0.0.1; charset=utf-8";
constexpr std::string_view openmetrics_1_0_0 = OPENMETRICS "; version=1.0.0; charset=utf-8";
constexpr std::string_view openmetrics_1_0_0_utf8 =
    OPENMETRICS "; version=1.0.0; charset=utf-8; escaping=allow-utf-8";
constexpr std::string_view openmetrics_2_0_0 = OPENMETRICS "; version=2.0.0; charset=utf-8";
constexpr std::string_view protobuf =
    PROTOBUF "; proto=io.prometheus.client.MetricFamily; encoding=delimited";
constexpr std::string_view protobuf_utf8 =
    PROTOBUF "; proto=io.prometheus.client.MetricFamily; encoding=delimited; escaping=allow-utf-8";

struct row {
    std::string_view accept;
    std::string_view content_type;
};

void check(std::initializer_list<row> rows)
{
    for (row const& one : rows)
        CHECK_MESSAGE(answer(one.accept) == one.content_type, one.accept);
}

}  // namespace

TEST_CASE("negotiation: Prometheus 2.42 to 3.16 get what they want most")
{
    check({
        // 2.42, 2.45
        {OPENMETRICS ";version=1.0.0," OPENMETRICS
                     ";version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         openmetrics_1_0_0},
        // the same with native histograms
        {PROTOBUF ";proto=io.prometheus.client.MetricFamily;encoding=delimited," OPENMETRICS
                  ";version=1.0.0;q=0.8," OPENMETRICS
                  ";version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
         protobuf},
        // 2.49
        {OPENMETRICS ";version=1.0.0;q=0.5," OPENMETRICS
                     ";version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
         openmetrics_1_0_0},
        {PROTOBUF ";proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.5," OPENMETRICS
                  ";version=1.0.0;q=0.4," OPENMETRICS
                  ";version=0.0.1;q=0.3,text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
         protobuf},
        // 3.0: escaping with every type, and twice with text 1.0.0
        {OPENMETRICS ";version=1.0.0;escaping=allow-utf-8;q=0.6," OPENMETRICS
                     ";version=0.0.1;escaping=allow-utf-8;q=0.5,"
                     "text/plain;version=1.0.0;escaping=allow-utf-8;escaping=allow-utf-8;q=0.4,"
                     "text/plain;version=0.0.4;escaping=allow-utf-8;q=0.3,*/*;q=0.2",
         openmetrics_1_0_0_utf8},
        {"text/plain;version=1.0.0;escaping=allow-utf-8;escaping=allow-utf-8;q=0.6,*/*;q=0.5",
         text_1_0_0_utf8},
        // 3.5 to 3.14
        {OPENMETRICS ";version=1.0.0;escaping=allow-utf-8;q=0.6," OPENMETRICS
                     ";version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                     "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
         openmetrics_1_0_0_utf8},
        // the same with native histograms or start timestamps
        {PROTOBUF
         ";proto=io.prometheus.client.MetricFamily;encoding=delimited;escaping=allow-utf-8;q=0.6," OPENMETRICS
         ";version=1.0.0;escaping=allow-utf-8;q=0.5," OPENMETRICS
         ";version=0.0.1;q=0.4,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.3,"
         "text/plain;version=0.0.4;q=0.2,*/*;q=0.1",
         protobuf_utf8},
        // 3.16
        {OPENMETRICS ";version=1.0.0;escaping=allow-utf-8;q=0.7," OPENMETRICS
                     ";version=0.0.1;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                     "text/plain;version=0.0.4;q=0.4,*/*;q=0.3",
         openmetrics_1_0_0_utf8},
        // the same with native histograms or start timestamps: no escaping with protobuf
        {PROTOBUF ";proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.7," OPENMETRICS
                  ";version=1.0.0;escaping=allow-utf-8;q=0.6," OPENMETRICS
                  ";version=0.0.1;q=0.5,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.4,"
                  "text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
         protobuf},
        // with its feature openmetrics2
        {OPENMETRICS ";version=2.0.0;escaping=allow-utf-8;q=0.8," OPENMETRICS
                     ";version=1.0.0;escaping=allow-utf-8;q=0.7," OPENMETRICS
                     ";version=0.0.1;q=0.6,text/plain;version=1.0.0;escaping=allow-utf-8;q=0.5,"
                     "text/plain;version=0.0.4;q=0.4,*/*;q=0.3",
         OPENMETRICS "; version=2.0.0; charset=utf-8; escaping=allow-utf-8"},
        // with metric_name_escaping_scheme: dots
        {OPENMETRICS ";version=1.0.0;escaping=dots;q=0.7," OPENMETRICS
                     ";version=0.0.1;q=0.6,text/plain;version=1.0.0;escaping=dots;q=0.5,"
                     "text/plain;version=0.0.4;q=0.4,*/*;q=0.3",
         OPENMETRICS "; version=1.0.0; charset=utf-8; escaping=dots"},
        // one protocol configured
        {"text/plain;version=0.0.4;q=0.6,*/*;q=0.5", text_0_0_4},
        {OPENMETRICS ";version=0.0.1;q=0.6,*/*;q=0.5", openmetrics_0_0_1},
    });
}

TEST_CASE("negotiation: a browser, curl and who says nothing get text 0.0.4")
{
    check({
        {"", text_0_0_4},
        {"*/*", text_0_0_4},
        {"text/*", text_0_0_4},
        {"text/plain", text_0_0_4},
        {"text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,*/*;q=0.8", text_0_0_4},
        {"application/json", text_0_0_4},
    });
    CHECK(content_type(negotiated({})) == text_0_0_4);
    CHECK(negotiated({}) == format{});
}

TEST_CASE("negotiation: a version is what was asked for, or the oldest")
{
    check({
        {"text/plain;version=1.0.0", text_1_0_0},
        {OPENMETRICS, openmetrics_0_0_1},
        {OPENMETRICS ";version=0.0.1", openmetrics_0_0_1},
        {OPENMETRICS "; version=2.0.0; charset=utf-8", openmetrics_2_0_0},
        {OPENMETRICS ";version=2.0.0;q=0.5," OPENMETRICS ";version=1.0.0;q=0.4", openmetrics_2_0_0},
        {"application/*", openmetrics_1_0_0},
    });
}

TEST_CASE("negotiation: a version that is not offered is passed over")
{
    check({
        {"text/plain;version=0.0.5", text_0_0_4},
        {OPENMETRICS ";version=3.0.0", text_0_0_4},
        {OPENMETRICS ";version=3.0.0," OPENMETRICS ";version=1.0.0;q=0.1", openmetrics_1_0_0},
        {OPENMETRICS ";version=0.0.4", text_0_0_4},
        {"*/*;version=1.0.0", text_0_0_4},
    });
}

TEST_CASE("negotiation: protobuf is delimited MetricFamily or nothing")
{
    check({
        {PROTOBUF ";encoding=delimited;proto=io.prometheus.client.MetricFamily", protobuf},
        {PROTOBUF ";encoding=\"delimited\";proto=\"io.prometheus.client.MetricFamily\"", protobuf},
        {PROTOBUF, text_0_0_4},
        {PROTOBUF ";encoding=delimited", text_0_0_4},
        {PROTOBUF ";proto=io.prometheus.client.MetricFamily", text_0_0_4},
        {PROTOBUF ";proto=io.prometheus.client.MetricFamily;encoding=text", text_0_0_4},
        {PROTOBUF ";proto=io.prometheus.client.MetricFamily;encoding=compact-text", text_0_0_4},
        {PROTOBUF ";proto=openmetrics.MetricSet;encoding=delimited," OPENMETRICS ";q=0.1", openmetrics_0_0_1},
    });
}

TEST_CASE("negotiation: the greatest weight wins, then the most exact clause, then the first")
{
    check({
        {"text/plain;q=0.5," OPENMETRICS ";version=1.0.0;q=0.6", openmetrics_1_0_0},
        {"text/plain;q=0.501," OPENMETRICS ";version=1.0.0;q=0.5", text_0_0_4},
        {"text/plain;q=0.9," OPENMETRICS ";version=1.0.0", openmetrics_1_0_0},
        {"*/*," OPENMETRICS ";version=1.0.0", openmetrics_1_0_0},
        {"*/*,application/*", openmetrics_1_0_0},
        {"text/*," OPENMETRICS ";version=1.0.0", openmetrics_1_0_0},
        {"*/*;q=0.002,application/*;q=0.001", text_0_0_4},
        {"text/plain," OPENMETRICS ";version=1.0.0", text_0_0_4},
        {OPENMETRICS ";version=1.0.0,text/plain", openmetrics_1_0_0},
        {OPENMETRICS ";version=1.0.0;q=0,text/plain;version=1.0.0;q=0.001", text_1_0_0},
        {OPENMETRICS ";version=1.0.0;q=0", text_0_0_4},
    });
}

TEST_CASE("negotiation: a range stands for what is not named more exactly")
{
    check({
        {"text/plain;q=0,*/*", openmetrics_1_0_0},
        {"text/*;q=0,*/*;q=0.5", openmetrics_1_0_0},
        {"text/plain;q=0.1," OPENMETRICS ";version=1.0.0;q=0.5,*/*;q=0.9", openmetrics_1_0_0},
        {OPENMETRICS ";q=0,application/*", text_0_0_4},
        {"*/*,text/plain;q=0", openmetrics_1_0_0},
        {"*/*;q=0.9,text/*;q=0.1", openmetrics_1_0_0},
        {"*/*;q=0.9,application/*;q=0.1", text_0_0_4},
        {"application/*;q=0,*/*", text_0_0_4},
        {"text/plain;version=0.0.4;q=0,text/*", text_0_0_4},
        {"text/plain;q=0;version=0.0.4,text/*;q=0.5," OPENMETRICS ";version=0.0.1;q=0.4", openmetrics_0_0_1},
        {"text/plain;version=1.0.0;q=0,*/*", text_0_0_4},
        {"text/plain;q=1.1,*/*", text_0_0_4},
        {"text/plain;q=0," OPENMETRICS ";q=0,*/*", text_0_0_4},
        {"*/*;q=0," OPENMETRICS ";version=1.0.0;q=0.1", openmetrics_1_0_0},
        {"*/*;q=0," PROTOBUF ";proto=io.prometheus.client.MetricFamily;encoding=delimited;q=0.1", protobuf},
        {"text/plain;q=0,*/*;escaping=allow-utf-8", openmetrics_1_0_0_utf8},
        {"text/plain;escaping=allow-utf-8;q=0,*/*", openmetrics_1_0_0},
    });
}

TEST_CASE("negotiation: several field lines are one list")
{
    CHECK(content_type(negotiated({"text/plain;q=0.5", OPENMETRICS ";version=1.0.0;q=0.6"})) ==
          openmetrics_1_0_0);
    CHECK(content_type(negotiated({"text/plain;version=1.0.0", OPENMETRICS ";version=1.0.0"})) == text_1_0_0);
    CHECK(content_type(negotiated({"", "text/plain;version=1.0.0", ""})) == text_1_0_0);
}

TEST_CASE("negotiation: an escaping scheme is known by its exact name, and the last one counts")
{
    check({
        {"text/plain;version=1.0.0;escaping=allow-utf-8", text_1_0_0_utf8},
        {"text/plain;version=1.0.0;escaping=\"allow-utf-8\"", text_1_0_0_utf8},
        {"text/plain;version=1.0.0;escaping=underscores", text_1_0_0},
        {"text/plain;version=1.0.0;escaping=dots", "text/plain; version=1.0.0; charset=utf-8; escaping=dots"},
        {OPENMETRICS ";version=1.0.0;escaping=values",
         OPENMETRICS "; version=1.0.0; charset=utf-8; escaping=values"},
        {"text/plain;version=1.0.0;escaping=dots;escaping=allow-utf-8", text_1_0_0_utf8},
        {"text/plain;version=1.0.0;escaping=allow-utf-8;escaping=underscores", text_1_0_0},
        {"text/plain;version=1.0.0;escaping=allow-utf-8;escaping=none", text_1_0_0_utf8},
        {"text/plain;version=1.0.0;escaping=allow-utf8", text_1_0_0},
        {"text/plain;version=1.0.0;escaping=", text_1_0_0},
    });
}

TEST_CASE("negotiation: a clause without a scheme has that of a more wanted one")
{
    check({
        {OPENMETRICS ";version=3.0.0;escaping=allow-utf-8,text/plain;q=0.5", text_0_0_4_utf8},
        {"text/plain;q=0.5," OPENMETRICS ";version=3.0.0;escaping=allow-utf-8", text_0_0_4_utf8},
        {OPENMETRICS ";version=3.0.0;escaping=allow-utf-8", text_0_0_4_utf8},
        {"text/plain," OPENMETRICS ";version=3.0.0;escaping=allow-utf-8;q=0.9", text_0_0_4},
        {OPENMETRICS ";version=3.0.0;escaping=allow-utf-8,text/plain;escaping=underscores;q=0.5", text_0_0_4},
        {OPENMETRICS ";version=3.0.0;escaping=allow-utf-8;q=0,text/plain;q=0.5", text_0_0_4},
        {"plain;escaping=allow-utf-8,text/plain;q=0.5", text_0_0_4},
        {OPENMETRICS ";version=3.0.0;escaping=allow-utf-8,text/plain", text_0_0_4_utf8},
        {"text/plain," OPENMETRICS ";version=3.0.0;escaping=allow-utf-8", text_0_0_4},
        {OPENMETRICS ";version=4.0.0;escaping=allow-utf-8;q=0.8," OPENMETRICS
                     ";version=3.0.0;escaping=dots;q=0.7,text/plain;q=0.5",
         text_0_0_4_utf8},
        {OPENMETRICS ";version=3.0.0;escaping=dots;q=0.7," OPENMETRICS
                     ";version=4.0.0;escaping=allow-utf-8;q=0.8,text/plain;q=0.5",
         text_0_0_4_utf8},
    });
}

TEST_CASE("negotiation: case, blanks, quotes and parameters that mean nothing do not matter")
{
    check({
        {"  Application/OpenMetrics-Text ; Version=1.0.0 ; Q=0.5 ", openmetrics_1_0_0},
        {"\tTEXT/PLAIN\t;\tversion=1.0.0", text_1_0_0},
        {OPENMETRICS ";version=\"1.0.0\"", openmetrics_1_0_0},
        {OPENMETRICS ";;version=1.0.0;", openmetrics_1_0_0},
        {",," OPENMETRICS ";version=1.0.0,,", openmetrics_1_0_0},
        {OPENMETRICS ";version=1.0.0;charset=latin1;level=9", openmetrics_1_0_0},
        {OPENMETRICS ";a=\"x,text/plain;q=1\";version=1.0.0;q=0.1", openmetrics_1_0_0},
        {OPENMETRICS ";version=0.0.1;version=1.0.0", openmetrics_1_0_0},
        {OPENMETRICS ";version=1.0.0;q=0.1;q=0.9,text/plain;q=0.5", openmetrics_1_0_0},
    });
}

TEST_CASE("negotiation: a malformed clause is left out, and the others count")
{
    for (std::string_view const bad : {OPENMETRICS ";version=1.0.0;q=2",
                                       OPENMETRICS ";version=1.0.0;q=",
                                       OPENMETRICS ";version=1.0.0;q",
                                       OPENMETRICS ";version=1.0.0;q=0.5000",
                                       OPENMETRICS ";version=1.0.0;q=nan",
                                       OPENMETRICS ";version=1.0.0;q=-1",
                                       OPENMETRICS ";version=1.0.0;q = 1",
                                       OPENMETRICS ";version=1.0.0;=",
                                       OPENMETRICS ";version=1.0.0;=x",
                                       OPENMETRICS ";version=1.0.0;x",
                                       OPENMETRICS ";version=1.0.0 q=1",
                                       OPENMETRICS " version=1.0.0",
                                       "application",
                                       "openmetrics-text",
                                       "/;q=0.1",
                                       "/",
                                       "*",
                                       ";",
                                       ";q=1",
                                       "=",
                                       "application /openmetrics-text",
                                       OPENMETRICS ";version=1.0.0;q=0;q=1",
                                       OPENMETRICS ";version=1.0.0;q=1;q=0"}) {
        INFO(bad);
        CHECK(answer(bad) == text_0_0_4);
        CHECK(answer(std::string(bad) + ",text/plain;version=1.0.0;q=0.1") == text_1_0_0);
        CHECK(answer("text/plain;version=1.0.0;q=0.1," + std::string(bad)) == text_1_0_0);
    }
    // A quoted string without an end takes the rest with it.
    CHECK(answer(OPENMETRICS ";version=1.0.0;a=\",text/plain;version=1.0.0") == openmetrics_1_0_0);
    CHECK(answer(OPENMETRICS ";version=\"1.0.0,text/plain;version=1.0.0") == text_0_0_4);
}

TEST_CASE("negotiation: what is hostile is text 0.0.4, and read once")
{
    for (std::string_view const part :
         {",", ";", "\"", "\\", "=", "q=1,", "*/*,", ";q=", "\"\\", "text/plain;", "a/b;version=1;"})
        for (std::size_t const count : {1U, 100U, 8192U}) {
            std::string field;
            for (std::size_t i = 0; i != count; ++i)
                field += part;
            CHECK_MESSAGE(answer(field) == text_0_0_4, part);
        }
    CHECK(answer(std::string(100'000, '\xFF')) == text_0_0_4);
    CHECK(answer(std::string_view("text/plain\0;version=1.0.0", 25)) == text_0_0_4);
    CHECK(answer(std::string(1'000'000, ',') + "text/plain;version=1.0.0") == text_1_0_0);
}

TEST_CASE("negotiation: needs no run time, no memory and throws nothing")
{
    static_assert(answer("*/*") == text_0_0_4);
    static_assert(answer(OPENMETRICS ";version=1.0.0;escaping=allow-utf-8;q=0.6,*/*;q=0.2") ==
                  openmetrics_1_0_0_utf8);
    accepted_formats asked;
    static_assert(noexcept(asked.read({})) && noexcept(asked.best()) && noexcept(content_type({})));
}

TEST_CASE("negotiation: what is not offered is not chosen, whatever its weight")
{
    auto const chosen = [](offered_formats offered, std::string_view field) {
        accepted_formats asked{offered};
        asked.read(field);
        return asked.best();
    };
    constexpr std::string_view protobuf_first =
        "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited,"
        "application/openmetrics-text;version=2.0.0;q=0.9,application/openmetrics-text;version=1.0.0;q=0.8,"
        "text/plain;version=0.0.4;q=0.5,*/*;q=0.1";
    CHECK(chosen({}, protobuf_first).type == format::kind::protobuf);
    CHECK(chosen({.protobuf = false}, protobuf_first).version == format_version::v2_0_0);
    CHECK(chosen({.protobuf = false, .openmetrics_2 = false}, protobuf_first).version ==
          format_version::v1_0_0);
}
