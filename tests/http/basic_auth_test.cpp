// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/detail/base64_text.hpp>
#include <iafmetrics/http/basic_auth.hpp>

#include <doctest/doctest.h>

#include <atomic>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

using iafmetrics::http::access;
using iafmetrics::http::authorizer;
using iafmetrics::http::basic_auth;

namespace {

// htpasswd -nbBC 4, so that a check takes a millisecond.
constexpr char const* of_s3cret = "$2y$04$OLl0vwstrGW5mnMUPUFms.CtSpibbuFI6lQO/tP6YFn.A8Kg2bEN.";
constexpr char const* of_other = "$2y$04$jxrymqr0NywxuOFuMXp3yuLxEkyJPi3Ns6YYOJyS10XjNEmf7IK4y";

std::string basic(std::string_view text)
{
    using namespace iafmetrics::beast::detail;
    return "Basic " + base64_text(text, base64_alphabet::standard);
}

basic_auth two_users() { return basic_auth({{"prometheus", of_s3cret}, {"other", of_other}}); }

std::string refusal(basic_auth::user_list const& users)
{
    try {
        basic_auth const made(users);
    } catch (std::invalid_argument const& error) {
        return error.what();
    }
    return "made";
}

}  // namespace

TEST_CASE("basic_auth: a user's own password passes, the first time and again")
{
    auto const users = two_users();
    for (int i = 0; i != 3; ++i) {
        CHECK(users(basic("prometheus:s3cret")) == access::allowed);
        CHECK(users(basic("other:an:other")) == access::allowed);
        CHECK(users(basic("prometheus:an:other")) == access::unauthorized);
        CHECK(users(basic("other:s3cret")) == access::unauthorized);
        CHECK(users(basic("prometheus:")) == access::unauthorized);
        CHECK(users(basic("nobody:s3cret")) == access::unauthorized);
        CHECK(users(basic("nobody:an:other")) == access::unauthorized);
        CHECK(users(basic("prometheus")) == access::unauthorized);
        CHECK(users("") == access::unauthorized);
    }
}

TEST_CASE("basic_auth: answers at once what needs no bcrypt: malformed, and the password of the last time")
{
    auto const users = two_users();
    CHECK(users.at_once("") == access::unauthorized);
    CHECK(users.at_once("Bearer x") == access::unauthorized);
    CHECK(!users.at_once(basic("prometheus:s3cret")));
    REQUIRE(users(basic("prometheus:s3cret")) == access::allowed);
    CHECK(users.at_once(basic("prometheus:s3cret")) == access::allowed);
    CHECK(authorizer(users).at_once(basic("prometheus:s3cret")) == access::allowed);
    CHECK(!users.at_once(basic("prometheus:wrong")));
    CHECK(!users.at_once(basic("other:s3cret")));
}

TEST_CASE("basic_auth: a wrong password pushes no right one out, and is not remembered itself")
{
    auto const users = two_users();
    REQUIRE(users(basic("prometheus:s3cret")) == access::allowed);
    for (int i = 0; i != 200; ++i)
        REQUIRE(users(basic("prometheus:" + std::to_string(i))) == access::unauthorized);
    CHECK(users.at_once(basic("prometheus:s3cret")) == access::allowed);
    CHECK(!users.at_once(basic("prometheus:1")));
}

TEST_CASE("basic_auth: who holds a hash does not get in by it, whatever was checked before (CVE-2022-46146)")
{
    auto const users = two_users();
    std::string const hash = of_s3cret;
    REQUIRE(users(basic("prometheus:s3cret")) == access::allowed);
    for (std::string const& text :
         {"prometheus:" + hash, "prometheus" + hash + ":s3cret", "prometheus:" + hash + "s3cret",
          "prometheus" + hash + "s3cret:", std::string("nobody:fakepassword"), "nobody:" + hash}) {
        CAPTURE(text);
        for (int i = 0; i != 2; ++i)
            CHECK(users(basic(text)) == access::unauthorized);
    }
}

TEST_CASE("basic_auth: what is no bcrypt hash, or costs too much, is refused with its user's name")
{
    CHECK(refusal({}) == "basic_auth: no user");
    CHECK(refusal({{"ann", "s3cret"}}) == "basic_auth: the password of user \"ann\" is not a bcrypt hash "
                                          "($2y$10$ and 53 letters; htpasswd -B makes one)");
    std::string hash = of_s3cret;
    for (std::string const& flawed :
         {hash + "x", hash.substr(0, 59), "$2x" + hash.substr(3), "$1y" + hash.substr(3),
          hash.substr(0, 59) + ":", "$2y$1a" + hash.substr(6)}) {
        CAPTURE(flawed);
        CHECK(refusal({{"ann", flawed}}).find("is not a bcrypt hash") != std::string::npos);
    }
    CHECK(refusal({{"ann", "$2y$31" + hash.substr(6)}}) ==
          "basic_auth: the password of user \"ann\" costs 31, more than the highest that is allowed, 14");
    CHECK(refusal({{"ann", "$2y$03" + hash.substr(6)}}).find("a cost below 4") != std::string::npos);
    CHECK(refusal({{"ann", hash}, {"ann", hash}}) == "basic_auth: user \"ann\" is there twice");
    CHECK(refusal({{"a:b", hash}}).find("has a colon") != std::string::npos);
    CHECK_THROWS_AS(basic_auth({{"ann", hash}}, {.realm = "a\"b"}), std::invalid_argument);
    CHECK_THROWS_AS(basic_auth({{"ann", hash}}, {.concurrency = 0}), std::invalid_argument);
}

