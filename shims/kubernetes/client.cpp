// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/client.hpp>
#include <kubernetes/detail/line_reader.hpp>
#include <kubernetes/detail/query.hpp>
#include <kubernetes/detail/read_event.hpp>
#include <kubernetes/detail/transport.hpp>
#include <kubernetes/object_key.hpp>

#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

#include <random>
#include <utility>

namespace iafmetrics::kubernetes {

namespace json = boost::json;
namespace http = boost::beast::http;
using detail::call;
using detail::query;

namespace {

/// Fills in what the path says already, where the body leaves it out.
void complete(json::object& body, resource const& what, std::string_view ns, std::string_view name)
{
    body.emplace("apiVersion", api_version(what));
    body.emplace("kind", what.kind);
    auto& metadata = body.emplace("metadata", json::object()).first->value();
    if (!metadata.is_object()) return;  // the server says so
    if (!name.empty()) metadata.get_object().emplace("name", name);
    if (what.namespaced && !ns.empty()) metadata.get_object().emplace("namespace", ns);
}

std::string watch_seconds()
{
    thread_local std::minstd_rand random(std::random_device{}());
    return std::to_string(
        std::uniform_int_distribution(300, 599)(random));  // spread, so that not all return at once
}

}  // namespace

struct client::implementation : detail::transport {
    using transport::transport;

    awaitable<result<object>> ask(call c)
    {
        auto const target = c.target;
        auto body = co_await send(std::move(c));
        if (!body) co_return std::move(body).error();
        boost::system::error_code ec;
        auto parsed = json::parse(*body, ec);
        if (ec || !parsed.is_object())
            co_return status{.reason = "BadAnswer",
                             .message = options.url + target + " answered " +
                                        (ec ? "what is no JSON: " + ec.message() : "JSON that is no object")};
        co_return std::move(parsed.get_object());
    }

    awaitable<result<object>> list(std::string path, std::string label_selector)
    {
        json::array items;
        std::string token;
        bool paged = options.page_size != 0;
        for (;;) {
            query target(path);
            target("labelSelector", label_selector);
            if (paged) target("limit", std::to_string(options.page_size))("continue", token);
            call c{.target = target.target()};
            auto page = co_await ask(std::move(c));
            if (!page) {
                if (!page.error().expired() || token.empty()) co_return std::move(page).error();
                items.clear();  // the token outlived the server's memory: the rest is another version's
                token.clear();
                paged = false;
                continue;
            }
            if (auto* const more = page->if_contains("items"); more && more->is_array())
                for (auto& each : more->get_array())
                    items.push_back(std::move(each));
            token = text_at(*page, {"metadata", "continue"});
            if (!token.empty() && paged) continue;

            if (auto* const metadata = page->if_contains("metadata"); metadata && metadata->is_object()) {
                metadata->get_object().erase("continue");
                metadata->get_object().erase("remainingItemCount");
            }
            (*page)["items"] = std::move(items);
            co_return std::move(*page);
        }
    }

    awaitable<status> watch(std::string target, std::function<void(watch_event)> on_event)
    {
        detail::line_reader lines(options.answer_limit);
        std::optional<status> stopped_by;
        std::function<bool(std::string_view)> take = [&](std::string_view bytes) {
            if (!lines.add(bytes))
                stopped_by = status{.reason = "BadAnswer", .message = "an event over the limit"};
            while (!stopped_by) {
                auto const line = lines.next();
                if (!line) break;
                auto event = detail::read_event(*line);
                if (event)
                    on_event(std::move(*event));
                else
                    stopped_by = event.error();
            }
            return !stopped_by;
        };
        call c{.target = std::move(target)};
        auto const ended = co_await stream(std::move(c), std::move(take));
        if (!stopped_by && ended.code == 200 && lines.unfinished() != 0)
            stopped_by = status{.reason = "BadAnswer", .message = "the watch ended inside an event"};
        if (stopped_by && stopped_by->code == 0) stopped_by->message.insert(0, options.url + ": ");
        co_return stopped_by ? *stopped_by : ended;
    }

