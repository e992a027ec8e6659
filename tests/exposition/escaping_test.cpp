// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/escaping.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using namespace iafmetrics::exposition;

namespace {

std::string metric(std::string_view name, escaping_scheme scheme)
{
    std::string out;
    append_metric_name(out, name, scheme);
    return out;
}

std::string label(std::string_view name, escaping_scheme scheme)
{
    std::string out;
    append_label_name(out, name, scheme);
    return out;
}

struct row {
    std::string_view name;
    std::string_view underscores;
    std::string_view dots;
    std::string_view values;
};

// Every name of these is no legacy one.
constexpr row metrics[] = {
    {"http.rps \xC3\xA9", "http_rps__", "http_dot_rps____", "U__http_2e_rps_20__e9_"},
    {"mysystem.prod.west.cpu.load", "mysystem_prod_west_cpu_load",
     "mysystem_dot_prod_dot_west_dot_cpu_dot_load", "U__mysystem_2e_prod_2e_west_2e_cpu_2e_load"},
    {"cpu.load_total", "cpu_load_total", "cpu_dot_load__total", "U__cpu_2e_load__total"},
    {"http.status:sum", "http_status:sum", "http_dot_status:sum", "U__http_2e_status:sum"},
    {"label with \xF0\x9F\x98\xB1", "label_with__", "label__with____", "U__label_20_with_20__1f631_"},
    {"0123", "_123", "__123", "U___30_123"},
    {".", "_", "_dot_", "U___2e_"},
    {"\xE2\x82\xAC", "_", "__", "U___20ac_"},
    {"a\nb", "a_b", "a__b", "U__a_a_b"},
    {std::string_view("a\0b", 3), "a_b", "a__b", "U__a_0_b"},
    {"\xF4\x8F\xBF\xBF", "_", "__", "U___10ffff_"},
    {"a\x7F", "a_", "a__", "U__a_7f_"},
};

}  // namespace

TEST_CASE("escaping: each scheme makes of a metric's name what Prometheus' libraries make of it")
{
    for (row const& one : metrics) {
        INFO(one.name);
        CHECK(metric(one.name, escaping_scheme::underscores) == one.underscores);
        CHECK(metric(one.name, escaping_scheme::dots) == one.dots);
        CHECK(metric(one.name, escaping_scheme::values) == one.values);
        CHECK(metric(one.name, escaping_scheme::allow_utf8) == one.name);
        CHECK(is_legacy_metric_name(one.underscores));
        CHECK(is_legacy_metric_name(one.dots));
        CHECK(is_legacy_metric_name(one.values));
    }
}

TEST_CASE("escaping: legacy names are left alone, underscores and colons included")
{
    for (escaping_scheme const scheme : {escaping_scheme::underscores, escaping_scheme::dots,
                                         escaping_scheme::values, escaping_scheme::allow_utf8}) {
        CHECK(metric("http_requests_total", scheme) == "http_requests_total");
        CHECK(metric("job:up:sum", scheme) == "job:up:sum");
        CHECK(metric("U__is_legacy", scheme) == "U__is_legacy");
        CHECK(label("__name__", scheme) == "__name__");
    }
}

TEST_CASE("escaping: a colon is legal in a metric's name only")
{
    CHECK(is_legacy_metric_name("a:b"));
    CHECK(is_legacy_metric_name(":"));
    CHECK(!is_legacy_label_name("a:b"));
    CHECK(label("a:b", escaping_scheme::underscores) == "a_b");
    CHECK(label("a:b", escaping_scheme::dots) == "a__b");
    CHECK(label("a:b", escaping_scheme::values) == "U__a_3a_b");
    CHECK(label("a:b", escaping_scheme::allow_utf8) == "a:b");
}

TEST_CASE("escaping: a legacy name begins with no digit and has ASCII letters, digits and underscores")
{
    for (std::string_view const name : {"a", "_", "Z9", "a_b", "__a"}) {
        CHECK_MESSAGE(is_legacy_metric_name(name), name);
        CHECK_MESSAGE(is_legacy_label_name(name), name);
    }
    for (std::string_view const name : {"", "9", "a.b", "a-b", "a b", "\xC3\xA4", "a\n", "\xFF"}) {
        CHECK_MESSAGE(!is_legacy_metric_name(name), name);
        CHECK_MESSAGE(!is_legacy_label_name(name), name);
    }
}

TEST_CASE("escaping: a byte that is no UTF-8 is one character")
{
    CHECK(metric("a\xFF", escaping_scheme::underscores) == "a_");
    CHECK(metric("a\xFF", escaping_scheme::dots) == "a__");
    CHECK(metric("a\xFF", escaping_scheme::values) == "U__a_FFFD_");
    CHECK(metric("\xE2\x82z", escaping_scheme::values) == "U___FFFD__FFFD_z");
    CHECK(metric("\xEF\xBF\xBD", escaping_scheme::values) == "U___fffd_");
}

TEST_CASE("escaping: a name goes to the end of what is there")
{
    std::string page = "# TYPE ";
    append_metric_name(page, "a.b", escaping_scheme::dots);
    page += '{';
    append_label_name(page, "c.d", escaping_scheme::underscores);
    CHECK(page == "# TYPE a_dot_b{c_d");
}

TEST_CASE("escaping: an empty name stays empty")
{
    CHECK(metric("", escaping_scheme::values).empty());
    CHECK(label("", escaping_scheme::dots).empty());
}
