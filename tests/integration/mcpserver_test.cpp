// SPDX-License-Identifier: Apache-2.0
// The mcpserver as a process, against localkube as a process.
#include <boost/json/serialize.hpp>

#include "../first_scrape.hpp"
#include "child.hpp"
#include "service_client.hpp"

#include <algorithm>

using namespace test;

namespace {

struct fixture {
    reply post(std::string_view body, headers more = {}) const
    {
        if (std::ranges::find(more, "Content-Type", &headers::value_type::first) == more.end())
            more.emplace_back("Content-Type", "application/json");
        return call(mcp, "POST", "/mcp", body, more);
    }

    // The result or the error of a request.
    json::object ask(std::string_view method, json::object params = {}) const
    {
        auto const got = post(json::serialize(
            json::object{{"jsonrpc", "2.0"}, {"id", "7"}, {"method", method}, {"params", params}}));
        CHECK(got.status == 200);
        auto const answer = got.json();
        CHECK(answer.at("id") == "7");
        return answer.contains("result") ? answer.at("result").as_object() : answer.at("error").as_object();
    }

    json::object use(std::string_view tool, json::object arguments = {}) const
    {
        return ask("tools/call", {{"name", tool}, {"arguments", arguments}});
    }

    child localkube{{LOCALKUBE, "--port", "0"}};
    child mcpserver{{MCPSERVER, "--port", "0", "--metrics-port", "0", "--kubernetes",
                     "http://127.0.0.1:" + std::to_string(localkube.port())}};
    std::uint16_t mcp = mcpserver.port();
    std::uint16_t metrics = mcpserver.port("serving metrics");
};

std::string count(std::string const& method, std::string const& route, int status, int n)
{
    return "http_request_duration_seconds_count{method=\"" + method + "\",route=\"" + route +
           "\",status_code=\"" + std::to_string(status) + "\"} " + std::to_string(n);
}

std::string text_of(json::object const& result)
{
    return std::string{result.at("content").at(0).at("text").as_string()};
}

}  // namespace

TEST_CASE_FIXTURE(fixture, "mcpserver: what alerts read is at 0 in the first scrape")
{
    CHECK(series_at_zero(metrics_page(metrics), {"iaf_", "http_"}) ==
          content_of(SERIES_AT_ZERO "/mcpserver.txt"));
}

TEST_CASE_FIXTURE(fixture, "mcpserver: a client shakes hands and finds four tools")
{
    auto const hello =
        ask("initialize", {{"protocolVersion", "2025-06-18"}, {"capabilities", json::object{}}});
    CHECK(hello.at("protocolVersion") == "2025-06-18");
    CHECK(hello.at("capabilities").as_object().contains("tools"));
    CHECK(hello.at("serverInfo").at("name") == "iaf-mcpserver");
    CHECK(ask("initialize", {{"protocolVersion", "1999-01-01"}}).at("protocolVersion") == "2025-11-25");

    auto const noted = post(R"({"jsonrpc":"2.0","method":"notifications/initialized"})");
    CHECK(noted.status == 202);
    CHECK(noted.body == "");
    CHECK(ask("ping").empty());

    std::vector<std::string> names;
    auto const listed = ask("tools/list");
    for (auto const& tool : listed.at("tools").as_array()) {
        names.emplace_back(tool.at("name").as_string());
        CHECK(tool.at("inputSchema").at("type") == "object");
        CHECK(tool.at("outputSchema").at("type") == "object");
    }
    CHECK(names == std::vector<std::string>{"create_session", "deploy_application", "list_applications",
                                            "delete_application"});
}

TEST_CASE_FIXTURE(fixture, "mcpserver: the tools create and deploy and list and delete and are counted")
{
    auto const made = use("create_session");
    CHECK(made.at("isError") == false);
    CHECK(json::parse(text_of(made)) == made.at("structuredContent"));
    auto const session = made.at("structuredContent").at("id");

    auto const deployed =
        use("deploy_application", {{"session", session}, {"name", "shop"}, {"image", "shop:1"}});
    CHECK(deployed.at("structuredContent").at("image") == "shop:1");
    auto const again = use("deploy_application", {{"session", session}, {"name", "shop"}, {"replicas", 2}});
    CHECK(again.at("structuredContent").at("image") == "shop:1");
    CHECK(again.at("structuredContent").at("replicas") == 2);
    CHECK(use("list_applications", {{"session", session}})
              .at("structuredContent")
              .at("applications")
              .as_array() == json::array{again.at("structuredContent")});
    CHECK(use("delete_application", {{"session", session}, {"name", "shop"}}).at("isError") == false);
    CHECK(use("list_applications", {{"session", session}}).at("structuredContent") ==
          json::object{{"applications", json::array{}}});

    CHECK(comes_to_say(metrics, "iaf_sessions_total 1"));
    CHECK(comes_to_say(metrics, count("POST", "/mcp", 200, 6)));
}

