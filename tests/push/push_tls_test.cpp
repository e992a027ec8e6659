// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/beast/push_at_exit.hpp>
#include <iafmetrics/beast/push_tls.hpp>
#include <iafmetrics/iafmetrics.hpp>

#include <doctest/doctest.h>

#include "../integration/temporary_directory.hpp"
#include "gateway_under_test.hpp"

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <stdexcept>
#include <string>

using iafmetrics::beast::push_gateway;
using iafmetrics::beast::push_result;
using iafmetrics::beast::push_tls_options;
using iafmetrics::beast::tls_push_gateway;

namespace {

/// A CA, and what it signs, for an hour.
class authority {
public:
    explicit authority(std::string const& name) : name_(name)
    {
        run("openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1 -subj /CN=" + name +
            " -keyout " + file(name + ".key") + " -out " + file(name + ".crt"));
    }

    void sign(std::string const& subject, std::string const& san) const
    {
        std::ofstream(file("san")) << "subjectAltName=" << san << '\n';
        run("openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -subj /CN=" + subject +
            " -keyout " + file(subject + ".key") + " -out " + file("csr"));
        run("openssl x509 -req -days 1 -in " + file("csr") + " -CA " + file(name_ + ".crt") + " -CAkey " +
            file(name_ + ".key") + " -CAcreateserial -extfile " + file("san") + " -out " +
            file(subject + ".crt"));
    }

    std::string file(std::string const& name) const { return directory_.path(name); }

private:
    static void run(std::string const& command)
    {
        REQUIRE(std::system((command + " 2>/dev/null").c_str()) == 0);
    }

    std::string name_;
    test::temporary_directory directory_;
};

std::string content(std::string const& path)
{
    std::ifstream file(path);
    return {std::istreambuf_iterator<char>(file), {}};
}

push_result push(test::gateway_under_test const& server, push_tls_options const& tls)
{
    iafmetrics::registry registry;
    registry.add(iafmetrics::gauge_spec{iafmetrics::run_time, "batch_rows", "Rows."}).set(7);
    return tls_push_gateway{server.url("https"), {.job = "a"}, tls}.push(registry);
}

}  // namespace

TEST_CASE("tls_push_gateway: a gateway's certificate is verified, its name with it")
{
    authority const ours("ours");
    authority const theirs("theirs");
    ours.sign("server", "IP:127.0.0.1,DNS:gateway.example");
    std::ofstream(ours.file("web.yml")) << "tls_server_config:\n  cert_file: " << ours.file("server.crt")
                                        << "\n  key_file: " << ours.file("server.key") << '\n';
    test::gateway_under_test const server{{"--web.config.file=" + ours.file("web.yml")}};

    push_result const pushed = push(server, {.ca = {.file = ours.file("ours.crt")}});
    INFO(pushed.message);
    CHECK(pushed);
    CHECK(push(server, {.ca = {.text = content(ours.file("ours.crt"))}}));
    CHECK(push(server, {.ca = {.file = ours.file("ours.crt")}, .server_name = "gateway.example"}));

    std::string const start =
        "PUT " + server.url("https") + "/metrics/job/a: TLS handshake: certificate verify failed";
    push_result const wrong_ca = push(server, {.ca = {.file = theirs.file("theirs.crt")}});
    CHECK(wrong_ca.error);
    CHECK(wrong_ca.status == 0);
    CHECK(wrong_ca.message.starts_with(start));
    CHECK(wrong_ca.message.ends_with(": unable to get local issuer certificate"));
    CHECK(push(server, {}).message.starts_with(start));  // the system does not know our CA
    push_result const wrong_name =
        push(server, {.ca = {.file = ours.file("ours.crt")}, .server_name = "elsewhere.example"});
    CHECK(wrong_name.message.starts_with(start));
    CHECK(wrong_name.message.ends_with(": hostname mismatch"));

    iafmetrics::registry const registry;
    push_result const without = push_gateway{server.url(), {.job = "a"}}.push(registry);
    CHECK(without.status == 400);
    CHECK(without.message.ends_with("Client sent an HTTP request to an HTTPS server."));
    {
        iafmetrics::beast::tls_push_gateway const gateway{
            server.url("https"), {.job = "at_exit"}, {.ca = {.file = ours.file("ours.crt")}}};
        iafmetrics::beast::push_at_exit at_exit{gateway, registry};
        CHECK(at_exit.push_now());
    }
}

