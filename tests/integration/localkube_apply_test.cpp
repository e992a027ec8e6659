// SPDX-License-Identifier: Apache-2.0
#include <boost/json.hpp>

#include <doctest/doctest.h>

#include <localkube/managed_fields.hpp>
#include <localkube/store.hpp>

#include <string>

using namespace localkube;
namespace json = boost::json;

namespace {

constexpr auto deployment = R"({"metadata":{"labels":{"app":"shop"}},"spec":{"replicas":2,
  "selector":{"matchLabels":{"app":"shop"}},"template":{"metadata":{"labels":{"app":"shop"}},"spec":{"containers":[
  {"name":"shop","image":"nginx","env":[{"name":"A","value":"1"},{"name":"B","value":"2"}],
   "ports":[{"name":"http","containerPort":8080}]}]}}}})";

struct bench {
    store objects;
    bool created = false;
    key const at{"default", "shop"};

    outcome<snapshot>
    apply(json::value body, std::string manager, bool force = false, half which = half::main)
    {
        return objects.apply(deployment_kind, at, body.as_object(),
                             {.manager = std::move(manager), .which = which, .force = force}, created);
    }
    std::string now(std::string_view pointer)
    {
        boost::system::error_code ec;
        json::value const whole = **objects.get(deployment_kind, at);
        auto const* found = whole.find_pointer(pointer, ec);
        return found ? json::serialize(*found) : "";
    }
};

json::value changed(std::string_view pointer, json::value value)
{
    auto out = json::parse(deployment);
    out.at_pointer(pointer) = std::move(value);
    return out;
}

}  // namespace

TEST_CASE("localkube apply: creates and then changes nothing when it says the same")
{
    bench b;
    REQUIRE(b.apply(json::parse(deployment), "iaf-controller").has_value());
    CHECK(b.created);
    auto const version = b.objects.version();
    REQUIRE(b.apply(json::parse(deployment), "iaf-controller").has_value());
    CHECK_FALSE(b.created);
    CHECK(b.objects.version() == version);
    CHECK(b.now("/metadata/managedFields/0/operation") == R"("Apply")");
    CHECK(b.now("/metadata/managedFields/0/manager") == R"("iaf-controller")");
}

TEST_CASE("localkube apply: the same again a day later keeps the time of the first")
{
    bench b;
    REQUIRE(b.apply(json::parse(deployment), "c").has_value());
    json::value live = **b.objects.get(deployment_kind, b.at);
    live.at_pointer("/metadata/managedFields/0/time") = "2026-01-01T00:00:00Z";
    auto applied = json::parse(deployment);
    applied.at_pointer("/metadata").as_object()["name"] = "shop";
    auto const again = apply_fields(&live.as_object(), applied.as_object(), {"c", "", "apps/v1"}, false);
    REQUIRE(again.has_value());
    CHECK(json::serialize(*again) == json::serialize(live));
}

TEST_CASE("localkube apply: removes what its manager applies no longer and keeps the defaults")
{
    bench b;
    REQUIRE(b.apply(json::parse(deployment), "c").has_value());
    REQUIRE(
        b.apply(changed("/spec/template/spec/containers/0/env", json::parse(R"([{"name":"B","value":"2"}])")),
                "c")
            .has_value());
    CHECK(b.now("/spec/template/spec/containers/0/env") == R"([{"name":"B","value":"2"}])");
    REQUIRE(b.apply(changed("/metadata", json::object()), "c").has_value());
    CHECK(b.now("/metadata/labels").empty());
    auto bare = json::parse(deployment);
    bare.at_pointer("/spec").as_object().erase("replicas");
    REQUIRE(b.apply(bare, "c").has_value());
    CHECK(b.now("/spec/replicas") == "1");  // nobody's any more, so the default
    CHECK(b.now("/spec/revisionHistoryLimit") == "10");
}

TEST_CASE("localkube apply: what others added stays")
{
    bench b;
    REQUIRE(b.apply(json::parse(deployment), "c").has_value());
    REQUIRE(b.objects
                .patch(deployment_kind, b.at,
                       json::parse(R"({"metadata":{"labels":{"team":"a"},"annotations":{"x":"y"}}})"),
                       {.manager = "kubectl"})
                .has_value());
    REQUIRE(
        b.apply(changed("/metadata/labels", json::object{{"app", "shop"}, {"new", "1"}}), "c").has_value());
    CHECK(b.now("/metadata/labels") == R"({"app":"shop","team":"a","new":"1"})");
    CHECK(b.now("/metadata/annotations/x") == R"("y")");
}