TEST_CASE_FIXTURE(fixture, "mcpserver: what a tool refuses is a result that names the field and the reason")
{
    auto const refusal = [&](std::string_view tool, json::object arguments) {
        auto const result = use(tool, std::move(arguments));
        CHECK(result.at("isError") == true);
        return text_of(result);
    };
    CHECK(refusal("create_session", {{"a", 1}}) == "a: unknown field; none is known here");
    CHECK(refusal("deploy_application", {{"name", "x"}}) == "session: is required");
    CHECK(refusal("deploy_application", {{"session", 1}}) == "session: must be a string, not a number");
    CHECK(refusal("deploy_application", {{"session", "x"}}) == "name: is required");
    CHECK(refusal("deploy_application", {{"session", "x"}, {"name", "x"}}) == "there is no session x");
    CHECK(refusal("deploy_application", {{"session", "x"}, {"name", "x"}, {"port", 0}}) ==
          "port: must be a number from 1 to 65535, not 0");
    CHECK(refusal("delete_application", {{"session", "x"}, {"name", "x"}, {"y", 1}}) ==
          "y: unknown field; known are session, name");
}

TEST_CASE_FIXTURE(fixture, "mcpserver: a broken message is a JSON-RPC error")
{
    struct row {
        char const* body;
        int status;
        int code;
        char const* message;
    };
    for (auto const& [body, status, code, message] : {
             row{"{", 400, -32700, "malformed JSON at line 1, column 2: incomplete JSON"},
             row{R"({"id":1,"id":2})", 400, -32700,
                 "id: the member appears twice, again at line 1, column 12"},
             row{"[]", 400, -32600, "batches are not supported"},
             row{"1", 400, -32600, "the message must be an object, not a number"},
             row{R"({"id":1,"method":"ping"})", 400, -32600, "jsonrpc: must be \"2.0\""},
             row{R"({"jsonrpc":"2.0","id":null,"method":"ping"})", 400, -32600,
                 "id: must be a string or a whole number"},
             row{R"({"jsonrpc":"2.0","id":1})", 400, -32600, "method: is required"},
             row{R"({"jsonrpc":"2.0","id":1,"method":2})", 400, -32600, "method: must be a string"},
             row{R"({"jsonrpc":"2.0","id":1,"method":"ping","params":[]})", 400, -32602,
                 "params: must be an object, not an array"},
             row{R"({"jsonrpc":"2.0","id":1,"method":"x"})", 200, -32601, "there is no such method"},
             row{R"({"jsonrpc":"2.0","id":1,"method":"initialize"})", 200, -32602,
                 "protocolVersion: must be a string"},
             row{R"({"jsonrpc":"2.0","id":1,"method":"tools/call"})", 200, -32602, "name: must be a string"},
             row{R"({"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"x"}})", 200, -32602,
                 "name: there is no such tool"},
             row{R"({"jsonrpc":"2.0","id":1,"method":"tools/list","params":{"cursor":""}})", 200, -32602,
                 "cursor: there is one page only"},
         }) {
        CAPTURE(body);
        auto const got = post(body);
        CHECK(got.status == status);
        CHECK(got.json().at("error") == json::object{{"code", code}, {"message", message}});
    }
    CHECK(comes_to_say(metrics, count("POST", "/mcp", 400, 9)));
}

TEST_CASE_FIXTURE(fixture, "mcpserver: strangers are refused before their message is read")
{
    auto const ping = R"({"jsonrpc":"2.0","id":1,"method":"ping"})";
    CHECK(post(ping, {{"Origin", "http://localhost:3000"}}).status == 200);
    CHECK(post(ping, {{"Origin", "https://[::1]"}}).status == 200);
    for (auto const* origin :
         {"http://evil.example", "http://localhost.evil.example", "http://localhost:x", "null"})
        CHECK(post(ping, {{"Origin", origin}}).status == 403);
    CHECK(post(ping, {{"Content-Type", "text/plain"}}).status == 415);
    CHECK(post(ping, {{"Content-Type", "application/json; charset=utf-8"}}).status == 200);
    CHECK(post(ping, {{"MCP-Protocol-Version", "2025-11-25"}}).status == 200);
    CHECK(post(ping, {{"MCP-Protocol-Version", "2026-07-28"}}).status == 400);

    connection rebound{mcp};
    rebound.send_raw("POST /mcp HTTP/1.1\r\nHost: evil.example\r\nContent-Length: 2\r\n\r\n{}");
    CHECK(rebound.receive().status == 403);
    for (auto const* method : {"GET", "DELETE"}) {
        auto const refused = call(mcp, method, "/mcp");
        CHECK(refused.status == 405);
        CHECK(refused.field("Allow") == "POST");
    }
    CHECK(comes_to_say(metrics, count("POST", "/mcp", 403, 5)));
    CHECK(comes_to_say(metrics, count("GET", "/mcp", 405, 1)));
    CHECK(mcpserver.end() == 0);
}
