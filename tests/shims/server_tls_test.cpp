// SPDX-License-Identifier: Apache-2.0
// The server over TLS: versions, renewal, whom it lets in, and the count of whom it does not.
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>

#include <http_service/certificate_metrics.hpp>

#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <doctest/doctest.h>
#include <openssl/x509.h>

#include "../integration/temporary_directory.hpp"
#include "certificates.hpp"
#include "raw_client.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <mutex>
#include <stdexcept>

namespace {

using namespace iafmetrics::http_service;
using namespace std::chrono_literals;
using http::status;
using http::verb;
using iafmetrics::http::client_auth;
using iafmetrics::http::tls_options;
using iafmetrics::http::tls_version;
using test::certificate_options;
using test::client_context;
using test::identity;
using test::make_certificate;
using test::raw_client;
using test::running;
using test::text;

constexpr auto get_hello = std::string_view{"GET /hello HTTP/1.1\r\nHost: x\r\n\r\n"};

router hello()
{
    router routes;
    routes.add(verb::get, "/hello",
               [](request const&) -> net::awaitable<answer> { co_return text("hello"); });
    return routes;
}

struct authority {
    identity own = make_certificate({.is_authority = true});

    identity issue(certificate_options options = {.names = "IP:127.0.0.1"}) const
    {
        options.issuer = &own;
        return make_certificate(options);
    }
};

tls_options options_of(identity const& server)
{
    return {.certificate = {.text = server.chain}, .key = {.text = server.key}};
}

// A server over TLS, what it counts and what it logs.
struct secured {
    explicit secured(tls_options tls, server_options options = {})
    {
        options.tls = std::move(tls);
        options.refusals = &turned_away;
        options.certificate_metrics = &certificate;
        options.log = [this](std::string_view message) {
            std::lock_guard const lock{mutex};
            logged += std::string{message} + "\n";
        };
        server = std::make_unique<running>(std::move(options), hello());
    }

    std::uint16_t port() const { return server->port(); }
    std::string log()
    {
        std::lock_guard const lock{mutex};
        return logged;
    }
    bool shows(std::string const& line) const
    {
        return iafmetrics::exposition::text(metrics).find(line + "\n") != std::string::npos;
    }
    // What is counted after the peer has its answer, or none.
    bool comes_to_show(std::string const& line) const
    {
        auto const deadline = std::chrono::steady_clock::now() + 20s;
        while (std::chrono::steady_clock::now() < deadline) {
            if (shows(line)) return true;
            std::this_thread::sleep_for(2ms);
        }
        MESSAGE(iafmetrics::exposition::text(metrics));
        return false;
    }
    bool refused(std::string const& why, int n) const
    {
        return comes_to_show("iafmetrics_http_refused_total{reason=\"" + why + "\"} " + std::to_string(n));
    }
    // Whether the client got an answer: of TLS 1.3 it learns that it is refused when it reads.
    bool answers(net::ssl::context client) const
    {
        raw_client one{port(), &client};
        if (one.failed()) return false;
        one.send("GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
        return one.rest().ends_with("\r\n\r\nhello");
    }

    iafmetrics::registry metrics;
    refusals turned_away{metrics};
    certificate_metrics certificate{metrics};
    std::mutex mutex;
    std::string logged;
    std::unique_ptr<running> server;
};

}  // namespace

TEST_CASE("server tls: TLS 1.2 and 1.3 are spoken and nothing older")
{
    authority const ca;
    secured const server{options_of(ca.issue())};
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        CHECK(server.answers(client_context(ca.own, nullptr, version, version)));
    }
    CHECK(!server.answers(client_context(ca.own, nullptr, TLS1_1_VERSION, TLS1_1_VERSION)));
    CHECK(server.refused("tls_handshake", 1));
}

