// SPDX-License-Identifier: Apache-2.0
// The router: which pattern a path matches, and what it says when none does.
#include <http_service/router.hpp>

#include <doctest/doctest.h>

#include <stdexcept>

namespace {

using namespace iafmetrics::http_service;
using http::verb;

net::awaitable<answer> nothing(request const&) { co_return response{}; }

router table(std::initializer_list<std::pair<verb, char const*>> routes)
{
    router made;
    for (auto const& [method, pattern] : routes)
        made.add(method, pattern, nothing);
    return made;
}

std::string refusal(std::initializer_list<std::pair<verb, char const*>> routes)
{
    try {
        table(routes);
    } catch (std::invalid_argument const& e) {
        return e.what();
    }
    return "accepted";
}

}  // namespace

TEST_CASE("router: a literal wins over a parameter and a parameter over a rest in any order of registration")
{
    auto const routes = table({{verb::get, "/a/{rest...}"}, {verb::get, "/a/{b}"}, {verb::get, "/a/fixed"}});
    CHECK(routes.find(verb::get, {"a", "fixed"}).pattern == "/a/fixed");
    CHECK(routes.find(verb::get, {"a", "other"}).pattern == "/a/{b}");
    CHECK(routes.find(verb::get, {"a", "b", "c"}).pattern == "/a/{rest...}");
}

TEST_CASE("router: a literal that leads nowhere gives way to the parameter beside it")
{
    auto const routes = table({{verb::get, "/a/fixed/x"}, {verb::get, "/a/{b}/y"}});
    auto const match = routes.find(verb::get, {"a", "fixed", "y"});
    CHECK(match.pattern == "/a/{b}/y");
    CHECK(match.parameters == request::pairs{{"b", "fixed"}});
}

TEST_CASE("router: parameters carry the names of the pattern and the decoded segments")
{
    auto const routes = table({{verb::get, "/s/{session}/a/{name}"}, {verb::get, "/f/{path...}"}});
    CHECK(routes.find(verb::get, {"s", "one/two", "a", "%41"}).parameters ==
          request::pairs{{"session", "one/two"}, {"name", "%41"}});
    CHECK(routes.find(verb::get, {"f", "x", "", "y"}).parameters == request::pairs{{"path", "x//y"}});
}

TEST_CASE("router: an empty segment is no parameter and a trailing slash is another path")
{
    auto const routes = table({{verb::get, "/a/{b}"}, {verb::get, "/a"}});
    CHECK(routes.find(verb::get, {"a", ""}).pattern == "");
    CHECK(routes.find(verb::get, {}).pattern == "");
    CHECK(routes.find(verb::get, {"a", "b", "c"}).pattern == "");
}

TEST_CASE("router: the root is a path like others")
{
    auto const routes = table({{verb::get, "/"}});
    CHECK(routes.find(verb::get, {}).pattern == "/");
    CHECK(routes.find(verb::get, {"x"}).pattern == "");
}

TEST_CASE("router: a wrong method names the pattern and the allowed methods in alphabetical order")
{
    auto const routes = table({{verb::put, "/a"}, {verb::get, "/a"}, {verb::delete_, "/a"}});
    auto const match = routes.find(verb::post, {"a"});
    CHECK(match.found == nullptr);
    CHECK(match.pattern == "/a");
    CHECK(match.allow == "DELETE, GET, HEAD, PUT");
    CHECK(routes.find(verb::unknown, {"a"}).allow == "DELETE, GET, HEAD, PUT");
    CHECK(routes.find(verb::post, {"b"}).allow == "");
}

TEST_CASE("router: HEAD is answered where GET is unless it has a route of its own")
{
    auto const routes = table({{verb::get, "/a"}, {verb::post, "/b"}});
    CHECK(routes.find(verb::head, {"a"}).found == routes.find(verb::get, {"a"}).found);
    CHECK(routes.find(verb::head, {"b"}).found == nullptr);
}

TEST_CASE("router: a wrong pattern is refused with its name and the reason")
{
    CHECK(refusal({{verb::get, "a"}}) == "route \"a\": must start with a slash");
    CHECK(refusal({{verb::get, "/{a"}}) == "route \"/{a\": a parameter must be a whole segment");
    CHECK(refusal({{verb::get, "/x{a}"}}) == "route \"/x{a}\": a parameter must be a whole segment");
    CHECK(refusal({{verb::get, "/{}"}}) == "route \"/{}\": a parameter needs a name");
    CHECK(refusal({{verb::get, "/{a...}/b"}}) == "route \"/{a...}/b\": the rest must be the last segment");
    CHECK(refusal({{verb::get, "/{a}/{a}"}}) == "route \"/{a}/{a}\": two parameters have the same name");
    CHECK(refusal({{verb::unknown, "/a"}}) == "route \"/a\": needs a known method");
    CHECK(refusal({{verb::get, "/a"}, {verb::get, "/a"}}) == "route \"/a\": is there already for GET");
    CHECK(refusal({{verb::get, "/{a}"}, {verb::put, "/{b}"}}) ==
          "route \"/{b}\": matches the same paths as \"/{a}\"");
}
