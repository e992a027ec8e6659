// SPDX-License-Identifier: Apache-2.0
#include <platform/strict_json.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <apiserver/rest_api.hpp>

namespace apiserver {

namespace http = http_service::http;
namespace json = boost::json;
using http::verb;

namespace {

constexpr std::size_t most_json = std::size_t{1} << 20;
constexpr std::size_t most_source = std::size_t{64} << 20;

http_service::response refuse(platform::problem const& why)
{
    return http_service::error_response(static_cast<http::status>(why.status), why.reason, why.field);
}

http_service::response created(std::string const& location, json::object const& what)
{
    auto made = http_service::json_response(http::status::created, what);
    made.set(http::field::location, location);
    return made;
}

http_service::response show(json::object const& what)
{
    return http_service::json_response(http::status::ok, what);
}

http_service::response gone() { return {http::status::no_content, 11}; }

std::string text(std::string_view view) { return std::string{view}; }

template <class Items>
json::object listed(std::string_view name, Items const& items)
{
    json::array all;
    for (auto const& item : items)
        all.push_back(item);
    return {{name, std::move(all)}};
}

}  // namespace

rest_api::rest_api(platform::service& service, platform::source_store& sources, metrics& seen)
    : sources_{sources}, metrics_{seen}, sessions_{service.kubernetes()}, applications_{service.kubernetes()}
{
    metrics_.show_store(sources_.bytes());

    auto const add = [&](verb method, char const* pattern, answer (rest_api::*member)(request const&),
                         std::size_t limit = most_json) {
        auto const handler = [this, member](request const& r) { return (this->*member)(r); };
        service.add(method, pattern, handler, {.body_limit = limit});
    };
    constexpr auto all = "/api/v1/sessions";
    constexpr auto one = "/api/v1/sessions/{session}";
    constexpr auto applications = "/api/v1/sessions/{session}/applications";
    constexpr auto application = "/api/v1/sessions/{session}/applications/{name}";
    constexpr auto source = "/api/v1/sessions/{session}/applications/{name}/source";
    add(verb::post, all, &rest_api::create_session);
    add(verb::get, all, &rest_api::list_sessions);
    add(verb::get, one, &rest_api::show_session);
    add(verb::delete_, one, &rest_api::delete_session);
    add(verb::post, applications, &rest_api::create_application);
    add(verb::get, applications, &rest_api::list_applications);
    add(verb::get, application, &rest_api::show_application);
    add(verb::put, application, &rest_api::update_application);
    add(verb::delete_, application, &rest_api::delete_application);
    add(verb::put, source, &rest_api::put_source, most_source);
}

rest_api::~rest_api() { disk_.join(); }

rest_api::answer rest_api::create_session(request const& r)
{
    auto const body = platform::parse_object(r.body, true);
    if (!body) co_return refuse(body.error());
    if (auto const wrong = platform::object_reader{*body}.done()) co_return refuse(*wrong);
    auto const made = co_await sessions_.create();
    if (!made) co_return refuse(made.error());
    metrics_.sessions_created.increment();
    co_return created("/api/v1/sessions/" + made->id, to_json(*made));
}

rest_api::answer rest_api::list_sessions(request const&)
{
    auto const found = co_await sessions_.list();
    if (!found) co_return refuse(found.error());
    std::vector<json::object> shown;
    for (auto const& one : *found)
        shown.push_back(to_json(one));
    co_return show(listed("sessions", shown));
}

rest_api::answer rest_api::show_session(request const& r)
{
    auto const found = co_await sessions_.get(text(r.parameter("session")));
    if (!found) co_return refuse(found.error());
    co_return show(to_json(*found));
}

rest_api::answer rest_api::delete_session(request const& r)
{
    auto const removed = co_await sessions_.remove(text(r.parameter("session")));
    if (!removed) co_return refuse(removed.error());
    co_return gone();
}

rest_api::answer rest_api::create_application(request const& r)
{
    auto const body = platform::parse_object(r.body);
    if (!body) co_return refuse(body.error());
    auto input = platform::read_application(*body);
    if (!input) co_return refuse(input.error());
    auto const session = text(r.parameter("session"));
    auto const made = co_await applications_.create(session, std::move(*input));
    if (!made) co_return refuse(made.error());
    auto const name = text(made->at("name").as_string());
    co_return created("/api/v1/sessions/" + session + "/applications/" + name, *made);
}

rest_api::answer rest_api::list_applications(request const& r)
{
    auto const found = co_await applications_.list(text(r.parameter("session")));
    if (!found) co_return refuse(found.error());
    co_return show(listed("applications", *found));
}

rest_api::answer rest_api::show_application(request const& r)
{
    auto const found = co_await applications_.get(text(r.parameter("session")), text(r.parameter("name")));
    if (!found) co_return refuse(found.error());
    co_return show(*found);
}

rest_api::answer rest_api::update_application(request const& r)
{
    auto const body = platform::parse_object(r.body);
    if (!body) co_return refuse(body.error());
    auto input = platform::read_application(*body);
    if (!input) co_return refuse(input.error());
    auto const changed = co_await applications_.update(text(r.parameter("session")),
                                                       text(r.parameter("name")), std::move(*input));
    if (!changed) co_return refuse(changed.error());
    co_return show(*changed);
}

rest_api::answer rest_api::delete_application(request const& r)
{
    auto const removed =
        co_await applications_.remove(text(r.parameter("session")), text(r.parameter("name")));
    if (!removed) co_return refuse(removed.error());
    co_return gone();
}

rest_api::answer rest_api::put_source(request const& r)
{
    auto const session = text(r.parameter("session"));
    auto const name = text(r.parameter("name"));
    auto const found = co_await applications_.get(session, name);
    if (!found) co_return refuse(found.error());
    auto const store = [this, &r]() -> net::awaitable<platform::result<platform::source>> {
        co_return sources_.put(r.body);
    };
    auto const stored = co_await net::co_spawn(disk_, store, net::use_awaitable);
    if (!stored) co_return refuse(stored.error());
    metrics_.show_store(sources_.bytes());
    auto const changed = co_await applications_.set_source(session, name, *stored);
    if (!changed) co_return refuse(changed.error());
    json::object const described{{"digest", stored->digest}, {"sizeBytes", stored->size}};
    co_return show(described);
}

}  // namespace apiserver