TEST_CASE("server tls: versions, ciphers and curves are those of the options")
{
    authority const ca;
    auto options = options_of(ca.issue());
    options.min_version = tls_version::tls13;
    CHECK(!secured{options}.answers(client_context(ca.own, nullptr, TLS1_2_VERSION, TLS1_2_VERSION)));

    options.min_version = tls_version::tls12;
    options.max_version = tls_version::tls12;
    options.cipher_suites = {"TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256"};
    options.curve_preferences = {"CurveP384"};
    secured const server{options};
    auto context = client_context(ca.own);
    raw_client client{server.port(), &context};
    CHECK(SSL_get_cipher_name(client.native_handle()) == std::string{"ECDHE-ECDSA-CHACHA20-POLY1305"});
    CHECK(SSL_version(client.native_handle()) == TLS1_2_VERSION);
    auto other_curve = client_context(ca.own);
    SSL_CTX_set1_curves_list(other_curve.native_handle(), "X25519");
    CHECK(!server.answers(std::move(other_curve)));
}

TEST_CASE("server tls: a set-up that cannot be meant is refused with its name and its reason")
{
    authority const ca;
    auto const good = options_of(ca.issue());
    auto const reason = [](tls_options tls) -> std::string {
        try {
            server const made{server_options{.tls = std::move(tls)}, hello()};
        } catch (std::runtime_error const& e) {
            return e.what();
        }
        return "";
    };
    auto const with = [&](auto change) {
        auto options = good;
        change(options);
        return reason(options);
    };
    CHECK(reason(good) == "");
    CHECK(reason({}) == "tls: certificate: is missing");
    CHECK(with([](auto& o) { o.certificate = {.file = "/nowhere/tls.crt"}; }) ==
          "tls: certificate \"/nowhere/tls.crt\": No such file or directory");
    CHECK(with([](auto& o) { o.key.file = "tls.key"; }) ==
          "tls: key \"tls.key\": is given as a file and as text");
    CHECK(with([&](auto& o) { o.key.text = ca.own.key; }).find("tls: key: key values mismatch") == 0);
    CHECK(with([](auto& o) { o.certificate.text = "nonsense"; }) == "tls: certificate: no start line");
    CHECK(with([&](auto& o) { o.client_ca.text = ca.own.chain; }) ==
          "tls: client_ca: no certificate is verified with this client_auth");
    CHECK(with([&](auto& o) {
              o.client_ca.text = ca.own.chain;
              o.client_auth = client_auth::require_any_client_cert;
          }) == "tls: client_ca: no certificate is verified with this client_auth");
    CHECK(with([](auto& o) { o.client_allowed_sans = {"a"}; }) ==
          "tls: client_allowed_sans: no certificate is verified with this client_auth");
    CHECK(with([](auto& o) { o.client_auth = client_auth::require_and_verify_client_cert; }) ==
          "tls: client_auth: verifies certificates, and there is no client_ca to verify them against");
    CHECK(with([](auto& o) {
              o.client_auth = client_auth::require_and_verify_client_cert;
              o.client_ca.text = "nonsense";
          }) == "tls: client_ca: no start line");
    CHECK(with([](auto& o) {
              o.min_version = tls_version::tls13;
              o.max_version = tls_version::tls12;
          }) == "tls: min_version: is above max_version");
    CHECK(
        with([](auto& o) { o.cipher_suites = {"ECDHE-RSA-AES128-GCM-SHA256"}; }) ==
        "tls: cipher_suites: \"ECDHE-RSA-AES128-GCM-SHA256\" is no IANA name of a cipher suite that OpenSSL "
        "has");
    CHECK(with([](auto& o) { o.cipher_suites = {"TLS_RSA_WITH_NULL_SHA256"}; }) ==
          "tls: cipher_suites: no cipher match");
    CHECK(with([](auto& o) { o.curve_preferences = {"P-256"}; }) ==
          "tls: curve_preferences: \"P-256\" is none of CurveP256, CurveP384, CurveP521 and X25519");
}

