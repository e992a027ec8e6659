// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>

#include <doctest/doctest.h>

#include <localkube/metadata.hpp>
#include <localkube/store.hpp>
#include <localkube/table.hpp>

#include <string>
#include <vector>

using namespace localkube;
namespace json = boost::json;

namespace {

kind const& of(std::string_view plural)
{
    for (auto const& each : all_kinds())
        if (each.plural == plural) return each;
    FAIL("no such kind");
    return namespace_kind;
}

kind const& apps = of("applications");
kind const& maps = of("configmaps");

json::object object(std::string_view text) { return json::parse(text).as_object(); }

json::object app(std::string const& name, std::string const& spec = R"({"image":"nginx"})")
{
    return object(R"({"metadata":{"name":")" + name + R"("},"spec":)" + spec + "}");
}

/// A store with the namespace "n", and short ways to ask it.
struct world : store {
    explicit world(std::size_t window = 1000) : store(window)
    {
        REQUIRE(create(namespace_kind, "", object(R"({"metadata":{"name":"n"}})"), {}).has_value());
    }
    json::object made(kind const& what, json::object body)
    {
        auto const done = create(what, what.namespaced ? "n" : "", std::move(body), {});
        if (!done) FAIL(done.error().message);
        return **done;
    }
    bool has(kind const& what, std::string const& name) { return get(what, {"n", name}).has_value(); }
    json::object now(kind const& what, std::string const& name) { return **get(what, {"n", name}); }
};

std::string shown(json::object const& from, std::string_view pointer)
{
    boost::system::error_code ec;
    auto const whole = json::value(from);
    auto const* found = whole.find_pointer(pointer, ec);
    return found ? json::serialize(*found) : "";
}

std::string owned_label(std::string const& uid, std::string const& name)
{
    return R"({"metadata":{"name":")" + name +
           R"(","ownerReferences":[{"apiVersion":"iaf.io/v1alpha1","kind":"Application","name":"o","uid":")" +
           uid + R"(","controller":true}]}})";
}

}  // namespace

TEST_CASE("localkube store: a new object gets what the server gives")
{
    world w;
    auto const made = w.made(apps, app("shop"));
    CHECK(metadata_text(made, "uid").size() == 36);
    CHECK(metadata_text(made, "creationTimestamp").size() == 20);
    CHECK(metadata_text(made, "namespace") == "n");
    CHECK(shown(made, "/metadata/generation") == "1");
    CHECK(shown(made, "/kind") == R"("Application")");
    CHECK(shown(made, "/spec/port") == "8080");
    CHECK(shown(made, "/spec/replicas") == "1");
    CHECK(metadata_text(made, "resourceVersion") == std::to_string(w.version()));
}

TEST_CASE("localkube store: a second object of a name is refused and so is one without a namespace")
{
    world w;
    w.made(apps, app("shop"));
    auto const again = w.create(apps, "n", app("shop"), {}).error();
    CHECK(again.code == 409);
    CHECK(again.reason == "AlreadyExists");
    CHECK(again.message == "applications.iaf.io \"shop\" already exists");
    auto const homeless = w.create(apps, "nowhere", app("shop"), {}).error();
    CHECK(homeless.code == 404);
    CHECK(homeless.message == "namespaces \"nowhere\" not found");
}

TEST_CASE("localkube store: generated names differ")
{
    world w;
    auto const body = object(R"({"metadata":{"generateName":"a-"}})");
    auto const first = metadata_text(w.made(maps, body), "name");
    CHECK(first.size() == 7);
    CHECK(first != metadata_text(w.made(maps, body), "name"));
}

TEST_CASE("localkube store: what is invalid is named field by field")
{
    world w;
    auto const refused =
        w.create(apps, "n", app("Shop_", R"({"port":0,"replicas":"two","metrics":{"path":"x"}})"), {})
            .error();
    CHECK(refused.code == 422);
    CHECK(refused.reason == "Invalid");
    CAPTURE(refused.message);
    std::vector<std::string> fields;
    for (auto const& each : refused.details.at("causes").as_array())
        fields.emplace_back(each.at("field").as_string());
    CHECK(fields ==
          std::vector<std::string>{"metadata.name", "spec.port", "spec.replicas", "spec.metrics.path"});
    CHECK(w.create(apps, "n", app(std::string(54, 'a')), {}).error().code == 422);
    CHECK(w.create(of("services"), "n", object(R"({"metadata":{"name":"s"},"spec":{"ports":[]}})"), {})
              .error()
              .code == 422);
    CHECK(w.create(deployment_kind, "n", object(R"({"metadata":{"name":"d"},"spec":{}})"), {}).error().code ==
          422);
}

TEST_CASE("localkube store: an unknown field is dropped and with Strict refused")
{
    world w;
    auto const body = app("shop", R"({"image":"a","prot":1})");
    auto const refused = w.create(apps, "n", body, {.strict = true}).error();
    CHECK(refused.code == 400);
    CHECK(refused.message == "strict decoding error: unknown field \"spec.prot\"");
    CHECK(shown(w.made(apps, body), "/spec/prot").empty());
}