    /// A target that writes, with the options that all writes share.
    query writing(std::string path, std::string_view field_manager) const
    {
        query out(std::move(path));
        out("fieldManager", field_manager)("fieldValidation", options.strict ? "Strict" : "");
        return out;
    }
};

client::client(boost::asio::any_io_executor executor, client_options options)
    : self_(std::make_unique<implementation>(std::move(executor), std::move(options)))
{}

client::~client() = default;

boost::asio::any_io_executor client::get_executor() const { return self_->executor; }

client_options const& client::options() const { return self_->options; }

auto client::get(resource const& what, std::string_view ns, std::string_view name)
    -> awaitable<result<object>>
{
    return self_->ask({.target = path(what, ns, name)});
}

auto client::list(resource const& what, std::string_view ns, std::string_view label_selector)
    -> awaitable<result<object>>
{
    return self_->list(path(what, ns), std::string(label_selector));
}

auto client::create(resource const& what, std::string_view ns, object body) -> awaitable<result<object>>
{
    complete(body, what, ns, {});
    return self_->ask({.method = http::verb::post,
                       .target = self_->writing(path(what, ns), self_->options.field_manager).target(),
                       .body = json::serialize(body),
                       .content_type = "application/json"});
}

auto client::update(resource const& what,
                    std::string_view ns,
                    std::string_view name,
                    object body,
                    std::string_view subresource) -> awaitable<result<object>>
{
    complete(body, what, ns, name);
    return self_->ask(
        {.method = http::verb::put,
         .target = self_->writing(path(what, ns, name, subresource), self_->options.field_manager).target(),
         .body = json::serialize(body),
         .content_type = "application/json"});
}

auto client::apply(resource const& what,
                   std::string_view ns,
                   std::string_view name,
                   object body,
                   std::string_view field_manager,
                   std::string_view subresource,
                   bool force) -> awaitable<result<object>>
{
    complete(body, what, ns, name);
    auto target = self_->writing(path(what, ns, name, subresource), field_manager);
    target("force", force ? "true" : "false");
    return self_->ask({.method = http::verb::patch,
                       .target = target.target(),
                       .body = json::serialize(body),
                       .content_type = "application/apply-patch+yaml"});
}

auto client::merge_patch(resource const& what,
                         std::string_view ns,
                         std::string_view name,
                         object patch,
                         std::string_view subresource) -> awaitable<result<object>>
{
    return self_->ask(
        {.method = http::verb::patch,
         .target = self_->writing(path(what, ns, name, subresource), self_->options.field_manager).target(),
         .body = json::serialize(patch),
         .content_type = "application/merge-patch+json"});
}

auto client::remove(resource const& what, std::string_view ns, std::string_view name, std::string_view uid)
    -> awaitable<result<object>>
{
    object body{{"apiVersion", "v1"}, {"kind", "DeleteOptions"}, {"propagationPolicy", "Background"}};
    if (!uid.empty()) body["preconditions"] = {{"uid", uid}};
    return self_->ask({.method = http::verb::delete_,
                       .target = path(what, ns, name),
                       .body = json::serialize(body),
                       .content_type = "application/json"});
}

auto client::watch(resource const& what,
                   std::string_view ns,
                   std::string_view resource_version,
                   std::function<void(watch_event)> on_event,
                   std::string_view label_selector) -> awaitable<status>
{
    query target(path(what, ns));
    target("watch", "true")("resourceVersion", resource_version)("allowWatchBookmarks", "true");
    target("timeoutSeconds", watch_seconds())("labelSelector", label_selector);
    return self_->watch(target.target(), std::move(on_event));
}

auto client::raw(std::string_view target) -> awaitable<result<std::string>>
{
    return self_->send({.target = std::string(target)});
}

}  // namespace iafmetrics::kubernetes