TEST_CASE("server tls: each mode of client_auth lets in whom its name says")
{
    authority const ca;
    authority const other;
    auto const known = ca.issue({.names = "DNS:prometheus"});
    auto const stranger = other.issue({.names = "DNS:prometheus"});
    auto const expired = ca.issue({.names = "DNS:prometheus", .valid_from = -2h, .valid_until = -1h});
    struct row {
        client_auth mode;
        bool verifies;
        bool none, of_ca, of_other, late;
    };
    for (auto const& [mode, verifies, none, of_ca, of_other, late] : {
             row{client_auth::no_client_cert, false, true, true, true, true},
             row{client_auth::request_client_cert, false, true, true, true, true},
             row{client_auth::require_any_client_cert, false, false, true, true, true},
             row{client_auth::verify_client_cert_if_given, true, true, true, false, false},
             row{client_auth::require_and_verify_client_cert, true, false, true, false, false},
         }) {
        for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            CAPTURE(static_cast<int>(mode));
            CAPTURE(version);
            auto options = options_of(ca.issue());
            options.client_auth = mode;
            if (verifies) options.client_ca.text = ca.own.chain;
            secured const server{options};
            auto const lets_in = [&](identity const* shown) {
                return server.answers(client_context(ca.own, shown, version, version));
            };
            CHECK(lets_in(nullptr) == none);
            CHECK(lets_in(&known) == of_ca);
            CHECK(lets_in(&stranger) == of_other);
            CHECK(lets_in(&expired) == late);
            CHECK(server.refused("client_certificate", !none + !of_ca + !of_other + !late));
            CHECK(server.refused("tls_handshake", 0));
        }
    }
}

TEST_CASE("server tls: of clients with a certificate those with an allowed name alone are let in")
{
    authority const ca;
    auto options = options_of(ca.issue());
    options.client_auth = client_auth::require_and_verify_client_cert;
    options.client_ca.text = ca.own.chain;
    options.client_allowed_sans = {"prometheus.monitoring", "10.1.2.3", "::1", "oncall@example.com",
                                   "spiffe://cluster.local/ns/monitoring/sa/prometheus"};
    secured const server{options};
    auto const lets_in = [&](std::string const& names) {
        auto const shown = ca.issue({.names = names});
        return server.answers(client_context(ca.own, &shown));
    };
    CHECK(lets_in("DNS:prometheus.monitoring"));
    CHECK(lets_in("DNS:other,IP:10.1.2.3"));
    CHECK(lets_in("IP:0:0:0:0:0:0:0:1"));
    CHECK(lets_in("email:oncall@example.com"));
    CHECK(lets_in("URI:spiffe://cluster.local/ns/monitoring/sa/prometheus"));
    CHECK(!lets_in(""));
    CHECK(!lets_in("DNS:prometheus.monitoring.evil"));
    CHECK(!lets_in("DNS:*.monitoring"));
    CHECK(!lets_in("DNS:10.1.2.3"));
    CHECK(!lets_in("IP:10.1.2.4"));
    CHECK(!lets_in("URI:prometheus.monitorin"));
    CHECK(server.refused("client_certificate", 6));
}

TEST_CASE("server tls: a renewed certificate is shown to new connections and the open ones go on")
{
    authority const before;
    authority const after;
    test::temporary_directory const folder;
    tls_options options{.certificate = {.file = folder.path("tls.crt")},
                        .key = {.file = folder.path("tls.key")}};
    auto const write = [&](identity const& made) {
        test::replace_file(options.certificate.file, made.chain);
        test::replace_file(options.key.file, made.key);
    };
    write(before.issue());
    secured server{options, {.threads = 3}};
    auto context = client_context(before.own);
    raw_client open{server.port(), &context};
    REQUIRE(!open.failed());

    // Half of a renewal: the certificate does not belong to the key, and what was there stays.
    auto const renewed = after.issue({.names = "IP:127.0.0.1", .valid_until = 2h});
    test::replace_file(options.certificate.file, renewed.chain);
    CHECK(server.comes_to_show("iafmetrics_http_certificate_renewal_failed 1"));
    CHECK(server.answers(client_context(before.own)));

    test::replace_file(options.key.file, renewed.key);
    CHECK(server.comes_to_show("iafmetrics_http_certificate_renewal_failed 0"));
    CHECK(server.answers(client_context(after.own)));
    CHECK(!server.answers(client_context(before.own)));
    open.send(get_hello);
    CHECK(open.response().body() == "hello");
    auto const log = server.log();
    CHECK(log.find("the certificate in use stays, its renewal cannot be used: tls: key \"") == 0);
    CHECK(log.find('\n') == log.size() - 1);  // once
}

