// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/detail/token_file.hpp>
#include <kubernetes/object_key.hpp>

#include <boost/asio/ip/tcp.hpp>
#include <boost/json.hpp>

#include <doctest/doctest.h>

#include "api_under_test.hpp"
#include "scripted_server.hpp"

#include <chrono>
#include <cstdio>
#include <fstream>

using namespace iafmetrics::kubernetes;
namespace json = boost::json;
using reply = scripted_server::reply;

namespace {

bool has(std::string const& text, std::string const& part) { return text.find(part) != std::string::npos; }

std::string refusal(int code, std::string const& reason, std::string const& message)
{
    return R"({"kind":"Status","apiVersion":"v1","status":"Failure","message":")" + message +
           R"(","reason":")" + reason + R"(","code":)" + std::to_string(code) + "}";
}

}  // namespace

TEST_CASE("kubernetes client: asks for one object and says who asks")
{
    scripted_server peer(
        [](int, std::string const&) { return scripted_server::json(200, R"({"kind":"Application"})"); });
    api_under_test api{{.url = peer.url(), .user_agent = "iaf-controller/1.0"}};
    auto const found = api(api->get(applications, "iaf-1", "shop"));
    REQUIRE(found.has_value());
    CHECK(text_at(*found, {"kind"}) == "Application");
    auto const request = peer.requests().at(0);
    CHECK(has(request, "GET /apis/iaf.io/v1alpha1/namespaces/iaf-1/applications/shop HTTP/1.1\r\n"));
    CHECK(has(request, "User-Agent: iaf-controller/1.0\r\n"));
    CHECK(has(request, "Accept: application/json\r\n"));
    CHECK(has(request, "Host: 127.0.0.1:"));
}

TEST_CASE("kubernetes client: keeps one connection for requests in a row")
{
    scripted_server peer([](int, std::string const&) { return scripted_server::json(200, "{}"); });
    api_under_test api{{.url = peer.url()}};
    for (int i = 0; i != 3; ++i)
        CHECK(api(api->get(services, "a", "b")).has_value());
    CHECK(peer.connections() == 1);
}

TEST_CASE("kubernetes client: a name cannot reach another path")
{
    scripted_server peer([](int, std::string const&) { return scripted_server::json(200, "{}"); });
    api_under_test api{{.url = peer.url()}};
    static_cast<void>(api(api->get(services, "a", "../../b?c=d")));
    CHECK(has(peer.requests().at(0), "/services/..%2F..%2Fb%3Fc%3Dd HTTP"));
}

TEST_CASE("kubernetes client: a refusal is a value with the server's words")
{
    scripted_server peer([](int n, std::string const&) {
        if (n == 1) return scripted_server::json(404, refusal(404, "NotFound", "shop not found"));
        if (n == 2) return scripted_server::json(409, refusal(409, "AlreadyExists", "it exists"));
        if (n == 3) return scripted_server::json(409, refusal(409, "Conflict", "it changed"));
        return scripted_server::json(404, "404 page not found\n");
    });
    api_under_test api{{.url = peer.url()}};
    auto const missing = api(api->get(services, "a", "b")).error();
    CHECK(missing.not_found());
    CHECK_FALSE(missing.kind_missing());
    CHECK(missing.message == "shop not found");
    CHECK(to_string(missing) == "404 NotFound: shop not found");
    CHECK(api(api->create(services, "a", {})).error().already_exists());
    auto const conflict = api(api->update(services, "a", "b", {})).error();
    CHECK(conflict.conflict());
    CHECK_FALSE(conflict.already_exists());
    CHECK(api(api->list(service_monitors)).error().kind_missing());
}

TEST_CASE("kubernetes client: a refused field is named")
{
    scripted_server peer([](int, std::string const&) {
        return scripted_server::json(
            422, R"({"kind":"Status","code":422,"reason":"Invalid","message":"no","details":)"
                 R"({"causes":[{"field":"spec.port","message":"must be a number"}]}})");
    });
    api_under_test api{{.url = peer.url()}};
    auto const refused = api(api->create(applications, "a", {})).error();
    CHECK(refused.invalid());
    REQUIRE(refused.causes.size() == 1);
    CHECK(refused.causes[0].field == "spec.port");
}

TEST_CASE("kubernetes client: a server that is not there is a value that names it")
{
    std::string url;
    {
        boost::asio::io_context io;
        boost::asio::ip::tcp::acceptor free_port(io, {boost::asio::ip::address_v4::loopback(), 0});
        url = "http://127.0.0.1:" + std::to_string(free_port.local_endpoint().port());
    }
    api_under_test api{{.url = url}};
    auto const gone = api(api->get(services, "a", "b")).error();
    CHECK(gone.unreachable());
    CHECK(gone.reason == "Unreachable");
    CHECK(gone.message == url + ": connect: Connection refused");
    CHECK(api(api->watch(services, "", "1", [](watch_event) {})).reason == "Unreachable");
}

