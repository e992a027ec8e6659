// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/detail/line_reader.hpp>
#include <kubernetes/object_key.hpp>

#include <boost/json.hpp>

#include <doctest/doctest.h>

#include "api_under_test.hpp"
#include "scripted_server.hpp"

using namespace iafmetrics::kubernetes;
using reply = scripted_server::reply;

namespace {

std::string event(std::string const& type, std::string const& name, int version)
{
    return R"({"type":")" + type + R"(","object":{"metadata":{"name":")" + name + R"(","resourceVersion":")" +
           std::to_string(version) + "\"}}}\n";
}

std::string const expired =
    R"({"type":"ERROR","object":{"kind":"Status","code":410,"reason":"Expired","message":"too old"}})"
    "\n";

struct seen {
    status ended;
    std::vector<std::string> events;
};

seen watch(reply const& answer, client_options options = {})
{
    scripted_server peer([&](int, std::string const&) { return answer; });
    options.url = peer.url();
    api_under_test api{options};
    seen out;
    out.ended = api(api->watch(applications, "iaf-1", "5", [&](watch_event e) {
        out.events.push_back(std::to_string(static_cast<int>(e.type)) + " " +
                             std::string(text_at(e.object, {"metadata", "name"})));
    }));
    CHECK(peer.requests().at(0).find("GET /apis/iaf.io/v1alpha1/namespaces/iaf-1/applications?watch=true&"
                                     "resourceVersion=5&allowWatchBookmarks=true&timeoutSeconds=") == 0);
    return out;
}

}  // namespace

TEST_CASE("kubernetes watch: events arrive whole however the chunks are cut")
{
    auto const body = event("ADDED", "a", 6) + event("MODIFIED", "äöü", 7) + event("DELETED", "a", 8) +
                      event("BOOKMARK", "", 9);
    for (std::size_t const size : {1U, 2U, 3U, 7U, 64U, 100000U}) {
        CAPTURE(size);
        auto const got = watch(scripted_server::chunked(body, size));
        CHECK(got.ended.code == 200);
        CHECK(got.events == std::vector<std::string>{"0 a", "1 äöü", "2 a", "3 "});
    }
}

TEST_CASE("kubernetes watch: 410 is the same inside the stream and as the answer")
{
    auto const inside = watch(scripted_server::chunked(event("ADDED", "a", 6) + expired, 10));
    CHECK(inside.ended.expired());
    CHECK(inside.ended.reason == "Expired");
    CHECK(inside.events.size() == 1);

    auto const answer = watch(
        scripted_server::json(410, R"({"kind":"Status","code":410,"reason":"Expired","message":"too old"})"));
    CHECK(answer.ended.expired());
    CHECK(answer.ended.message == "too old");
}

TEST_CASE("kubernetes watch: a stream cut without its end is broken and not ended")
{
    auto cut = scripted_server::chunked(event("ADDED", "a", 6), 1000);
    cut.pieces.pop_back();
    cut.afterwards = reply::then::close;
    auto const got = watch(cut);
    CHECK(got.ended.unreachable());
    CHECK(got.events.size() == 1);
}

TEST_CASE("kubernetes watch: a stream that ends inside an event is broken")
{
    auto const got = watch(scripted_server::chunked(event("ADDED", "a", 6) + "{\"type\":", 1000));
    CHECK(got.ended.reason == "BadAnswer");
    CHECK(got.events.size() == 1);
}

TEST_CASE("kubernetes watch: garbage ends the watch with a value")
{
    for (auto const* line : {"garbage\n", "{}\n", "[]\n", "{\"type\":\"ODD\",\"object\":{}}\n",
                             "{\"type\":1,\"object\":{}}\n"}) {
        CAPTURE(line);
        auto const got = watch(scripted_server::chunked(line, 1000));
        CHECK(got.ended.reason == "BadAnswer");
        CHECK(got.events.empty());
    }
}

TEST_CASE("kubernetes watch: an event over the limit ends the watch")
{
    auto const got = watch(scripted_server::chunked(event("ADDED", std::string(5000, 'x'), 6), 1000),
                           {.answer_limit = 1000});
    CHECK(got.ended.reason == "BadAnswer");
}

TEST_CASE("kubernetes watch: a silent stream is given up")
{
    auto silent = scripted_server::chunked(event("ADDED", "a", 6), 1000);
    silent.pieces.pop_back();
    silent.afterwards = reply::then::hang;
    auto const got = watch(silent, {.watch_idle_limit = std::chrono::milliseconds(100)});
    CHECK(got.ended.reason == "Timeout");
    CHECK(got.events.size() == 1);
}

TEST_CASE("kubernetes line reader: gives whole lines only")
{
    detail::line_reader lines(10);
    CHECK(lines.add("ab"));
    CHECK_FALSE(lines.next());
    CHECK(lines.add("c\r\n\n\r\nde\nf"));
    CHECK(lines.next() == "abc");
    CHECK(lines.next() == "de");
    CHECK_FALSE(lines.next());
    CHECK(lines.unfinished() == 1);
    CHECK_FALSE(lines.add("0123456789"));
}

TEST_CASE("kubernetes line reader: gives the same lines however they are cut")
{
    std::string const text = "one\ntwo\r\n\nthree is longer\n4";
    for (std::size_t size = 1; size <= text.size(); ++size) {
        CAPTURE(size);
        detail::line_reader lines(20);
        std::vector<std::string> seen;
        for (std::size_t at = 0; at < text.size(); at += size) {
            CHECK(lines.add(std::string_view(text).substr(at, size)));
            while (auto const line = lines.next())
                seen.emplace_back(*line);
        }
        CHECK(seen == std::vector<std::string>{"one", "two", "three is longer"});
        CHECK(lines.unfinished() == 1);
    }
}