TEST_CASE("server tls: the end of its certificate is on the page")
{
    authority const ca;
    auto const now = std::chrono::system_clock::now().time_since_epoch() / 1s;
    secured const server{options_of(ca.issue({.names = "IP:127.0.0.1", .valid_until = 1000s}))};
    auto const page = iafmetrics::exposition::text(server.metrics);
    std::string const name = "\niafmetrics_http_certificate_not_after_timestamp_seconds ";
    auto const at = page.find(name);
    REQUIRE(at != std::string::npos);
    auto const end = std::stod(page.substr(at + name.size()));
    CHECK(end >= static_cast<double>(now + 1000));
    CHECK(end < static_cast<double>(now + 1060));
}

TEST_CASE("server tls: a session of before does not let a client in that the authority of now refuses")
{
    authority const ca;
    authority const next;
    test::temporary_directory const folder;
    auto options = options_of(ca.issue());
    options.client_auth = client_auth::require_and_verify_client_cert;
    options.client_ca.file = folder.path("ca.crt");
    test::replace_file(options.client_ca.file, ca.own.chain);
    secured const server{options};
    auto const shown = ca.issue({.names = "DNS:prometheus"});
    auto const newcomer = next.issue({.names = "DNS:prometheus"});
    for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
        CAPTURE(version);
        test::replace_file(options.client_ca.file, ca.own.chain);
        auto const deadline = std::chrono::steady_clock::now() + 20s;
        while (!server.answers(client_context(ca.own, &shown, version, version)) &&
               std::chrono::steady_clock::now() < deadline) {}
        auto context = client_context(ca.own, &shown, version, version);
        raw_client first{server.port(), &context};
        first.send(get_hello);
        REQUIRE(first.response().result() == status::ok);
        std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> const session(
            SSL_get1_session(first.native_handle()), SSL_SESSION_free);

        test::replace_file(options.client_ca.file, next.own.chain);
        while (!server.answers(client_context(ca.own, &newcomer, version, version)) &&
               std::chrono::steady_clock::now() < deadline) {}
        CHECK(server.answers(client_context(ca.own, &newcomer, version, version)));
        raw_client again{server.port(), nullptr};
        net::ssl::stream<net::ip::tcp::socket&> resumed{again.socket(), context};
        SSL_set_session(resumed.native_handle(), session.get());
        boost::system::error_code error;
        resumed.handshake(net::ssl::stream_base::client, error);
        CHECK(SSL_session_reused(resumed.native_handle()) == 0);
        if (!error) net::write(resumed, net::buffer(get_hello), error);
        std::string got(100, '\0');
        CHECK(resumed.read_some(net::buffer(got), error) == 0);
        CHECK(error);
    }
}

TEST_CASE("server tls: sessions are resumed where no certificate is asked of clients, and nowhere else")
{
    authority const ca;
    auto const shown = ca.issue({.names = "DNS:prometheus"});
    for (bool const is_asked : {false, true})
        for (int const version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
            CAPTURE(is_asked);
            CAPTURE(version);
            auto options = options_of(ca.issue());
            if (is_asked) {
                options.client_auth = client_auth::require_and_verify_client_cert;
                options.client_ca.text = ca.own.chain;
            }
            secured const server{options};
            auto context = client_context(ca.own, &shown, version, version);
            raw_client first{server.port(), &context};
            first.send(get_hello);
            REQUIRE(first.response().result() == status::ok);
            std::unique_ptr<SSL_SESSION, decltype(&SSL_SESSION_free)> const session(
                SSL_get1_session(first.native_handle()), SSL_SESSION_free);
            raw_client again{server.port(), nullptr};
            net::ssl::stream<net::ip::tcp::socket&> resumed{again.socket(), context};
            SSL_set_session(resumed.native_handle(), session.get());
            resumed.handshake(net::ssl::stream_base::client);
            CHECK(SSL_session_reused(resumed.native_handle()) == (is_asked ? 0 : 1));
        }
}