TEST_CASE("kubernetes client: a server that hangs is given up in time")
{
    scripted_server peer([](int n, std::string const&) -> reply {
        if (n == 1) return {{}, reply::then::hang};
        return {{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{"}, reply::then::hang};
    });
    api_under_test api{{.url = peer.url(), .timeout = std::chrono::milliseconds(200)}};
    for (int i = 0; i != 2; ++i) {
        auto const since = std::chrono::steady_clock::now();
        CHECK(api(api->get(services, "a", "b")).error().reason == "Timeout");
        CHECK(std::chrono::steady_clock::now() - since < std::chrono::seconds(5));
    }
}

TEST_CASE("kubernetes client: cut and senseless answers are values")
{
    std::vector<std::string> const answers{
        "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{\"kind\":",  // cut
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n{no}",
        "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n[]",
        "SSH-2.0-OpenSSH_9.2\r\n\r\n",
        "",
    };
    for (auto const& text : answers) {
        CAPTURE(text);
        scripted_server peer([&](int, std::string const&) -> reply { return {{text}, reply::then::close}; });
        api_under_test api{{.url = peer.url()}};
        auto const bad = api(api->get(services, "a", "b"));
        REQUIRE(bad.has_error());
        CHECK(bad.error().code == 0);
        CHECK(has(bad.error().message, peer.url()));
    }
}

TEST_CASE("kubernetes client: an answer over the limit is refused")
{
    scripted_server peer(
        [](int, std::string const&) { return scripted_server::json(200, std::string(5000, ' ')); });
    api_under_test api{{.url = peer.url(), .answer_limit = 1000}};
    CHECK(api(api->get(services, "a", "b")).error().unreachable());
}

TEST_CASE("kubernetes client: waits as Retry-After says and asks again")
{
    scripted_server peer([](int n, std::string const&) {
        if (n < 3) return scripted_server::json(n == 1 ? 429 : 503, "busy", "Retry-After: 0\r\n");
        return scripted_server::json(200, "{}");
    });
    api_under_test api{{.url = peer.url()}};
    CHECK(api(api->get(services, "a", "b")).has_value());
    CHECK(peer.requests().size() == 3);
}

TEST_CASE("kubernetes client: does not wait longer than its timeout for Retry-After")
{
    scripted_server peer(
        [](int, std::string const&) { return scripted_server::json(429, "busy", "Retry-After: 3600\r\n"); });
    api_under_test api{{.url = peer.url(), .timeout = std::chrono::seconds(2)}};
    auto const busy = api(api->get(services, "a", "b")).error();
    CHECK(busy.code == 429);
    CHECK(busy.retry_after == std::chrono::seconds(3600));
    CHECK(peer.requests().size() == 1);
}

TEST_CASE("kubernetes client: a senseless wait is bounded")
{
    auto const wait = [](std::string const& seconds) {
        return read_status(429, R"({"kind":"Status","details":{"retryAfterSeconds":)" + seconds + "}}")
            .retry_after;
    };
    CHECK(wait("9223372036854775807") == std::chrono::hours(24));
    CHECK(wait("-9223372036854775808") == std::chrono::seconds(0));
    CHECK_FALSE(wait("\"soon\""));
}

TEST_CASE("kubernetes client: a read lost with an idle connection is sent again and a POST is not")
{
    // The peer closes the second time it is asked on one connection, after reading the request.
    scripted_server peer([](int n, std::string const&) -> reply {
        if (n == 2) return {{}, reply::then::close};
        return scripted_server::json(200, "{}");
    });
    api_under_test api{{.url = peer.url()}};
    CHECK(api(api->get(services, "a", "b")).has_value());
    CHECK(api(api->get(services, "a", "b")).has_value());
    CHECK(peer.requests().size() == 3);
    CHECK(api(api->create(services, "a", {})).has_value());
    CHECK(peer.connections() == 3);

    scripted_server lost([](int, std::string const&) -> reply { return {{}, reply::then::close}; });
    api_under_test other{{.url = lost.url()}};
    CHECK(other(other->create(services, "a", {})).has_error());
    CHECK(lost.requests().size() == 1);
}

TEST_CASE("kubernetes client: a list is all its pages")
{
    scripted_server peer([](int n, std::string const&) {
        if (n == 1)
            return scripted_server::json(
                200, R"({"metadata":{"resourceVersion":"9","continue":"t/1"},"items":[{"a":1}]})");
        return scripted_server::json(200,
                                     R"({"metadata":{"resourceVersion":"9"},"items":[{"a":2},{"a":3}]})");
    });
    api_under_test api{{.url = peer.url(), .page_size = 2}};
    auto const all = api(api->list(applications, {}, "iaf.io/session=1"));
    REQUIRE(all.has_value());
    CHECK(all->at("items").as_array().size() == 3);
    CHECK(text_at(*all, {"metadata", "resourceVersion"}) == "9");
    CHECK(has(peer.requests().at(0),
              "GET /apis/iaf.io/v1alpha1/applications?labelSelector=iaf.io%2Fsession%3D1&limit=2 "));
    CHECK(has(peer.requests().at(1), "&limit=2&continue=t%2F1 "));
}

TEST_CASE("kubernetes client: an expired page token ends in one unpaged list")
{
    scripted_server peer([](int n, std::string const&) {
        if (n == 1) return scripted_server::json(200, R"({"metadata":{"continue":"old"},"items":[{"a":1}]})");
        if (n == 2) return scripted_server::json(410, refusal(410, "Expired", "too old"));
        return scripted_server::json(200,
                                     R"({"metadata":{"resourceVersion":"12"},"items":[{"a":2},{"a":3}]})");
    });
    api_under_test api{{.url = peer.url()}};
    auto const all = api(api->list(applications));
    REQUIRE(all.has_value());
    CHECK(all->at("items").as_array().size() == 2);
    CHECK(has(peer.requests().at(2), "GET /apis/iaf.io/v1alpha1/applications HTTP"));
}

TEST_CASE("kubernetes client: apply names its manager and fills in what the path says")
{
    scripted_server peer([](int, std::string const&) { return scripted_server::json(201, "{}"); });
    api_under_test api{{.url = peer.url()}};
    json::object body{{"spec", {{"replicas", 2}}}};
    CHECK(api(api->apply(deployments, "iaf-1", "shop", body, "iaf-controller")).has_value());
    auto const request = peer.requests().at(0);
    CHECK(has(request, "PATCH /apis/apps/v1/namespaces/iaf-1/deployments/shop?fieldManager=iaf-controller&"
                       "fieldValidation=Strict&force=true HTTP"));
    CHECK(has(request, "Content-Type: application/apply-patch+yaml\r\n"));
    auto const sent = json::parse(request.substr(request.find("\r\n\r\n") + 4)).as_object();
    CHECK(text_at(sent, {"apiVersion"}) == "apps/v1");
    CHECK(text_at(sent, {"kind"}) == "Deployment");
    CHECK(text_at(sent, {"metadata", "name"}) == "shop");
    CHECK(text_at(sent, {"metadata", "namespace"}) == "iaf-1");
}

TEST_CASE("kubernetes client: a patch of the status goes to the subresource and carries nothing else")
{
    scripted_server peer([](int, std::string const&) { return scripted_server::json(200, "{}"); });
    api_under_test api{{.url = peer.url()}};
    json::object patch{{"status", {{"phase", "Running"}}}};
    CHECK(api(api->merge_patch(applications, "iaf-1", "shop", patch, "status")).has_value());
    CHECK(
        has(peer.requests().at(0), "PATCH /apis/iaf.io/v1alpha1/namespaces/iaf-1/applications/shop/status?"));
    CHECK(has(peer.requests().at(0), "\r\n\r\n{\"status\":{\"phase\":\"Running\"}}"));
}

TEST_CASE("kubernetes client: a delete carries the uid it is meant for")
{
    scripted_server peer([](int, std::string const&) { return scripted_server::json(200, "{}"); });
    api_under_test api{{.url = peer.url()}};
    CHECK(api(api->remove(namespaces, {}, "iaf-1", "u-1")).has_value());
    CHECK(has(peer.requests().at(0), "DELETE /api/v1/namespaces/iaf-1 HTTP"));
    CHECK(has(peer.requests().at(0), R"("preconditions":{"uid":"u-1"})"));
}

TEST_CASE("kubernetes client: sends the token of its file and refuses wrong options at once")
{
    std::string const file = "kubernetes_client_test_token";
    std::ofstream(file) << "secret\n";
    scripted_server peer([](int, std::string const&) { return scripted_server::json(200, "{}"); });
    api_under_test api{{.url = peer.url(), .token_file = file}};
    CHECK(api(api->get(services, "a", "b")).has_value());
    CHECK(has(peer.requests().at(0), "Authorization: Bearer secret\r\n"));
    std::remove(file.c_str());

    CHECK_THROWS_WITH_AS(api_under_test({.url = peer.url(), .token_file = "/nowhere/token"}),
                         "cannot read a token from \"/nowhere/token\"", std::runtime_error);
    CHECK_THROWS_WITH_AS(
        api_under_test({.url = "ftp://x"}),
        "not the URL of a Kubernetes API: \"ftp://x\"; http://host:port or https://host:port is",
        std::runtime_error);
    CHECK_THROWS_WITH_AS((void)client_options::in_cluster(),
                         doctest::Contains("KUBERNETES_SERVICE_HOST is not set"), std::runtime_error);
}

TEST_CASE("kubernetes client: a rotated token is read within a minute and a lost file keeps the old one")
{
    std::string const file = "kubernetes_client_test_rotated_token";
    std::ofstream(file) << "first\r\n";
    detail::token_file tokens(file);
    auto const start = detail::token_file::clock::now();
    std::ofstream(file) << "second";
    CHECK(tokens.token(start) == "first");
    CHECK(tokens.token(start + std::chrono::seconds(61)) == "second");
    std::remove(file.c_str());
    CHECK(tokens.token(start + std::chrono::seconds(200)) == "second");
}
