// SPDX-License-Identifier: Apache-2.0
// What a client may say of an application.
#include <platform/application_input.hpp>

#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <doctest/doctest.h>

using namespace platform;

namespace {

std::string read(std::string_view text)
{
    auto const got = read_application(json::parse(text).as_object());
    if (got) return got->name + " " + json::serialize(got->spec);
    return std::to_string(got.error().status) + " " + got.error().field + ": " + got.error().reason;
}

}  // namespace

TEST_CASE("application input: the fields given and no others reach the spec")
{
    CHECK(read("{}") == " {}");
    CHECK(read(R"({"name":"shop","image":"registry/shop:1","port":80,"replicas":0,
                   "env":[{"name":"A_1","value":"x"},{"name":"B"}],
                   "metrics":{"enabled":true,"port":9,"path":"/m"}})") ==
          R"(shop {"image":"registry/shop:1","port":80,"replicas":0,)"
          R"("env":[{"name":"A_1","value":"x"},{"name":"B","value":""}],)"
          R"("metrics":{"enabled":true,"port":9,"path":"/m"}})");
}

TEST_CASE("application input: a problem names the field by its path")
{
    CHECK(read(R"({"port":0})") == "422 port: must be a number from 1 to 65535, not 0");
    CHECK(read(R"({"replicas":51})") == "422 replicas: must be a number from 0 to 50, not 51");
    CHECK(read(R"({"image":""})") == "422 image: must be the name of a container image");
    CHECK(read(R"({"image":"a b"})") == "422 image: must be the name of a container image");
    CHECK(read(R"({"metrics":{"port":"x"}})") == "400 metrics.port: must be a number, not a string");
    CHECK(read(R"({"metrics":{"path":"m"}})") == "422 metrics.path: must be a path that starts with a slash");
    CHECK(read(R"({"metrics":{"on":true}})") ==
          "400 metrics.on: unknown field; known are enabled, port, path");
    CHECK(read(R"({"env":{}})") == "400 env: must be an array, not an object");
    CHECK(read(R"({"env":[1]})") == "400 env[0]: must be an object, not a number");
    CHECK(read(R"({"env":[{"name":"A"},{"value":"x"}]})") == "400 env[1].name: is required");
    CHECK(read(R"({"env":[{"name":"A"},{"name":"A"}]})") == "422 env[1].name: appears twice");
    CHECK(read(R"({"env":[{"name":"1A"}]})").starts_with("422 env[0].name: must be letters"));
    CHECK(read(R"({"env":[{"name":"A","valeu":"x"}]})") ==
          "400 env[0].valeu: unknown field; known are name, value");
    CHECK(read(R"({"source":{}})") ==
          "400 source: unknown field; known are name, image, port, replicas, env, metrics");
}

TEST_CASE("application input: names are DNS labels of at most 53 characters")
{
    for (auto const* good : {"a", "a-b", "a1"})
        CHECK(is_application_name(good));
    CHECK(is_application_name(std::string(53, 'a')));
    for (auto const* bad : {"", "A", "1a", "-a", "a-", "a.b", "a_b", "a\n", "\xc3\xa4"})
        CHECK(!is_application_name(bad));
    CHECK(!is_application_name(std::string(54, 'a')));
    CHECK(read(R"({"name":"Shop"})").starts_with("422 name: must be at most 53 lower-case"));
}
