// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/detail/base64_text.hpp>
#include <iafmetrics/beast/detail/gateway_url.hpp>
#include <iafmetrics/beast/detail/grouping_key.hpp>

#include <doctest/doctest.h>

#include <stdexcept>
#include <string>

using iafmetrics::beast::detail::base64_alphabet;
using iafmetrics::beast::detail::base64_text;
using iafmetrics::beast::detail::grouping_path;
using iafmetrics::beast::detail::parse_gateway_url;

TEST_CASE("base64_text: RFC 4648's vectors, and both alphabets")
{
    auto const padded = [](char const* text) { return base64_text(text, base64_alphabet::standard); };
    CHECK(padded("") == "");
    CHECK(padded("f") == "Zg==");
    CHECK(padded("fo") == "Zm8=");
    CHECK(padded("foo") == "Zm9v");
    CHECK(padded("foob") == "Zm9vYg==");
    CHECK(padded("fooba") == "Zm9vYmE=");
    CHECK(padded("foobar") == "Zm9vYmFy");
    CHECK(padded("\xFB\xFF\xBF") == "+/+/");
    CHECK(base64_text("\xFB\xFF\xBF", base64_alphabet::url_safe) == "-_-_");
    CHECK(base64_text("f", base64_alphabet::url_safe) == "Zg");
}

TEST_CASE("grouping_path: values stand percent-encoded, or in base64 where a path cannot carry them")
{
    CHECK(grouping_path("nightly", {}) == "/metrics/job/nightly");
    CHECK(grouping_path("a b", {{"instance", "x:1"}}) == "/metrics/job/a%20b/instance/x%3A1");
    CHECK(grouping_path("caf\xC3\xA9", {{"v", "1+1=2%;?#&"}}) ==
          "/metrics/job/caf%C3%A9/v/1%2B1%3D2%25%3B%3F%23%26");
    CHECK(grouping_path("a/b", {{"path", "/var/tmp"}}) == "/metrics/job@base64/YS9i/path@base64/L3Zhci90bXA");
    CHECK(grouping_path("j", {{"empty", ""}, {"dot", "."}, {"dots", ".."}, {"three", "..."}}) ==
          "/metrics/job/j/empty@base64/=/dot@base64/Lg/dots@base64/Li4/three/...");
    CHECK(grouping_path("j", {{"control", "a\nb"}}) == "/metrics/job/j/control@base64/YQpi");
}

TEST_CASE("grouping_path: what is wrong with a group is said by name")
{
    CHECK_THROWS_WITH_AS((void)grouping_path("", {}), "cannot push: the job needs a name",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)grouping_path("j", {{"a-b", "x"}}),
                         "cannot push job \"j\": grouping label \"a-b\": a label name must match "
                         "[a-zA-Z_][a-zA-Z0-9_]*",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)grouping_path("j", {{"job", "x"}}),
                         "cannot push job \"j\": grouping label \"job\": the job has this name",
                         std::invalid_argument);
    CHECK_THROWS_WITH_AS((void)grouping_path("j", {{"a", "x"}, {"a", "y"}}),
                         "cannot push job \"j\": grouping label \"a\": a label name may appear only once",
                         std::invalid_argument);
    CHECK_THROWS_AS((void)grouping_path("j", {{"le", "x"}}), std::invalid_argument);
    CHECK_THROWS_AS((void)grouping_path("j", {{"__a", "x"}}), std::invalid_argument);
    CHECK_THROWS_AS((void)grouping_path("j", {{"a", "\xFF"}}), std::invalid_argument);
    CHECK_THROWS_AS((void)grouping_path("\xFF", {}), std::invalid_argument);
}

TEST_CASE("parse_gateway_url: host, port and prefix")
{
    auto const plain = [](char const* url) { return parse_gateway_url(url, "http", "80"); };
    CHECK(plain("http://gateway").host == "gateway");
    CHECK(plain("http://gateway").port == "80");
    CHECK(plain("http://gateway:9091/").port == "9091");
    CHECK(plain("http://gateway:9091/").authority == "gateway:9091");
    CHECK(plain("http://gateway:9091/").prefix == "");
    CHECK(plain("http://gateway/team/push//").prefix == "/team/push");
    CHECK(plain("http://[::1]:9091").host == "::1");
    CHECK(plain("http://[::1]:9091").authority == "[::1]:9091");
    CHECK(plain("http://[::1]").port == "80");
}

TEST_CASE("parse_gateway_url: what is no URL of a gateway is refused")
{
    for (char const* url :
         {"", "gateway:9091", "ftp://gateway", "http://", "http://:9091", "http://gateway:0",
          "http://gateway:", "http://gateway:65536", "http://gateway:9x", "http://[::1", "http://[::1]x",
          "http://[]:1", "http://gateway/?a=b", "http://gateway#a", "http://gate way", "http://g\r\nX: y",
          "http://caf\xC3\xA9"}) {
        INFO(url);
        CHECK_THROWS_AS((void)parse_gateway_url(url, "http", "80"), std::invalid_argument);
    }
    CHECK_THROWS_WITH(
        (void)parse_gateway_url("https://gateway", "http", "80"),
        "cannot push to \"https://gateway\": TLS needs tls_push_gateway, of iafmetrics/beast/push_tls.hpp");
}

TEST_CASE("parse_gateway_url: the error about credentials in a URL does not repeat them")
{
    std::string said;
    try {
        (void)parse_gateway_url("http://batch:secret@gateway", "http", "80");
    } catch (std::invalid_argument const& error) {
        said = error.what();
    }
    CHECK(said == "cannot push to a URL with credentials in it: they belong into push_options");
}