TEST_CASE("server tls: a handshake that does not end in time is cut and counted")
{
    authority const ca;
    secured const server{options_of(ca.issue()), {.handshake_timeout = 100ms}};
    raw_client silent{server.port()};
    CHECK(silent.rest() == "");
    raw_client slow{server.port()};
    slow.send(std::string_view{"\x16\x03\x01\x02\x00\x01", 6});
    CHECK(slow.rest() == "");
    CHECK(server.refused("tls_handshake", 2));
}

TEST_CASE("server tls: who speaks plain HTTP is told so, and who comes and goes is not counted")
{
    authority const ca;
    secured const server{options_of(ca.issue())};
    {
        raw_client const gone{server.port()};
    }
    raw_client plain{server.port()};
    plain.send(get_hello);
    auto const got = plain.rest();
    CHECK(got.starts_with("HTTP/1.0 400 "));
    CHECK(got.ends_with("\r\n\r\nthis port speaks HTTPS\n"));
    CHECK(plain.failed() == net::error::eof);  // no reset
    CHECK(server.refused("tls_handshake", 1));
}

TEST_CASE("server tls: an answer that closes ends with the word that nothing was cut off")
{
    authority const ca;
    secured const server{options_of(ca.issue())};
    auto context = client_context(ca.own);
    raw_client client{server.port(), &context};
    client.send("GET /nowhere HTTP/1.1\r\nHost: x\r\nContent-Length: 100000\r\n\r\n");
    CHECK(client.rest().starts_with("HTTP/1.1 404 "));
    CHECK(client.failed() == net::error::eof);  // close_notify: without it, it is stream_truncated
}

TEST_CASE("server tls: a header or a body that is late is told so")
{
    authority const ca;
    secured const server{options_of(ca.issue()), {.header_timeout = 100ms, .body_timeout = 100ms}};
    auto context = client_context(ca.own);
    for (std::string const late :
         {"GET /hel", "POST /hello HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc"}) {
        raw_client client{server.port(), &context};
        client.send(late);
        CHECK(client.response().result() == status::request_timeout);
        CHECK(client.rest() == "");
    }
    CHECK(server.refused("header_timeout", 1));
    CHECK(server.refused("body_timeout", 1));
}

TEST_CASE("server tls: a drain closes what is idle or in a handshake and lets a request in flight finish")
{
    authority const ca;
    std::atomic<bool> entered{false};
    std::atomic<bool> open{false};
    router routes = hello();
    routes.add(verb::get, "/slow", [&](request const&) -> net::awaitable<answer> {
        entered = true;
        net::steady_timer wait{co_await net::this_coro::executor};
        while (!open) {
            wait.expires_after(2ms);
            co_await wait.async_wait(net::use_awaitable);
        }
        co_return text("done");
    });
    server_options options{.drain_timeout = 60s};
    options.tls = options_of(ca.issue());
    running server{options, std::move(routes)};
    auto context = client_context(ca.own);
    raw_client idle{server.port(), &context};
    idle.send(get_hello);
    CHECK(idle.response().result() == status::ok);
    raw_client silent{server.port()};
    raw_client client{server.port(), &context};
    client.send("GET /slow HTTP/1.1\r\nHost: x\r\n\r\n");
    while (!entered)
        std::this_thread::yield();
    auto const stopped = std::chrono::steady_clock::now();
    server.server.stop();
    CHECK(idle.rest() == "");
    CHECK(silent.rest() == "");
    CHECK(std::chrono::steady_clock::now() - stopped < 30s);  // not at their deadlines
    open = true;
    CHECK(client.response().body() == "done");
    CHECK(client.rest() == "");
    server.join();
}
