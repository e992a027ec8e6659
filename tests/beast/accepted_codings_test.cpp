// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/detail/accepted_codings.hpp>

#include <doctest/doctest.h>

#include <string_view>

using iafmetrics::beast::detail::accepted_codings;

namespace {

bool prefers_gzip(std::string_view field)
{
    accepted_codings asked{"gzip"};
    asked.read(field);
    return asked.prefers_it();
}

}  // namespace

TEST_CASE("accepted_codings: gzip is preferred where it is named, or all are")
{
    for (std::string_view const field :
         {"gzip", "GZip", "x-gzip", "gzip, deflate, br", "br , gzip", "gzip;q=1", "gzip; q=0.001",
          "gzip ;Q=1.000", "*", "*;q=0.1", "identity;q=0, gzip", "identity;q=0, *",
          "identity;q=0.5, gzip;q=0.5", "deflate;q=0,gzip;q=0.300", ",gzip,", "\tgzip\t", "gzip;q=1.",
          "br, *;q=0, gzip"})
        CHECK_MESSAGE(prefers_gzip(field), field);
}

TEST_CASE("accepted_codings: no coding is preferred where gzip is refused, not named, or less wanted")
{
    for (std::string_view const field :
         {"", " ", ",", "identity", "gzip;q=0", "gzip;q=0.0", "gzip;q=0.000", "gzip; q=0, *", "br",
          "br, deflate", "*;q=0", "identity, *;q=0.5", "identity;q=1, gzip;q=0.5", "gzip;q=0.999, identity",
          "identity;q=0", "gzipped", "gzi", "x-gzip;q=0", "identity;q=0, gzip;q=0"})
        CHECK_MESSAGE(!prefers_gzip(field), field);
}

TEST_CASE("accepted_codings: a malformed weight is no acceptance")
{
    for (std::string_view const field :
         {"gzip;", "gzip;q", "gzip;q=", "gzip;q=2", "gzip;q=1.1", "gzip;q=1.001", "gzip;q=0.0001",
          "gzip;q=.5", "gzip;q=-1", "gzip;q=0,5x", "gzip;q=0.x", "gzip;level=9", "gzip;q=1x", "gzip;q=0.5000",
          "gzip q=1", "gzip;q=1;q=0"})
        CHECK_MESSAGE(!prefers_gzip(field), field);
}

TEST_CASE("accepted_codings: several field lines are one list")
{
    accepted_codings asked{"gzip"};
    asked.read("identity;q=0.5");
    asked.read("gzip;q=0.4");
    CHECK(!asked.prefers_it());
    asked.read("x-gzip;q=0.6");
    CHECK(asked.prefers_it());
}
