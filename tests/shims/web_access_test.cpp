// SPDX-License-Identifier: Apache-2.0
// A server by its web config file: passwords, rates, fields, TLS, and each of them changed while it runs.
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>

#include <http_service/web_access.hpp>

#include <doctest/doctest.h>

#include "../integration/temporary_directory.hpp"
#include "certificates.hpp"
#include "raw_client.hpp"
#include <crypt.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <mutex>
#include <vector>

namespace {

using namespace iafmetrics::http_service;
using namespace std::chrono_literals;
using http::status;
using http::verb;
using test::ask;
using test::client_context;
using test::make_certificate;
using test::raw_client;
using test::replace_file;
using test::running;
using test::text;

constexpr auto ann_s3cret = "Authorization: Basic YW5uOnMzY3JldA==\r\n";
constexpr auto ann_other = "Authorization: Basic YW5uOm90aGVy\r\n";

// basic_auth_users with one user, ann; 2^4 rounds are bcrypt's fewest.
std::string users(char const* password)
{
    return "basic_auth_users:\n  ann: " + std::string{::crypt(password, "$2y$04$abcdefghijklmnopqrstuu")} +
           "\n";
}

router pages()
{
    router routes;
    for (char const* path : {"/metrics", "/healthz"})
        routes.add(verb::get, path,
                   [](request const&) -> net::awaitable<answer> { co_return text("a page"); });
    return routes;
}

std::string get(std::string const& path, std::string const& fields = {})
{
    return "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields + "\r\n";
}

struct guarded {
    explicit guarded(std::string const& config)
    {
        replace_file(path, config);
        web_access const who{
            path, {.open_paths = {"/healthz"}, .metrics = &metrics, .log = [this](std::string_view message) {
                       std::lock_guard const lock{mutex};
                       logged += std::string{message} + "\n";
                   }}};
        server_options options{.refusals = &turned_away};
        who.apply_to(options);
        server = std::make_unique<running>(std::move(options), pages());
    }

    auto of(std::string const& path_asked, std::string const& fields = {}, char const* from = nullptr) const
    {
        return ask(server->port(), get(path_asked, fields), nullptr, from);
    }
    bool shows(std::string const& line) const
    {
        return iafmetrics::exposition::text(metrics).find("\n" + line + "\n") != std::string::npos;
    }
    bool refused(std::string const& why, int n) const
    {
        return shows("iafmetrics_http_refused_total{reason=\"" + why + "\"} " + std::to_string(n));
    }
    std::string log()
    {
        std::lock_guard const lock{mutex};
        return logged;
    }

    test::temporary_directory folder;
    std::string path = folder.path("web.yml");
    iafmetrics::registry metrics;
    refusals turned_away{metrics};
    std::mutex mutex;
    std::string logged;
    std::unique_ptr<running> server;
};

}  // namespace

TEST_CASE("web access: who does not know a password gets nothing but health")
{
    guarded const server{users("s3cret")};
    CHECK(server.of("/metrics", ann_s3cret).body() == "a page");
    CHECK(server.of("/metrics", ann_s3cret).result() == status::ok);
    auto const no = server.of("/metrics");
    CHECK(no.result() == status::unauthorized);
    CHECK(no[http::field::www_authenticate] == R"(Basic realm="metrics", charset="UTF-8")");
    CHECK(server.of("/metrics", ann_other).result() == status::unauthorized);
    CHECK(server.of("/nowhere").result() == status::unauthorized);
    CHECK(server.of("/healthz?x").result() == status::ok);
    CHECK(server.of("/healthz/").result() == status::unauthorized);
    CHECK(server.refused("unauthorized", 4));
    CHECK(server.shows("iafmetrics_http_web_config_reload_failed 0"));
}

TEST_CASE("web access: requests beyond the rate are 429 before any password is looked at")
{
    guarded const server{users("s3cret") + "rate_limit:\n  interval: 1h\n  burst: 2\n"};
    CHECK(server.of("/metrics", ann_other).result() == status::unauthorized);
    CHECK(server.of("/metrics", ann_s3cret).result() == status::ok);
    auto const no = server.of("/metrics", ann_s3cret);
    CHECK(no.result() == status::too_many_requests);
    CHECK(no[http::field::retry_after] == "1");
    CHECK(server.of("/healthz").result() == status::ok);
    CHECK(server.refused("rate_limit", 1));
    CHECK(server.refused("unauthorized", 1));
}

