// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/curried.hpp>
#include <iafmetrics/registry.hpp>

#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <utility>

using namespace iafmetrics;

namespace {
inline constexpr counter_spec<"method", "path", "status"> requests{"requests_total", "Requests."};
inline constexpr claimable<gauge_spec<"user", "session">> memory{"memory_bytes", "Memory."};

template <class Curried, class... Values>
concept takes = requires(Curried& c, Values... values) { c.with(values...); };
template <class Curried>
concept knows_method = requires(Curried& c) { c.template curry<"method">("GET"); };
}  // namespace

TEST_CASE("curried: leads to the series that the family leads to")
{
    registry r;
    auto& family = r.add(requests);
    auto const gets = family.curry("GET");
    CHECK(&gets.with("/a", 200) == &family.with("GET", "/a", 200));
    CHECK(&gets.curry("/a").with(200) == &family.with("GET", "/a", 200));
    CHECK(&family.curry("GET", "/a").with(404) == &family.with("GET", "/a", 404));
    CHECK(&family.curry("GET", "/a", 200).with() == &family.with("GET", "/a", 200));
}

TEST_CASE("curried: labels are bound by name in any order")
{
    registry r;
    auto& family = r.add(requests);
    auto const oks = family.curry<"status">(200);
    CHECK(&oks.with("GET", "/a") == &family.with("GET", "/a", 200));
    CHECK(&oks.curry<"method">("PUT").with("/a") == &family.with("PUT", "/a", 200));
    CHECK(&oks.curry("POST").with("/a") == &family.with("POST", "/a", 200));
    CHECK(&family.curry<"path">("/b").with("GET", 500) == &family.with("GET", "/b", 500));
}

TEST_CASE("curried: keeps its own copy of what is bound")
{
    registry r;
    auto& family = r.add(requests);
    auto const bound = [&] {
        std::string method = "a method that is too long for a small string";
        auto made = family.curry(method);
        method.assign(method.size(), 'x');
        return made;
    }();
    CHECK(&bound.with("/", 1) == &family.with("a method that is too long for a small string", "/", 1));
}

TEST_CASE("curried: the wrong number of values and a name that is bound or unknown do not compile")
{
    using gets = decltype(std::declval<family_of<requests>&>().curry("GET"));
    static_assert(takes<gets, char const*, int>);
    static_assert(!takes<gets, char const*>);
    static_assert(!takes<gets, char const*, int, int>);
    static_assert(!knows_method<gets>);
    static_assert(knows_method<decltype(std::declval<family_of<requests>&>().curry<"path">("/"))>);
    static_assert(!knows_method<family_of<memory>>);
}

TEST_CASE("curried: a claimable family is claimed through it")
{
    registry r;
    auto& family = r.add(memory);
    auto const mine = family.curry<"session">(7).claim("me");
    CHECK(mine.labels().text() == "user=\"me\",session=\"7\"");
    CHECK(&*family.claim("me", 7) == &*mine);
}
