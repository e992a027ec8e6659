// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/format.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace iafmetrics::exposition;

TEST_CASE("format: by default it is what every reader understands")
{
    CHECK(content_type({}) == "text/plain; version=0.0.4; charset=utf-8");
}

TEST_CASE("format: a Content-Type names type, version and what escapes names, each once")
{
    constexpr auto text = format::kind::text;
    constexpr auto openmetrics = format::kind::openmetrics;
    constexpr auto protobuf = format::kind::protobuf;
    struct {
        format::kind type;
        format_version version;
        std::string_view expected;
    } const rows[] = {
        {text, format_version::v0_0_4, "text/plain; version=0.0.4; charset=utf-8"},
        {text, format_version::v1_0_0, "text/plain; version=1.0.0; charset=utf-8"},
        {openmetrics, format_version::v0_0_1, "application/openmetrics-text; version=0.0.1; charset=utf-8"},
        {openmetrics, format_version::v1_0_0, "application/openmetrics-text; version=1.0.0; charset=utf-8"},
        {openmetrics, format_version::v2_0_0, "application/openmetrics-text; version=2.0.0; charset=utf-8"},
        {protobuf, format_version::none,
         "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"},
    };
    for (auto const& [type, version, expected] : rows) {
        std::string const base(expected);
        CHECK(content_type({type, version, escaping_scheme::underscores}) == base);
        CHECK(content_type({type, version, escaping_scheme::dots}) == base + "; escaping=dots");
        CHECK(content_type({type, version, escaping_scheme::values}) == base + "; escaping=values");
        CHECK(content_type({type, version, escaping_scheme::allow_utf8}) == base + "; escaping=allow-utf-8");
    }
}