TEST_CASE("localkube apply: another manager's field is a conflict and with force taken over")
{
    bench b;
    REQUIRE(b.apply(json::parse(deployment), "c").has_value());
    REQUIRE(
        b.objects
            .patch(deployment_kind, b.at, json::parse(R"({"spec":{"replicas":5}})"), {.manager = "kubectl"})
            .has_value());
    auto const refused = b.apply(json::parse(deployment), "c");
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == 409);
    CHECK(refused.error().message ==
          "Apply failed with 1 conflict: conflict with \"kubectl\": .spec.replicas");
    CHECK(b.now("/spec/replicas") == "5");
    REQUIRE(b.apply(json::parse(deployment), "c", true).has_value());
    CHECK(b.now("/spec/replicas") == "2");
    REQUIRE(b.apply(changed("/spec/replicas", 3), "c").has_value());
    CHECK(b.now("/spec/replicas") == "3");
}

TEST_CASE("localkube apply: two managers of one value share it until both let go")
{
    bench b;
    REQUIRE(b.apply(json::parse(deployment), "c").has_value());
    REQUIRE(b.apply(json::parse(R"({"metadata":{"labels":{"app":"shop"}}})"), "d").has_value());
    REQUIRE(b.apply(changed("/metadata", json::object()), "c").has_value());
    CHECK(b.now("/metadata/labels/app") == R"("shop")");
    REQUIRE(b.apply(json::parse(R"({"metadata":{"annotations":{"a":"b"}}})"), "d").has_value());
    CHECK(b.now("/metadata/labels").empty());
}

TEST_CASE("localkube apply: one item of a keyed list is one manager's")
{
    bench b;
    REQUIRE(b.apply(json::parse(deployment), "c").has_value());
    auto const sidecar =
        R"({"spec":{"template":{"spec":{"containers":[{"name":"proxy","image":"envoy"}]}}}})";
    REQUIRE(b.apply(json::parse(sidecar), "mesh").has_value());
    CHECK(b.now("/spec/template/spec/containers/1/name") == R"("proxy")");
    REQUIRE(b.apply(changed("/spec/template/spec/containers/0/image", "nginx:2"), "c").has_value());
    CHECK(b.now("/spec/template/spec/containers/0/image") == R"("nginx:2")");
    CHECK(b.now("/spec/template/spec/containers/1/image") == R"("envoy")");
    REQUIRE(b.apply(json::parse(R"({"metadata":{"annotations":{"a":"b"}}})"), "mesh").has_value());
    CHECK(b.now("/spec/template/spec/containers/1").empty());
}

TEST_CASE("localkube apply: to the status leaves the spec alone")
{
    bench b;
    REQUIRE(b.apply(json::parse(deployment), "c").has_value());
    auto const both = R"({"spec":{"replicas":9},"status":{"observedGeneration":1}})";
    REQUIRE(b.apply(json::parse(both), "c", true, half::status).has_value());
    CHECK(b.now("/spec/replicas") == "2");
    CHECK(b.now("/status/observedGeneration") == "1");
    REQUIRE(b.apply(json::parse(deployment), "c").has_value());
    CHECK(b.now("/status/observedGeneration") == "1");
    CHECK(b.now("/metadata/generation") == "1");
}

TEST_CASE("localkube apply: refuses managedFields and the status of nothing")
{
    bench b;
    CHECK(b.apply(json::parse(deployment), "c", false, half::status).error().code == 404);
    CHECK(b.apply(json::parse(R"({"metadata":{"managedFields":[]}})"), "c").error().code == 400);
}

TEST_CASE("localkube apply: a selector is given once")
{
    bench b;
    REQUIRE(b.apply(json::parse(deployment), "c").has_value());
    auto other = changed("/spec/selector/matchLabels/app", "x");
    other.at_pointer("/spec/template/metadata/labels/app") = "x";
    auto const refused = b.apply(other, "c", true);
    REQUIRE_FALSE(refused.has_value());
    CHECK(refused.error().code == 422);
    CHECK(refused.error().message.find("spec.selector: Invalid value") != std::string::npos);
    CHECK(refused.error().message.find("field is immutable") != std::string::npos);
}

TEST_CASE("localkube apply: a Service keeps its address through every way of writing")
{
    store objects;
    kind const& services = *find_kind("", "v1", "services");
    key const at{"default", "shop"};
    bool created = false;
    auto const body =
        json::parse(
            R"({"metadata":{"name":"shop"},"spec":{"selector":{"a":"b"},"ports":[{"name":"http","port":80}]}})")
            .as_object();
    auto const address = [&] {
        return json::value(**objects.get(services, at)).at_pointer("/spec/clusterIP");
    };
    REQUIRE(objects.apply(services, at, body, {.manager = "c"}, created).has_value());
    auto const first = address();
    CHECK(json::value(**objects.get(services, at)).at_pointer("/spec/ports/0/targetPort") == 80);
    REQUIRE(objects.apply(services, at, body, {.manager = "c"}, created).has_value());
    CHECK(address() == first);
    REQUIRE(objects.replace(services, at, body, {}).has_value());
    CHECK(address() == first);
}
