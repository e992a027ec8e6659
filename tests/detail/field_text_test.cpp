// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/detail/field_text.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

using iafmetrics::detail::is_same;
using iafmetrics::detail::take_until;
using iafmetrics::detail::thousandths;
using iafmetrics::detail::trimmed;

namespace {

std::vector<std::string> parts_of(std::string_view field)
{
    std::vector<std::string> parts;
    while (!field.empty())
        parts.emplace_back(take_until(field, ','));
    return parts;
}

using parts = std::vector<std::string>;

}  // namespace

TEST_CASE("field_text: a list ends its members at commas outside of quoted strings")
{
    CHECK(parts_of("").empty());
    CHECK(parts_of("a") == parts{"a"});
    CHECK(parts_of("a,b,") == parts{"a", "b"});
    CHECK(parts_of(",,a") == parts{"", "", "a"});
    CHECK(parts_of(R"(a="x,y",b)") == parts{R"(a="x,y")", "b"});
    CHECK(parts_of(R"(a="x\",y",b)") == parts{R"(a="x\",y")", "b"});
    CHECK(parts_of(R"(a\,b)") == parts{R"(a\)", "b"});
}

TEST_CASE("field_text: a quoted string that does not end is the rest")
{
    CHECK(parts_of(R"(a,b="x,y)") == parts{"a", R"(b="x,y)"});
    CHECK(parts_of(R"(b="x,\)") == parts{R"(b="x,\)"});
}

TEST_CASE("field_text: blanks and tabs around a token are none of it")
{
    CHECK(trimmed(" \ta b\t ") == "a b");
    CHECK(trimmed(" \t ").empty());
    CHECK(trimmed("\na") == "\na");
}

TEST_CASE("field_text: tokens are the same in either case")
{
    CHECK(is_same("Text/PLAIN", "text/plain"));
    CHECK(!is_same("text/plai", "text/plain"));
    CHECK(!is_same("[", "{"));
}

TEST_CASE("field_text: a weight has one digit and at most three more, and is at most 1")
{
    CHECK(thousandths("q=0.5") == 500);
    CHECK(thousandths("Q=1.000") == 1000);
    CHECK(thousandths("q=0.001") == 1);
    for (std::string_view const none : {"", "q", "q=", "q=2", "q=1.001", "q=0.0001", "q=.5", "q=-1", "q=+0",
                                        "q=nan", "q=1e0", "q =1", "x=1", "q=0x1"})
        CHECK_MESSAGE(thousandths(none) == 0, none);
}