TEST_CASE("web access: who uses up the rate of one address leaves the others theirs, a touched file or not")
{
    auto const config = users("s3cret") + "rate_limit:\n  interval: 1h\n  burst: 2\n";
    guarded const server{config};
    for (int i = 0; i != 20; ++i)
        (void)server.of("/metrics", {}, "127.0.0.2");
    replace_file(server.path, config);
    for (int i = 0; i != 20; ++i)
        (void)server.of("/metrics", {}, "127.0.0.2");
    CHECK(server.of("/metrics", ann_s3cret).result() == status::ok);
    CHECK(server.refused("unauthorized", 2));
    CHECK(server.refused("rate_limit", 38));
}

TEST_CASE("web access: of two Authorization fields none is taken")
{
    guarded const server{users("s3cret")};
    CHECK(server.of("/metrics", ann_s3cret).result() == status::ok);
    for (auto const& fields : {std::string{ann_s3cret} + ann_other, std::string{ann_other} + ann_s3cret,
                               std::string{ann_s3cret} + ann_s3cret})
        CHECK(server.of("/metrics", fields).result() == status::unauthorized);
    CHECK(server.refused("unauthorized", 3));
}

TEST_CASE("web access: a changed file holds for the next request, and one that is wrong changes nothing")
{
    guarded server{users("s3cret")};
    CHECK(server.of("/metrics", ann_s3cret).result() == status::ok);
    replace_file(server.path, users("other"));
    CHECK(server.of("/metrics", ann_s3cret).result() == status::unauthorized);
    CHECK(server.of("/metrics", ann_other).result() == status::ok);

    replace_file(server.path, "basic_auth_user:\n");
    CHECK(server.of("/metrics", ann_other).result() == status::ok);
    CHECK(server.of("/metrics", ann_other).result() == status::ok);
    CHECK(server.shows("iafmetrics_http_web_config_reload_failed 1"));
    replace_file(server.path, "tls_server_config:\n  cert_file: tls.crt\n  key_file: tls.key\n");
    CHECK(server.of("/metrics", ann_other).result() == status::ok);
    CHECK(server.shows("iafmetrics_http_web_config_reload_failed 1"));
    auto const stays = std::string{"the web config in use stays, the new one cannot be used: "} + server.path;
    CHECK(server.log() == stays + ":1: basic_auth_user: is not a key of a web config file\n" + stays +
                              ": TLS is switched on or off by a restart alone\n");

    replace_file(server.path, users("s3cret"));
    CHECK(server.of("/metrics", ann_s3cret).result() == status::ok);
    CHECK(server.shows("iafmetrics_http_web_config_reload_failed 0"));
}

TEST_CASE("web access: a file that is half written, or gone, opens nothing")
{
    guarded server{users("s3cret")};
    auto const stays = std::string{"the web config in use stays, the new one cannot be used: "} + server.path;
    for (auto const* half : {"", "# ", "basic_auth_users:\n"}) {
        replace_file(server.path, half);
        CHECK(server.of("/metrics").result() == status::unauthorized);
        CHECK(server.of("/metrics", ann_s3cret).result() == status::ok);
        CHECK(server.shows("iafmetrics_http_web_config_reload_failed 1"));
    }
    CHECK(server.log() == stays + ": passwords are switched off by a restart alone\n");
    std::filesystem::remove(server.path);
    CHECK(server.of("/metrics").result() == status::unauthorized);
    replace_file(server.path, users("other"));
    CHECK(server.of("/metrics", ann_other).result() == status::ok);
    CHECK(server.shows("iafmetrics_http_web_config_reload_failed 0"));
}

TEST_CASE("web access: the file's fields are in every answer")
{
    guarded const server{users("s3cret") + "http_server_config:\n  headers:\n    X-Frame-Options: deny\n"};
    CHECK(server.of("/metrics", ann_s3cret)["X-Frame-Options"] == "deny");
    CHECK(server.of("/metrics")["X-Frame-Options"] == "deny");
    CHECK(server.of("/nowhere", ann_s3cret)["X-Frame-Options"] == "deny");
    CHECK(ask(server.server->port(), "NONSENSE\r\n\r\n")["X-Frame-Options"] == "deny");
    replace_file(server.path, users("s3cret"));
    CHECK(server.of("/metrics").count("X-Frame-Options") == 0);
}

