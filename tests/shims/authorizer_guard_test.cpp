// SPDX-License-Identifier: Apache-2.0
// A server whose guard asks for credentials.
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/http/bearer_token.hpp>
#include <iafmetrics/registry.hpp>

#include <http_service/authorizer_guard.hpp>

#include <doctest/doctest.h>

#include "../integration/temporary_directory.hpp"
#include "certificates.hpp"
#include "raw_client.hpp"

#include <stdexcept>

namespace {

using namespace iafmetrics::http_service;
using http::status;
using iafmetrics::http::access;
using iafmetrics::http::bearer_token;
using test::ask;

constexpr auto get = "GET / HTTP/1.1\r\nHost: x\r\n\r\n";
constexpr auto get_health = "GET /healthz?x HTTP/1.1\r\nHost: x\r\n\r\n";

std::string with(std::string const& token)
{
    return "GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer " + token + "\r\n\r\n";
}

struct guarded {
    explicit guarded(guard by) : server{options(std::move(by)), pages()} {}

    server_options options(guard by)
    {
        server_options made{.refusals = &turned_away};
        made.guard = std::move(by);
        return made;
    }
    static router pages()
    {
        router routes;
        for (char const* path : {"/", "/healthz"})
            routes.add(http::verb::get, path,
                       [](request const&) -> net::awaitable<answer> { co_return test::text("a page"); });
        return routes;
    }
    auto answer_to(std::string const& request) const { return ask(server.port(), request); }
    bool has_refused(std::string const& why, int n) const
    {
        return iafmetrics::exposition::text(metrics).find("iafmetrics_http_refused_total{reason=\"" + why +
                                                          "\"} " + std::to_string(n) + "\n") !=
               std::string::npos;
    }

    iafmetrics::registry metrics;
    refusals turned_away{metrics};
    test::running server;
};

}  // namespace

TEST_CASE("authorizer guard: a token of a file lets in, also a new one, and what is refused is counted")
{
    test::temporary_directory const folder;
    auto const file = folder.path("token");
    test::replace_file(file, "old\n");
    guarded const server{
        authorizer_guard(bearer_token::from_file(file, "api"), {.open_paths = {"/healthz"}})};
    CHECK(server.answer_to(with("old")).result() == status::ok);
    CHECK(server.answer_to(get_health).result() == status::ok);
    auto const no = server.answer_to(get);
    CHECK(no.result() == status::unauthorized);
    CHECK(no[http::field::www_authenticate] == R"(Bearer realm="api")");
    CHECK(server.answer_to(with("new")).result() == status::unauthorized);
    test::replace_file(file, "old\nnew\n");
    CHECK(server.answer_to(with("new")).result() == status::ok);
    auto const twice = server.answer_to("GET / HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer old\r\n"
                                        "Authorization: Bearer old\r\n\r\n");
    CHECK(twice.result() == status::unauthorized);
    CHECK(server.has_refused("unauthorized", 3));
}

TEST_CASE("authorizer guard: what takes long or throws is asked too, and an exception lets nobody in")
{
    guarded const server{authorizer_guard([](std::string_view field) {
        if (field.empty()) throw std::runtime_error{"no data"};
        return field == "Bearer yes" ? access::allowed : access::busy;
    })};
    CHECK(server.answer_to(with("yes")).result() == status::ok);
    CHECK(server.answer_to(get).result() == status::unauthorized);
    auto const busy = server.answer_to(with("no"));
    CHECK(busy.result() == status::service_unavailable);
    CHECK(busy[http::field::retry_after] == "1");
    CHECK(server.has_refused("check_limit", 1));
}

TEST_CASE("both guards are asked, the first first; none asks nobody")
{
    CHECK(!both({}, {}));
    auto const by_token = [](char const* one, char const* other) {
        return authorizer_guard(bearer_token{one, other});
    };
    guarded const server{both(by_token("first", "shared"), both({}, by_token("shared", "second")))};
    CHECK(server.answer_to(with("shared")).result() == status::ok);
    CHECK(server.answer_to(with("first")).result() == status::unauthorized);
    CHECK(server.answer_to(with("second")).result() == status::unauthorized);
}
