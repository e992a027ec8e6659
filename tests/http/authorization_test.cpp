// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/http/authorization.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using iafmetrics::http::basic_credentials;
using iafmetrics::http::parse_bearer;

TEST_CASE("basic_credentials: are those of RFC 7617's own examples")
{
    auto const aladdin = basic_credentials::parse("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
    REQUIRE(aladdin);
    CHECK(aladdin->user == "Aladdin");
    CHECK(aladdin->password == "open sesame");
    auto const utf8 = basic_credentials::parse("Basic dGVzdDoxMjPCow==");
    REQUIRE(utf8);
    CHECK(utf8->user == "test");
    CHECK(utf8->password == "123\xC2\xA3");
}

TEST_CASE("basic_credentials: a name ends at the first colon; both may be empty")
{
    auto const colons = basic_credentials::parse("basic  YTpiOmM=");  // a:b:c
    REQUIRE(colons);
    CHECK(colons->user == "a");
    CHECK(colons->password == "b:c");
    auto const empty = basic_credentials::parse("BASIC Og==");
    REQUIRE(empty);
    CHECK(empty->user.empty());
    CHECK(empty->password.empty());
}

TEST_CASE("basic_credentials: none where anything is not as the RFC has it")
{
    for (std::string_view const field :
         {"",           "Basic",      "Basic ",      "BasicOg==",        "Bearer Og==",
          "Basic Og",   "Basic Og=",  "Basic Og===", "Basic O===",       "Basic Oh==",
          "Basic O g=", "Basic ====", "Basic Og==x", "Basic YQ==",       "Basic YQA6",
          "Basic Ogo=", "Basic On8=", "Basic -_==",  "Basic \xC3\xA9==", "Basic\tOg=="}) {
        CAPTURE(field);
        CHECK(!basic_credentials::parse(field));
    }
    CHECK(!basic_credentials::parse("Basic Oi" + std::string(6, 'i') + std::string(5000, 'i')));
}

TEST_CASE("parse_bearer: takes the token of RFC 6750, and nothing else")
{
    CHECK(parse_bearer("Bearer mF_9.B5f-4.1JqM") == "mF_9.B5f-4.1JqM");
    CHECK(parse_bearer("bearer  a+/~==") == "a+/~==");
    for (std::string_view const field :
         {"", "Bearer", "Bearer ", "Bearer =", "Bearer a=b", "Bearer a b", "Bearer a,b", "Bearer \"a\"",
          "Basic YTpi", "Bearera", "Bearer a\x01"}) {
        CAPTURE(field);
        CHECK(!parse_bearer(field));
    }
    CHECK(!parse_bearer("Bearer " + std::string(5000, 'a')));
}