TEST_CASE("localkube store: identity must be that of the path")
{
    world w;
    w.made(apps, app("shop"));
    CHECK(w.create(apps, "n", object(R"({"kind":"Service","metadata":{"name":"x"}})"), {}).error().code ==
          400);
    CHECK(w.create(apps, "n", object(R"({"metadata":{"name":"x","namespace":"m"}})"), {}).error().code ==
          400);
    CHECK(w.replace(apps, {"n", "shop"}, app("other"), {}).error().code == 400);
    CHECK(w.create(apps, "n", object(R"({"metadata":7})"), {}).error().code == 400);
}

TEST_CASE("localkube store: an update of an old version is a conflict")
{
    world w;
    auto const first = w.made(apps, app("shop"));
    auto next = first;
    next["spec"].as_object()["replicas"] = 2;
    CHECK(w.replace(apps, {"n", "shop"}, next, {}).has_value());
    auto const late = w.replace(apps, {"n", "shop"}, next, {}).error();
    CHECK(late.code == 409);
    CHECK(late.reason == "Conflict");
    CHECK(w.replace(apps, {"n", "shop"}, app("shop"), {}).error().code ==
          422);  // a custom kind needs the version
    CHECK(w.replace(apps, {"n", "gone"}, app("gone"), {}).error().code == 404);
}

TEST_CASE("localkube store: a uid of another life is a conflict")
{
    world w;
    w.made(apps, app("shop"));
    CHECK(w.remove(apps, {"n", "shop"}, {.uid = "other"}).error().code == 409);
    CHECK(w.remove(apps, {"n", "shop"}, {.resource_version = "1"}).error().code == 409);
    CHECK(w.patch(apps, {"n", "shop"}, object(R"({"metadata":{"uid":"other"}})"), {}).error().code == 409);
    CHECK(w.remove(apps, {"n", "shop"}, {}).has_value());
    CHECK(w.remove(apps, {"n", "shop"}, {}).error().code == 404);
}

TEST_CASE("localkube store: spec and status are written apart and only spec counts as generation")
{
    world w;
    w.made(apps, app("shop"));
    key const at{"n", "shop"};
    auto const both = object(R"({"spec":{"replicas":3},"status":{"phase":"Running"}})");
    CHECK(w.patch(apps, at, both, {}).has_value());
    CHECK(shown(w.now(apps, "shop"), "/status").empty());
    CHECK(shown(w.now(apps, "shop"), "/metadata/generation") == "2");

    auto const other = object(R"({"spec":{"replicas":9},"status":{"phase":"Running"}})");
    CHECK(w.patch(apps, at, other, {.which = half::status}).has_value());
    CHECK(shown(w.now(apps, "shop"), "/status/phase") == R"("Running")");
    CHECK(shown(w.now(apps, "shop"), "/spec/replicas") == "3");
    CHECK(shown(w.now(apps, "shop"), "/metadata/generation") == "2");

    CHECK(w.patch(apps, at, object(R"({"metadata":{"labels":{"a":"b"}}})"), {}).has_value());
    CHECK(shown(w.now(apps, "shop"), "/metadata/generation") == "2");
    CHECK(shown(w.now(apps, "shop"), "/status/phase") == R"("Running")");
}

TEST_CASE("localkube store: a write that changes nothing is none")
{
    world w;
    w.made(apps, app("shop"));
    auto const version = w.version();
    CHECK(w.patch(apps, {"n", "shop"}, object(R"({"spec":{"replicas":1}})"), {}).has_value());
    CHECK(w.version() == version);
}

TEST_CASE("localkube store: what loses its owner is collected and so are its own")
{
    world w;
    auto const owner = metadata_text(w.made(apps, app("o")), "uid");
    auto const child = metadata_text(w.made(maps, object(owned_label(owner, "child"))), "uid");
    w.made(of("secrets"), object(owned_label(child, "grandchild")));
    w.made(maps, object(R"({"metadata":{"name":"free"}})"));
    CHECK(w.remove(apps, {"n", "o"}, {}).has_value());
    CHECK_FALSE(w.has(maps, "child"));
    CHECK_FALSE(w.has(of("secrets"), "grandchild"));
    CHECK(w.has(maps, "free"));

    w.made(maps, object(owned_label("no-such-uid", "orphan")));
    CHECK_FALSE(w.has(maps, "orphan"));
}

TEST_CASE("localkube store: orphaning leaves the dependents without their reference")
{
    world w;
    auto const owner = metadata_text(w.made(apps, app("o")), "uid");
    w.made(maps, object(owned_label(owner, "child")));
    CHECK(w.remove(apps, {"n", "o"}, {.orphan = true}).has_value());
    REQUIRE(w.has(maps, "child"));
    CHECK(shown(w.now(maps, "child"), "/metadata/ownerReferences").empty());
}

