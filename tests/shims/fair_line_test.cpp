// SPDX-License-Identifier: Apache-2.0
#include <http_service/detail/fair_line.hpp>

#include <doctest/doctest.h>

#include <string>

namespace {

using boost::asio::ip::make_address;
using iafmetrics::http_service::detail::fair_line;

auto const a = make_address("10.0.0.1");
auto const b = make_address("10.0.0.2");
auto const c = make_address("10.0.0.3");

}  // namespace

TEST_CASE("fair line: the next turn goes to the network whose last is longest ago, within it to the first")
{
    fair_line<std::string> line{10};
    for (char const* who : {"a1", "a2", "a3"})
        CHECK(line.enter(a, who).has_place);
    CHECK(line.next() == "a1");
    CHECK(line.enter(b, "b1").has_place);
    CHECK(line.enter(c, "c1").has_place);
    CHECK(line.enter(b, "b2").has_place);
    line.end_turn(a);
    CHECK(line.next() == "b1");
    line.end_turn(b);
    CHECK(line.next() == "c1");
    line.end_turn(c);
    CHECK(line.next() == "a2");
    line.end_turn(a);
    CHECK(line.next() == "b2");
    line.end_turn(b);
    CHECK(line.next() == "a3");
    line.end_turn(a);
    CHECK(line.is_empty());
}

TEST_CASE("fair line: of several turns at a time none goes to a network that has one while another waits")
{
    fair_line<std::string> line{10};
    for (char const* who : {"a1", "a2", "a3"})
        CHECK(line.enter(a, who).has_place);
    CHECK(line.enter(b, "b1").has_place);
    CHECK(line.next() == "a1");
    CHECK(line.next() == "b1");
    CHECK(line.next() == "a2");
}

TEST_CASE("fair line: where it is full, the newest place of the network with most goes to one that has fewer")
{
    fair_line<std::string> line{3};
    for (char const* who : {"a1", "a2", "a3"})
        CHECK(line.enter(a, who).has_place);
    CHECK(!line.enter(a, "a4").has_place);
    auto const first = line.enter(b, "b1");
    CHECK(first.has_place);
    CHECK(first.ousted == "a3");
    CHECK(!line.enter(b, "b2").has_place);  // two of a, one of b: a swap would be asked back
    auto const second = line.enter(c, "c1");
    CHECK(second.ousted == "a2");
    CHECK(!line.enter(a, "a5").has_place);
    CHECK(!line.enter(make_address("10.0.0.4"), "d1").has_place);  // one each
}

TEST_CASE("fair line: turns under way count, and who leaves makes room")
{
    fair_line<std::string> line{2};
    CHECK(line.enter(a, "a1").has_place);
    CHECK(line.next() == "a1");
    CHECK(line.enter(a, "a2").has_place);
    CHECK(!line.enter(b, "b1").has_place);
    line.leave("a2");
    line.leave("nobody");
    CHECK(line.is_empty());
    CHECK(line.enter(b, "b1").has_place);
    line.end_turn(a);
    CHECK(line.next() == "b1");
}
