// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "api_under_test.hpp"
#include "tls_server.hpp"

using namespace iafmetrics::kubernetes;

namespace {

status ask(tls_server const& peer, std::string const& host, std::string const& ca_file)
{
    api_under_test api{{.url = "https://" + host + ":" + std::to_string(peer.port()), .ca_file = ca_file}};
    auto const first = api(api->get(services, "a", "b"));
    auto const second = api(api->get(services, "a", "b"));  // on the connection that was kept
    CHECK(first.has_value() == second.has_value());
    return first ? status{.code = 200} : first.error();
}

}  // namespace

TEST_CASE("kubernetes tls: a server of the named authority is trusted by address and by name")
{
    tls_server const by_address("IP:127.0.0.1");
    CHECK(ask(by_address, "127.0.0.1", by_address.certificate_file()).code == 200);
    tls_server const by_name("DNS:localhost");
    CHECK(ask(by_name, "localhost", by_name.certificate_file()).code == 200);
}

TEST_CASE("kubernetes tls: a server of another name or another authority is not spoken to")
{
    tls_server const other_name("DNS:kubernetes.default.svc");
    auto const wrong_name = ask(other_name, "127.0.0.1", other_name.certificate_file());
    CHECK(wrong_name.reason == "Unreachable");
    CHECK(wrong_name.message.find("certificate verify failed") != std::string::npos);

    tls_server const unknown("IP:127.0.0.1");
    CHECK(ask(unknown, "127.0.0.1", other_name.certificate_file()).reason == "Unreachable");
    CHECK(ask(unknown, "127.0.0.1", "").reason == "Unreachable");
}

TEST_CASE("kubernetes tls: a file of authorities that is none stops the start")
{
    CHECK_THROWS_WITH_AS(api_under_test({.url = "https://127.0.0.1", .ca_file = "/nowhere/ca.crt"}),
                         doctest::Contains("cannot read authorities from \"/nowhere/ca.crt\""),
                         std::runtime_error);
}