TEST_CASE("tls_push_gateway: shows a certificate of its own where the gateway wants one")
{
    authority const ours("ours");
    ours.sign("server", "IP:127.0.0.1");
    ours.sign("client", "DNS:batch.example");
    std::ofstream(ours.file("web.yml"))
        << "tls_server_config:\n  cert_file: " << ours.file("server.crt")
        << "\n  key_file: " << ours.file("server.key")
        << "\n  client_auth_type: RequireAndVerifyClientCert\n  client_ca_file: " << ours.file("ours.crt")
        << '\n';
    test::gateway_under_test const server{{"--web.config.file=" + ours.file("web.yml")}};
    CHECK(push(server, {.ca = {.file = ours.file("ours.crt")},
                        .certificate = {.file = ours.file("client.crt")},
                        .key = {.file = ours.file("client.key")}}));
    CHECK(push(server, {.ca = {.file = ours.file("ours.crt")},
                        .certificate = {.text = content(ours.file("client.crt"))},
                        .key = {.text = content(ours.file("client.key"))}}));
    push_result const without = push(server, {.ca = {.file = ours.file("ours.crt")}});
    CHECK_FALSE(without);
    CHECK(without.error);
    CHECK(without.message.ends_with("bad certificate (SSL routines)"));
}

TEST_CASE("tls_push_gateway: a peer without TLS is told, and one that is silent is left at the deadline")
{
    test::gateway_under_test const server;
    push_result const plain = push(server, {});
    CHECK(plain.error);
    CHECK(plain.message.find(": TLS handshake: ") != std::string::npos);

    boost::asio::io_context io;
    boost::asio::ip::tcp::acceptor const silent(io, {boost::asio::ip::address_v4::loopback(), 0});
    std::string const url = "https://127.0.0.1:" + std::to_string(silent.local_endpoint().port());
    iafmetrics::registry const registry;
    push_result const late =
        tls_push_gateway{url, {.job = "a", .timeout = std::chrono::milliseconds(500)}}.push(registry);
    CHECK(late.error == boost::beast::error::timeout);
    CHECK(late.message == "PUT " + url + "/metrics/job/a: TLS handshake: timed out after 500 ms");
}

TEST_CASE("tls_push_gateway: files that cannot be used are named")
{
    authority const ours("ours");
    auto const refusal = [](push_tls_options const& tls) -> std::string {
        try {
            tls_push_gateway const gateway{"https://gateway.example", {.job = "a"}, tls};
        } catch (std::invalid_argument const& error) {
            return error.what();
        }
        return "";
    };
    CHECK(refusal({}) == "");
    CHECK(refusal({.ca = {.file = "none.crt"}}) ==
          "cannot push with TLS: ca \"none.crt\": No such file or directory");
    std::string const key = ours.file("ours.key");
    CHECK(refusal({.ca = {.file = key}}).starts_with("cannot push with TLS: ca \"" + key + "\": "));
    CHECK(refusal({.ca = {.text = "nothing"}}).starts_with("cannot push with TLS: ca: "));
    CHECK(refusal({.certificate = {.file = "a"}}) ==
          "cannot push with TLS: certificate and key belong together");
    CHECK(refusal({.certificate = {.file = key}, .key = {.file = key}})
              .starts_with("cannot push with TLS: certificate \"" + key + "\": "));
    authority const theirs("theirs");
    CHECK(
        refusal({.certificate = {.file = ours.file("ours.crt")}, .key = {.file = theirs.file("theirs.key")}})
            .starts_with("cannot push with TLS: key \"" + theirs.file("theirs.key") + "\": "));
    CHECK_THROWS_WITH_AS((tls_push_gateway{"http://gateway.example", {.job = "a"}}),
                         "cannot push to \"http://gateway.example\": the URL must begin with https://",
                         std::invalid_argument);
}