TEST_CASE("web access: TLS is the file's, other certificates too, for connections from then on")
{
    auto const before = make_certificate({.is_authority = true});
    auto const after = make_certificate({.is_authority = true});
    test::temporary_directory const folder;
    auto const issue = [&](test::identity const& by, std::string const& name) {
        auto const made = make_certificate({.names = "IP:127.0.0.1", .issuer = &by});
        replace_file(folder.path(name + ".crt"), made.chain);
        replace_file(folder.path(name + ".key"), made.key);
        return "tls_server_config:\n  cert_file: " + name + ".crt\n  key_file: " + name + ".key\n";
    };
    auto const config = folder.path("web.yml");
    replace_file(config, issue(before, "one") + users("s3cret"));
    iafmetrics::registry metrics;
    server_options options;
    web_access{config, {.metrics = &metrics}}.apply_to(options);
    running const server{std::move(options), pages()};
    auto const answers = [&](test::identity const& trusted) {
        auto context = client_context(trusted);
        raw_client one{server.port(), &context};
        if (one.failed()) return false;
        one.send(get("/metrics", ann_s3cret + std::string{"Connection: close\r\n"}));
        return one.rest().ends_with("a page");  // nothing: of TLS 1.3 a client learns here that it is refused
    };
    CHECK(answers(before));
    CHECK(!answers(after));
    CHECK(iafmetrics::exposition::text(metrics).find("certificate_not_after_timestamp_seconds 0\n") ==
          std::string::npos);

    auto const comes_to_answer = [&](bool wanted) {
        auto const deadline = std::chrono::steady_clock::now() + 20s;
        while (answers(after) != wanted && std::chrono::steady_clock::now() < deadline)
            std::this_thread::sleep_for(5ms);
        return answers(after) == wanted;
    };
    auto const renewed = issue(after, "two");
    replace_file(config, renewed + users("s3cret"));
    CHECK(comes_to_answer(true));
    CHECK(!answers(before));
    // The same files, and a client needs a certificate of its own.
    replace_file(config, renewed + "  client_auth_type: RequireAnyClientCert\n" + users("s3cret"));
    CHECK(comes_to_answer(false));
    // Not asked for any more only after a restart: a file of which a half is written reads so.
    replace_file(config, renewed + users("s3cret"));
    auto const is_refused = [&] {
        return iafmetrics::exposition::text(metrics).find("\niafmetrics_http_web_config_reload_failed 1\n") !=
               std::string::npos;
    };
    auto const deadline = std::chrono::steady_clock::now() + 20s;
    while (!is_refused() && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(5ms);
    CHECK(is_refused());
    CHECK(!answers(after));
}

TEST_CASE("web access: a file whose certificates cannot be used changes nothing, until they can")
{
    auto const authority = make_certificate({.is_authority = true});
    auto const own = make_certificate({.names = "IP:127.0.0.1", .issuer = &authority});
    test::temporary_directory const folder;
    auto const tls = [](std::string const& name) {
        return "tls_server_config:\n  cert_file: " + name + ".crt\n  key_file: " + name + ".key\n";
    };
    auto const issue = [&](std::string const& name) {
        replace_file(folder.path(name + ".key"), own.key);
        replace_file(folder.path(name + ".crt"), own.chain);
    };
    auto const config = folder.path("web.yml");
    issue("one");
    replace_file(config, tls("one") + users("s3cret"));
    iafmetrics::registry metrics;
    server_options options;
    std::mutex mutex;
    std::string logged;
    web_access{config,
               {.metrics = &metrics,
                .log =
                    [&](std::string_view message) {
                        std::lock_guard const lock{mutex};
                        logged += std::string{message} + "\n";
                    }}}
        .apply_to(options);
    running const server{std::move(options), pages()};
    auto context = client_context(authority);
    auto const answer_to = [&](char const* fields) {
        return ask(server.port(), get("/metrics", fields), &context).result();
    };
    auto const shows = [&](std::string const& line) {
        return iafmetrics::exposition::text(metrics).find("\n" + line + "\n") != std::string::npos;
    };
    CHECK(answer_to(ann_s3cret) == status::ok);

    replace_file(config, tls("two") + users("other"));
    CHECK(answer_to(ann_s3cret) == status::ok);
    CHECK(answer_to(ann_other) == status::unauthorized);
    CHECK(shows("iafmetrics_http_web_config_reload_failed 1"));

    issue("two");  // the file itself stays as it is
    auto const deadline = std::chrono::steady_clock::now() + 20s;
    while (answer_to(ann_other) != status::ok && std::chrono::steady_clock::now() < deadline)
        std::this_thread::sleep_for(5ms);
    CHECK(answer_to(ann_other) == status::ok);
    CHECK(answer_to(ann_s3cret) == status::unauthorized);
    CHECK(shows("iafmetrics_http_web_config_reload_failed 0"));
    std::lock_guard const lock{mutex};
    CHECK(logged == "the web config in use stays, the new one cannot be used: " + config +
                        ": tls: certificate \"" + folder.path("two.crt") + "\": No such file or directory\n");
}

TEST_CASE("web access: a file that cannot be used from the start is refused with its name")
{
    CHECK_THROWS_WITH(web_access{"/nowhere/web.yml"},
                      "cannot read /nowhere/web.yml: No such file or directory");
}
