// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/detail/utf8.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>

using iafmetrics::detail::is_valid_utf8;
using iafmetrics::detail::repaired_utf8;

TEST_CASE("utf8: tells well-formed text from ill-formed")
{
    for (std::string_view const good :
         {"", "abc", "\xC3\xA4", "\xE2\x82\xAC", "\xF0\x9F\x98\x80", "\xF4\x8F\xBF\xBF", "\xEE\x80\x80"})
        CHECK_MESSAGE(is_valid_utf8(good), good);
    for (std::string_view const bad :
         {"\x80", "\xC0\x80", "\xC1\xBF", "\xC3", "\xE0\x9F\xBF", "\xED\xA0\x80", "\xE2\x82",
          "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "a\xE2\x82z"})
        CHECK_MESSAGE(!is_valid_utf8(bad), bad);
    CHECK(is_valid_utf8(std::string_view("\0x", 2)));
}

TEST_CASE("utf8: replaces each bad byte and keeps everything else")
{
    CHECK(repaired_utf8("a\xFF"
                        "b\xC3\xA4") == "a\xEF\xBF\xBD"
                                        "b\xC3\xA4");
    CHECK(repaired_utf8("\xE2\x82z") == "\xEF\xBF\xBD\xEF\xBF\xBDz");
    for (int first = 0; first != 256; ++first)
        for (int second = 0; second != 256; ++second) {
            std::string const text{static_cast<char>(first), static_cast<char>(second), 'x'};
            REQUIRE(is_valid_utf8(repaired_utf8(text)));
        }
}
