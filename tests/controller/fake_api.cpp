// SPDX-License-Identifier: Apache-2.0
#include "fake_api.hpp"

#include <doctest/doctest.h>

namespace json = boost::json;

namespace {

/// A watch that was opened and says nothing.
scripted_server::reply silence()
{
    return {{"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"},
            scripted_server::reply::then::hang};
}

bool is_managed(json::object const& object)
{
    return json::serialize(object).find(R"("app.kubernetes.io/managed-by":"iaf-controller")") !=
           std::string::npos;
}

}  // namespace

scripted_server::reply fake_api::status(int code, std::string_view reason, std::string_view message)
{
    return scripted_server::json(code, json::serialize(json::object{{"kind", "Status"},
                                                                    {"apiVersion", "v1"},
                                                                    {"status", "Failure"},
                                                                    {"code", code},
                                                                    {"reason", reason},
                                                                    {"message", message}}));
}

json::object fake_api::list(std::string const& plural, bool only_managed) const
{
    json::array items;
    for (auto const& [path, object] : objects)
        if (path.find('/' + plural + '/') != std::string::npos && (!only_managed || is_managed(object)))
            items.push_back(object);
    return {{"kind", "List"},
            {"metadata", json::object{{"resourceVersion", "100"}}},
            {"items", std::move(items)}};
}

scripted_server::reply fake_api::reply(std::string const& request)
{
    auto const space = request.find(' ');
    auto const target = request.substr(space + 1, request.find(' ', space + 1) - space - 1);
    auto const path = target.substr(0, target.find('?'));
    auto const name = request.substr(0, space) + ' ' + path;
    bool const is_get = name.starts_with("GET");

    std::lock_guard const lock(mutex_);
    if (!is_get) {
        auto const body = request.substr(request.find("\r\n\r\n") + 4);
        writes_.push_back({name, body.empty() ? json::object() : json::parse(body).as_object()});
    }
    if (auto const found = answers.find(name); found != answers.end()) return found->second;
    if (target.find("watch=") != std::string::npos) return silence();
    if (auto const found = objects.find(path); found != objects.end() && is_get)
        return scripted_server::json(200, json::serialize(found->second));
    if (is_get && path.find("/namespaces/") == std::string::npos)
        return scripted_server::json(
            200, json::serialize(list(path.substr(path.rfind('/') + 1),
                                      target.find("labelSelector=") != std::string::npos)));
    if (is_get) return status(404, "NotFound", path + " not found");
    return scripted_server::json(200, json::serialize(writes_.back().body));
}

std::vector<fake_api::write> fake_api::writes() const
{
    std::lock_guard const lock(mutex_);
    return writes_;
}

json::object fake_api::only_write(std::string_view method_and_path) const
{
    std::vector<json::object> found;
    for (auto const& w : writes())
        if (w.method_and_path == method_and_path) found.push_back(w.body);
    CAPTURE(method_and_path);
    REQUIRE(found.size() == 1);
    return found[0];
}
