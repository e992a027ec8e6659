// SPDX-License-Identifier: Apache-2.0
#include "api.hpp"

#include <boost/beast/http.hpp>
#include <boost/json/object.hpp>

#include "answers.hpp"
#include "discovery.hpp"
#include "list.hpp"
#include "table.hpp"
#include "target.hpp"
#include "watch.hpp"

#include <string>

namespace localkube {

namespace json = boost::json;
namespace http = boost::beast::http;
namespace net = boost::asio;
namespace service = iafmetrics::http_service;

namespace {

constexpr std::size_t body_limit = 3U << 20U;  // as the API server's

response no_such_path()
{
    response out{http::status::not_found, 11};
    out.set(http::field::content_type, "text/plain; charset=utf-8");
    out.body() = "404 page not found\n";  // no Status: this is how clients tell a kind that is not installed
    return out;
}

response wrong_method(target const& t)
{
    auto out = answer(
        refusal{405, "MethodNotAllowed", "the server does not allow this method on the requested resource"});
    out.set(http::field::allow, t.name.empty()          ? "GET, POST"
                                : t.subresource.empty() ? "GET, PUT, PATCH, DELETE"
                                                        : "GET, PUT, PATCH");
    return out;
}

response get(store const& objects, target const& t, request const& r)
{
    auto const found = objects.get(*t.what, {t.ns, t.name});
    if (found && wants_table(r.header("Accept"))) return answer_json(200, table_of(*t.what, {*found}));
    return answer(found);
}

response create(store& objects, target const& t, request const& r)
{
    auto body = body_of(r);
    if (!body) return answer(body.error());
    auto const options = write_options_of(r, t);
    if (!options) return answer(options.error());
    auto ns = t.ns;
    if (t.what->namespaced && ns.empty()) return wrong_method(t);
    return answer(objects.create(*t.what, ns, std::move(*body), *options), 201);
}

response replace(store& objects, target const& t, request const& r)
{
    auto body = body_of(r);
    if (!body) return answer(body.error());
    auto const options = write_options_of(r, t);
    if (!options) return answer(options.error());
    return answer(objects.replace(*t.what, {t.ns, t.name}, std::move(*body), *options));
}

response patch(store& objects, target const& t, request const& r)
{
    auto const type = r.header("Content-Type");
    auto const name = type.substr(0, type.find(';'));
    bool const apply = name == "application/apply-patch+yaml";
    if (!apply && name != "application/merge-patch+json")
        return answer(
            refusal{415, "UnsupportedMediaType",
                    "the body of the request was in an unknown format - accepted media types include: "
                    "application/merge-patch+json, application/apply-patch+yaml"});
    auto body = body_of(r);
    if (!body) return answer(body.error());
    auto const options = write_options_of(r, t);
    if (!options) return answer(options.error());
    key const at{t.ns, t.name};
    if (!apply) return answer(objects.patch(*t.what, at, *body, *options));

    if (parameter(r, "fieldManager").empty())
        return answer(
            refusal{422, "Invalid",
                    "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required "
                    "for apply patch"});
    bool created = false;
    auto const result = objects.apply(*t.what, at, std::move(*body), *options, created);
    return answer(result, created ? 201 : 200);
}

response remove(store& objects, target const& t, request const& r)
{
    delete_options options;
    auto propagation = parameter(r, "propagationPolicy");
    if (!r.body.empty()) {
        auto const body = body_of(r);
        if (!body) return answer(body.error());
        auto const text = [](json::object const& from, std::string_view name) {
            auto const* value = from.if_contains(name);
            return value && value->is_string() ? std::string(value->get_string()) : std::string();
        };
        if (auto const named = text(*body, "propagationPolicy"); !named.empty()) propagation = named;
        if (auto const* only = body->if_contains("preconditions"); only && only->is_object()) {
            options.uid = text(only->get_object(), "uid");
            options.resource_version = text(only->get_object(), "resourceVersion");
        }
    }
    options.orphan = propagation == "Orphan";
    return answer(objects.remove(*t.what, {t.ns, t.name}, options));
}

service::answer respond(store& objects, api_options const& options, request const& r)
{
    bool const reads = r.method == http::verb::get || r.method == http::verb::head;
    if (reads)
        if (auto const found = discover(r.path)) return answer_json(200, *found);
    auto const t = read_target(r.path);
    if (!t) return no_such_path();
    if (!t->subresource.empty() && (t->subresource != "status" || !t->what->status)) return no_such_path();

    if (t->name.empty()) {
        if (reads && is_set(r, "watch")) return answer_watch(objects, options, *t, r);
        if (reads) return answer_list(objects, *t, r);
        if (r.method == http::verb::post) return create(objects, *t, r);
        return wrong_method(*t);
    }
    switch (r.method) {
    case http::verb::get:
    case http::verb::head:
        if (is_set(r, "watch")) return answer_watch(objects, options, *t, r);
        return get(objects, *t, r);
    case http::verb::put: return replace(objects, *t, r);
    case http::verb::patch: return patch(objects, *t, r);
    case http::verb::delete_:
        if (t->subresource.empty()) return remove(objects, *t, r);
        return wrong_method(*t);
    default: return wrong_method(*t);
    }
}

}  // namespace

service::router routes(store& objects, api_options options)
{
    service::router out;
    service::handler const handle = [&objects, options](request const& r) -> net::awaitable<service::answer> {
        co_return respond(objects, options, r);
    };
    for (auto const verb :
         {http::verb::get, http::verb::post, http::verb::put, http::verb::patch, http::verb::delete_})
        for (auto const* pattern : {"/api/{path...}", "/apis/{path...}"})
            out.add(verb, pattern, handle, {.body_limit = body_limit});
    for (auto const* path : {"/api", "/apis", "/version"})
        out.add(http::verb::get, path, handle);
    for (auto const* path : {"/healthz", "/readyz", "/livez"})
        out.add(http::verb::get, path,
                [](request const&) -> net::awaitable<service::answer> {
                    response ok{http::status::ok, 11};
                    ok.set(http::field::content_type, "text/plain; charset=utf-8");
                    ok.body() = "ok";
                    co_return ok;
                },
                {.observed = false});
    return out;
}

response error_answer(http::status code, std::string_view reason)
{
    if (code == http::status::not_found) return no_such_path();
    return answer(
        refusal{static_cast<int>(code), std::string(http::obsolete_reason(code)), std::string(reason)});
}

}  // namespace localkube
