// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/http/traceparent.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using iafmetrics::http::traceparent;

namespace {

constexpr std::string_view trace = "4bf92f3577b34da6a3ce929d0e0e4736";
constexpr std::string_view parent = "00f067aa0ba902b7";

std::string field(std::string_view version, std::string_view flags, std::string_view rest = {})
{
    return std::string(version) + '-' + std::string(trace) + '-' + std::string(parent) + '-' +
           std::string(flags) + std::string(rest);
}

bool is_valid(std::string_view text) { return traceparent::parse(text).has_value(); }

}  // namespace

TEST_CASE("traceparent: has the trace, the caller's span and its flags")
{
    constexpr auto found = traceparent::parse("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    static_assert(found && found->is_sampled());
    CHECK(found->trace_id() == trace);
    CHECK(found->parent_id() == parent);
    CHECK(found->version() == 0);
    CHECK(!found->is_random());
}

TEST_CASE("traceparent: the lowest bit says sampled, the next one random, others nothing")
{
    struct {
        std::string_view flags;
        bool is_sampled;
        bool is_random;
    } const rows[] = {{"00", false, false}, {"01", true, false}, {"02", false, true}, {"03", true, true},
                      {"09", true, false},  {"fe", false, true}, {"ff", true, true},  {"10", false, false}};
    for (auto const& [flags, is_sampled, is_random] : rows) {
        INFO(flags);
        auto const found = traceparent::parse(field("00", flags));
        REQUIRE(found);
        CHECK(found->is_sampled() == is_sampled);
        CHECK(found->is_random() == is_random);
    }
}

TEST_CASE("traceparent: version 00 has 55 characters")
{
    std::string const good = field("00", "01");
    REQUIRE(good.size() == 55);
    for (std::size_t size = 0; size != good.size(); ++size)
        CHECK_MESSAGE(!is_valid(std::string_view(good).substr(0, size)), size);
    for (std::string_view const rest : {"-", "-x", "x", " ", "-00"})
        CHECK_MESSAGE(!is_valid(field("00", "01", rest)), rest);
    CHECK(!is_valid(" " + good));
}

TEST_CASE("traceparent: of a higher version counts what is known of it")
{
    for (std::string_view const version : {"01", "10", "cc", "fe"}) {
        INFO(version);
        for (std::string_view const rest : {"", "-", "-what-the-future-will-be-like", "-\xFF"})
            CHECK_MESSAGE(is_valid(field(version, "01", rest)), rest);
        for (std::string_view const rest : {"0", ".what", " ", "_-"})
            CHECK_MESSAGE(!is_valid(field(version, "01", rest)), rest);
    }
    auto const found = traceparent::parse(field("cc", "ff", "-x"));
    REQUIRE(found);
    CHECK(found->version() == 0xCC);
    CHECK(found->trace_id() == trace);
    CHECK(found->is_sampled());
    CHECK(!found->is_random());
    CHECK(!traceparent::parse(field("01", "fe"))->is_sampled());
}

TEST_CASE("traceparent: version ff is none")
{
    CHECK(!is_valid(field("ff", "01")));
    CHECK(!is_valid(field("ff", "01", "-x")));
}

TEST_CASE("traceparent: an identifier of zeros is none")
{
    CHECK(!is_valid("00-00000000000000000000000000000000-00f067aa0ba902b7-01"));
    CHECK(!is_valid("00-4bf92f3577b34da6a3ce929d0e0e4736-0000000000000000-01"));
    CHECK(is_valid("00-00000000000000000000000000000001-1000000000000000-01"));
}

TEST_CASE("traceparent: any other character in any place is refused")
{
    std::string const good = field("00", "01");
    for (std::size_t place = 0; place != good.size(); ++place)
        for (char const other : {'A', 'F', 'g', '/', ':', '`', '-', ' ', '\0', '\xFF'}) {
            if (good[place] == other) continue;
            std::string bad = good;
            bad[place] = other;
            CHECK_MESSAGE(!is_valid(bad), bad);
        }
    std::string upper = good;
    upper[4] = 'B';
    CHECK(!is_valid(upper));
}

TEST_CASE("traceparent: outlives the text that it was read from")
{
    auto text = field("00", "01");
    auto const found = traceparent::parse(text);
    text.assign(text.size(), 'x');
    CHECK(found->trace_id() == trace);
}

TEST_CASE("traceparent: throws nothing")
{
    static_assert(noexcept(traceparent::parse({})));
    CHECK(!is_valid({}));
    CHECK(!is_valid(std::string(100'000, '-')));
    CHECK(!is_valid(std::string(55, '0')));
}