TEST_CASE("localkube store: a namespace takes along what is in it")
{
    world w;
    w.made(apps, app("a"));
    w.made(maps, object(R"({"metadata":{"name":"m"}})"));
    CHECK(shown(**w.get(namespace_kind, {"", "n"}), "/metadata/labels/kubernetes.io~1metadata.name") ==
          R"("n")");
    auto const leaving = w.remove(namespace_kind, {"", "n"}, {});
    REQUIRE(leaving.has_value());
    CHECK(shown(**leaving, "/status/phase") == R"("Terminating")");
    CHECK_FALSE(w.get(namespace_kind, {"", "n"}).has_value());
    CHECK_FALSE(w.has(apps, "a"));
    CHECK(w.remove(namespace_kind, {"", "default"}, {}).error().code == 403);
}

TEST_CASE("localkube store: a finalizer holds its object and the namespace around it")
{
    world w;
    auto held = app("a");
    held["metadata"].as_object()["finalizers"] = json::array{"iaf.io/hold"};
    w.made(apps, held);
    CHECK(w.remove(namespace_kind, {"", "n"}, {}).has_value());
    REQUIRE(w.has(apps, "a"));
    CHECK_FALSE(metadata_text(w.now(apps, "a"), "deletionTimestamp").empty());
    CHECK(w.create(apps, "n", app("b"), {}).error().code == 403);
    CHECK(w.patch(apps, {"n", "a"}, object(R"({"metadata":{"finalizers":null}})"), {}).has_value());
    CHECK_FALSE(w.has(apps, "a"));
    CHECK_FALSE(w.get(namespace_kind, {"", "n"}).has_value());
}

TEST_CASE("localkube store: changes are remembered as far as the window reaches")
{
    world w(3);
    auto const start = w.version();
    for (auto const* name : {"a", "b", "c"})
        w.made(maps, object(R"({"metadata":{"name":")" + std::string(name) + "\"}}"));
    CHECK(w.oldest() == start);
    CHECK(w.changes_since(start, maps).size() == 3);
    CHECK(w.changes_since(start + 2, maps).size() == 1);
    CHECK(w.changes_since(start, apps).empty());
    CHECK(w.remove(maps, {"n", "a"}, {}).has_value());
    CHECK(w.oldest() == start + 1);
    CHECK(w.changes_since(start + 3, maps).front().after == nullptr);
}

TEST_CASE("localkube store: a label that is none is refused and selectors find the others")
{
    world w;
    CHECK(w.create(maps, "n", object(R"({"metadata":{"name":"a","labels":{"x":"no good"}}})"), {})
              .error()
              .code == 422);
    auto const labelled = object(R"({"metadata":{"name":"a","labels":{"app":"shop","tier":"web"}}})");
    auto const matches = [&](std::string_view labels, std::string_view fields = {}) {
        auto const which = selector::parse(labels, fields);
        return which ? (which->matches(labelled) ? "yes" : "no") : "bad";
    };
    for (auto const* yes :
         {"", "app=shop", "app==shop,tier!=db", "app in (shop,x)", "tier", "!z", "z!=1", "z notin (a)"})
        CHECK_MESSAGE(matches(yes) == std::string("yes"), yes);
    for (auto const* no : {"app=x", "app!=shop", "app notin (shop)", "z", "!app", "app in (x),tier"})
        CHECK_MESSAGE(matches(no) == std::string("no"), no);
    for (auto const* bad : {"app=(", "a in b", "=x", "a b"})
        CHECK_MESSAGE(matches(bad) == std::string("bad"), bad);
    CHECK(matches("", "metadata.name=a") == std::string("yes"));
    CHECK(matches("", "metadata.name!=a") == std::string("no"));
    CHECK(matches("", "spec.x=a") == std::string("bad"));
}

TEST_CASE("localkube table: a row says what matters about an object")
{
    world w;
    w.made(apps, app("shop"));
    REQUIRE(w.patch(apps, {"n", "shop"}, object(R"({"status":{"phase":"Running"}})"), {.which = half::status})
                .has_value());
    json::value const table = table_of(apps, {*w.get(apps, {"n", "shop"})});
    CHECK(json::serialize(table.at_pointer("/rows/0/cells/0")) == R"("shop")");
    CHECK(json::serialize(table.at_pointer("/rows/0/cells/1")) == R"("Running")");
    CHECK(table.at("columnDefinitions").as_array().size() ==
          table.at_pointer("/rows/0/cells").as_array().size());
    CHECK(wants_table("application/json;as=Table;v=v1;g=meta.k8s.io,application/json"));
    CHECK_FALSE(wants_table("application/json"));
    CHECK_FALSE(wants_table("application/json,application/json;as=Table;v=v1;g=meta.k8s.io"));
}

TEST_CASE("localkube table: an age is said as kubectl says it")
{
    auto const age = [](std::int64_t seconds) { return age_of("1970-01-02T00:00:00Z", 86'400 + seconds); };
    CHECK(age(-5) == "0s");
    CHECK(age(119) == "119s");
    CHECK(age(120) == "2m");
    CHECK(age(330) == "5m30s");
    CHECK(age(3 * 3600) == "3h");
    CHECK(age(3 * 3600 + 60) == "3h1m");
    CHECK(age(47 * 3600) == "47h");
    CHECK(age(50 * 3600) == "2d2h");
    CHECK(age(41 * 86'400) == "41d");
    CHECK(age_of("yesterday", 0) == "<unknown>");
}