TEST_CASE("basic_auth: so many passwords are checked and wait at a time, and the next is busy")
{
    basic_auth const users({{"prometheus", of_s3cret}}, {.concurrency = 1, .waiting = 1});
    std::atomic<int> busy{0};
    std::atomic<int> passed{0};
    std::atomic<int> wrong{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i != 8; ++i)
        threads.emplace_back([&, i] {
            // Until the limit was met, by however many threads it takes.
            while (busy == 0) {
                auto const said = users(basic(i % 2 == 0 ? "prometheus:wrong" : "nobody:s3cret"));
                busy += said == access::busy ? 1 : 0;
                wrong += said == access::unauthorized ? 1 : 0;
                passed += said == access::allowed ? 1 : 0;
            }
        });
    threads.clear();
    CHECK(busy > 0);
    CHECK(wrong > 0);
    CHECK(passed == 0);
    CHECK(users(basic("prometheus:s3cret")) == access::allowed);
}

TEST_CASE("basic_auth: threads that show right and wrong passwords get what is theirs")
{
    basic_auth const users({{"prometheus", of_s3cret}, {"other", of_other}},
                           {.concurrency = 2, .waiting = 100});
    std::atomic<int> mistakes{0};
    std::vector<std::jthread> threads;
    for (int i = 0; i != 4; ++i)
        threads.emplace_back([&, i] {
            for (int round = 0; round != 20; ++round) {
                bool const is_right = (round + i) % 2 == 0;
                auto const said =
                    users(basic(is_right ? "other:an:other" : "prometheus:" + std::to_string(round)));
                mistakes += said == (is_right ? access::allowed : access::unauthorized) ? 0 : 1;
            }
        });
    threads.clear();
    CHECK(mistakes == 0);
}

TEST_CASE("basic_auth: one user or several are given in braces, or in a list")
{
    CHECK(basic_auth({{"ann", of_s3cret}})(basic("ann:s3cret")) == access::allowed);
    CHECK(basic_auth(basic_auth::user_list{{"ann", of_s3cret}})(basic("ann:s3cret")) == access::allowed);
    authorizer const held = basic_auth({{"ann", of_s3cret}});
    CHECK(held(basic("ann:s3cret")) == access::allowed);
}

TEST_CASE("basic_auth: names its realm, and the encoding of what it wants")
{
    CHECK(two_users().challenge() == R"(Basic realm="metrics", charset="UTF-8")");
    CHECK(basic_auth({{"ann", of_s3cret}}, {.realm = "iaf"}).challenge() ==
          R"(Basic realm="iaf", charset="UTF-8")");
}

TEST_CASE("basic_auth: for other users, what is known of those whose hash is the same stays known")
{
    auto const before = two_users();
    REQUIRE(before(basic("prometheus:s3cret")) == access::allowed);
    REQUIRE(before(basic("other:an:other")) == access::allowed);
    auto const after =
        before.renewed({{"third", of_s3cret}, {"other", of_s3cret}, {"prometheus", of_s3cret}});
    CHECK(after.at_once(basic("prometheus:s3cret")) == access::allowed);
    CHECK(!after.at_once(basic("other:an:other")));
    CHECK(after(basic("other:an:other")) == access::unauthorized);
    CHECK(!after.at_once(basic("third:s3cret")));
    CHECK(after(basic("third:s3cret")) == access::allowed);
    CHECK(!before.at_once(basic("third:s3cret")));
    CHECK_THROWS_AS((void)before.renewed({}), std::invalid_argument);
    // What the old one is told meanwhile is known to the new one.
    auto const fresh = two_users();
    auto const renewed = fresh.renewed({{"prometheus", of_s3cret}});
    REQUIRE(fresh(basic("prometheus:s3cret")) == access::allowed);
    CHECK(renewed.at_once(basic("prometheus:s3cret")) == access::allowed);
}

TEST_CASE("basic_auth: a password is compared as a whole, NUL or not")
{
    auto const users = two_users();
    CHECK(users(basic(std::string_view("prometheus:s3cret\0x", 19))) == access::unauthorized);
    CHECK(users(basic(std::string_view("prometheus:s3cret\0", 18))) == access::unauthorized);
}
