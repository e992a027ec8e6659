// SPDX-License-Identifier: Apache-2.0
#include "watch.hpp"

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/http.hpp>
#include <boost/json/serialize.hpp>

#include "metadata.hpp"
#include "table.hpp"

#include <algorithm>
#include <charconv>
#include <memory>
#include <optional>

namespace localkube {

namespace json = boost::json;
namespace net = boost::asio;
namespace http = boost::beast::http;
using iafmetrics::http_service::response_stream;
using clock = std::chrono::steady_clock;

namespace {

/// All that one watch needs while it runs.
struct watching {
    store& objects;
    target about;
    selector which;
    std::uint64_t version = 0;
    bool initial = false;   // first each object that there is
    bool mark_end = false;  // and a bookmark that says so
    bool bookmarks = false;
    bool table = false;  // each object as a table of one row
    clock::duration every{};
    clock::time_point until{};
};

std::string line(std::string_view type, json::value object)
{
    return json::serialize(json::object{{"type", type}, {"object", std::move(object)}}) + "\n";
}

std::string line(watching const& w, std::string_view type, snapshot const& object)
{
    return w.table ? line(type, table_of(*w.about.what, {object})) : line(type, *object);
}

json::object bookmark(watching const& w, bool initial_end)
{
    json::object metadata{{"resourceVersion", std::to_string(w.version)}, {"creationTimestamp", nullptr}};
    if (initial_end) metadata["annotations"] = {{"k8s.io/initial-events-end", "true"}};
    return {{"kind", w.about.what->name},
            {"apiVersion", api_version(*w.about.what)},
            {"metadata", std::move(metadata)}};
}

bool concerns(watching const& w, snapshot const& object)
{
    return object && (w.about.ns.empty() || metadata_text(*object, "namespace") == w.about.ns) &&
           (w.about.name.empty() || metadata_text(*object, "name") == w.about.name) &&
           w.which.matches(*object);
}

/// What a change is to a watch that sees a part of the objects: entering that part adds, leaving it deletes.
std::string line_of(watching const& w, change const& c)
{
    bool const before = concerns(w, c.before);
    bool const after = concerns(w, c.after);
    if (after) return line(w, before ? "MODIFIED" : "ADDED", c.after);
    if (!before) return {};
    json::object last = *c.before;
    last["metadata"].as_object()["resourceVersion"] = std::to_string(c.version);
    return line(w, "DELETED", std::make_shared<json::object const>(std::move(last)));
}

net::awaitable<void> run(watching& w, response_stream& out)
{
    net::steady_timer wake(co_await net::this_coro::executor);
    auto const listening = w.objects.listen([&](change const& c) {
        if (c.what == w.about.what)
            wake.cancel();
        else if (w.version + 1 == c.version)
            w.version = c.version;  // nothing missed: changes of other kinds do not make a quiet watch expire
    });
    if (w.initial) {
        std::string first;
        w.version = w.objects.version();
        for (auto const& object : w.objects.list(*w.about.what, w.about.ns))
            if (concerns(w, object)) first += line(w, "ADDED", object);
        if (w.mark_end) first += line("BOOKMARK", bookmark(w, true));
        if (!co_await out.write(first)) co_return;
    }
    auto next_bookmark = clock::now() + w.every;
    for (;;) {
        std::string lines;
        bool const lost = w.version < w.objects.oldest();
        if (lost) {
            auto const why = expired("too old resource version: " + std::to_string(w.version) + " (" +
                                     std::to_string(w.objects.oldest()) + ")");
            lines = line("ERROR", to_json(why));
        } else {
            for (auto const& each : w.objects.changes_since(w.version, *w.about.what))
                lines += line_of(w, each);
            w.version = w.objects.version();
        }
        auto const now = clock::now();
        if (w.bookmarks && !lost && (now >= next_bookmark || now >= w.until)) {
            lines += line("BOOKMARK", bookmark(w, false));
            next_bookmark = now + w.every;
        }
        if (!co_await out.write(lines)) co_return;
        if (lost || now >= w.until) co_return;
        if (w.version != w.objects.version()) continue;  // something happened while this was being written
        wake.expires_at(std::min(w.until, w.bookmarks ? next_bookmark : w.until));
        co_await wake.async_wait(net::as_tuple(net::use_awaitable));
    }
}

std::optional<std::uint64_t> number(std::string_view text)
{
    std::uint64_t out = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    if (text.empty() || ec != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return out;
}

}  // namespace

iafmetrics::http_service::answer
answer_watch(store& objects, api_options const& options, target const& about, request const& r)
{
    auto which = selector::parse(parameter(r, "labelSelector"), parameter(r, "fieldSelector"));
    if (!which) return answer(which.error());
    auto const version = parameter(r, "resourceVersion");
    auto const seconds = number(parameter(r, "timeoutSeconds")).value_or(1800);

    auto w =
        std::make_shared<watching>(watching{.objects = objects, .about = about, .which = std::move(*which)});
    w->initial = version.empty() || version == "0" || is_set(r, "sendInitialEvents");
    w->mark_end = is_set(r, "sendInitialEvents") && is_set(r, "allowWatchBookmarks");
    w->bookmarks = is_set(r, "allowWatchBookmarks");
    w->every = options.bookmarks;
    w->table = wants_table(r.header("Accept"));
    w->until = clock::now() + std::chrono::seconds(std::min<std::uint64_t>(seconds, 86'400));
    if (!w->initial) {
        auto const from = number(version);
        if (!from) return answer(bad_request("invalid resource version \"" + version + "\""));
        if (*from > objects.version())
            return answer(version_too_large(version, std::to_string(objects.version())));
        w->version = *from;
    }
    iafmetrics::http_service::stream_response out{{http::status::ok, 11}, {}};
    out.head.set(http::field::content_type, "application/json");
    out.head.set(http::field::cache_control, "no-cache, private");
    out.body = [w](response_stream& stream) { return run(*w, stream); };
    return out;
}

}  // namespace localkube
