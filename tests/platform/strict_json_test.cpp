// SPDX-License-Identifier: Apache-2.0
// Strict JSON: what is refused, and where it says the fault is.
#include <platform/strict_json.hpp>

#include <boost/json/parse.hpp>

#include <doctest/doctest.h>

using namespace platform;

namespace {

std::string refusal(std::string_view text)
{
    auto const parsed = parse_json(text);
    if (parsed) return "accepted";
    auto const& p = parsed.error();
    return std::to_string(p.status) + (p.field.empty() ? "" : " " + p.field) + ": " + p.reason;
}

std::string shown(std::optional<problem> const& p)
{
    return p ? std::to_string(p->status) + " " + p->field + ": " + p->reason : "accepted";
}

json::object object(std::string_view text) { return json::parse(text).as_object(); }

}  // namespace

TEST_CASE("strict json: malformed text is refused with its line and column")
{
    CHECK(refusal("{\"a\":1,}") == "400: malformed JSON at line 1, column 8: syntax error");
    CHECK(refusal("{\n  \"a\": tru\n}") == "400: malformed JSON at line 2, column 8: syntax error");
    CHECK(refusal("{\"a\":") == "400: malformed JSON at line 1, column 6: incomplete JSON");
    CHECK(refusal("{} x") == "400: malformed JSON at line 1, column 4: extra data");
    CHECK(refusal("") == "400: malformed JSON at line 1, column 1: incomplete JSON");
    CHECK(refusal("\"\xff\"").find("malformed JSON at line 1, column 2") != std::string::npos);
    CHECK(refusal("[1]") == "accepted");
    CHECK(refusal("  {\"a\" : [1, {\"a\": null}]} \n") == "accepted");
}

TEST_CASE("strict json: a member that appears twice in one object is refused by name")
{
    CHECK(refusal("{\"port\":1,\"b\":{\"port\":2},\"port\":3}")
              .starts_with("400 port: the member appears twice"));
    CHECK(refusal("{\"\":1,\"\":2}").find("appears twice") != std::string::npos);
    CHECK(refusal("[{\"a\":1},{\"a\":1}]") == "accepted");
    CHECK(refusal("{\"a\":1,\"\\u0061\":2}").starts_with("400 a: the member appears twice"));
}

TEST_CASE("strict json: deep nesting is refused instead of followed")
{
    CHECK(refusal(std::string(32, '[') + std::string(32, ']')) == "accepted");
    CHECK(refusal(std::string(100'000, '[')).find("too deep") != std::string::npos);
}

TEST_CASE("strict json: a body must be an object")
{
    CHECK(parse_object("[]").error().reason == "the body must be an object, not an array");
    CHECK(parse_object("").error().reason == "the body is empty; it must be a JSON object");
    CHECK(parse_object("", true).value().empty());
}

TEST_CASE("object reader: a wrong type names the field and both types")
{
    auto const body = object(R"({"t":1,"n":"x","b":null,"a":{},"o":[]})");
    auto const check = [&](auto read, std::string const& expected) {
        object_reader in{body, "spec."};
        read(in);
        CHECK(shown(in.done()) == expected);
    };
    check([](object_reader& in) { (void)in.text("t"); }, "400 spec.t: must be a string, not a number");
    check([](object_reader& in) { (void)in.number("n", 0, 1); },
          "400 spec.n: must be a number, not a string");
    check([](object_reader& in) { (void)in.truth("b"); }, "400 spec.b: must be true or false, not null");
    check([](object_reader& in) { (void)in.array("a"); }, "400 spec.a: must be an array, not an object");
    check([](object_reader& in) { (void)in.object("o"); }, "400 spec.o: must be an object, not an array");
}

TEST_CASE("object reader: a number out of its range is 422 with the range and the number")
{
    for (auto const* text : {"0", "65536", "18446744073709551615", "-1"}) {
        auto const body = object(std::string{"{\"port\":"} + text + "}");
        object_reader in{body};
        CHECK(!in.number("port", 1, 65535));
        CHECK(shown(in.done()) == std::string{"422 port: must be a number from 1 to 65535, not "} + text);
    }
    auto const body = object("{\"port\":1.5}");
    object_reader in{body};
    (void)in.number("port", 1, 65535);
    CHECK(shown(in.done()) == "422 port: must be a whole number from 1 to 65535, not 1.5E0");
}

TEST_CASE("object reader: an unknown field is refused with the known ones and the first problem wins")
{
    auto const body = object(R"({"image":1,"colour":"red"})");
    object_reader in{body};
    (void)in.text("image");
    CHECK(shown(in.done()) == "400 image: must be a string, not a number");
    object_reader other{body};
    (void)other.number("image", 0, 9);
    (void)other.text("name");
    CHECK(shown(other.done()) == "400 colour: unknown field; known are image, name");
}
