// SPDX-License-Identifier: Apache-2.0
#include <doctest/doctest.h>

#include "sample_application.hpp"
#include <controller/applied.hpp>
#include <controller/build_deployment.hpp>

using namespace controller;
namespace json = boost::json;

namespace {

json::object stamped(application const& app)
{
    auto made = build_deployment(app, "i");
    stamp(made);
    return made;
}

}  // namespace

TEST_CASE("applied: what was just applied need not be applied again")
{
    auto const desired = stamped(sample_application());
    CHECK(is_applied(desired, desired));
    CHECK(stamped(sample_application()) == desired);
}

TEST_CASE("applied: fields that others added are no difference")
{
    auto const desired = stamped(sample_application());
    auto live = desired;
    live.erase("kind");
    live["status"] = json::object{{"replicas", 1}};
    live["metadata"].as_object()["resourceVersion"] = "7";
    live["metadata"].as_object()["annotations"].as_object()["deployment.kubernetes.io/revision"] = "1";
    auto& container = live["spec"].at("template").at("spec").at("containers").at(0).as_object();
    container["terminationMessagePath"] = "/dev/termination-log";
    container["env"].as_array().insert(container["env"].as_array().begin(),
                                       json::object{{"name", "OTHER"}, {"value", "1"}});
    CHECK(is_applied(desired, live));
}

TEST_CASE("applied: a changed field is a difference")
{
    auto const desired = stamped(sample_application());
    auto live = desired;
    live["spec"].as_object()["replicas"] = 7;
    CHECK_FALSE(is_applied(desired, live));

    live = desired;
    live["metadata"].at("labels").as_object().erase("iaf.io/application");
    CHECK_FALSE(is_applied(desired, live));

    live = desired;
    live["spec"]
        .at_pointer("/template/spec/containers/0/securityContext/capabilities/drop")
        .as_array()
        .clear();
    CHECK_FALSE(is_applied(desired, live));
}

TEST_CASE("applied: a field that is asked for no longer is a difference")
{
    auto app = sample_application();
    auto const live = stamped(app);
    app.env.pop_back();
    CHECK_FALSE(is_applied(stamped(app), live));
    app.env.clear();
    CHECK_FALSE(is_applied(stamped(app), live));
}
