// SPDX-License-Identifier: Apache-2.0
// Whatever the network and the server's memory do to it, an informer ends with what the server has.
#include <kubernetes/informer.hpp>
#include <kubernetes/object_key.hpp>

#include <boost/asio/post.hpp>
#include <boost/json.hpp>

#include <doctest/doctest.h>

#include "../shims/api_under_test.hpp"
#include "cutting_proxy.hpp"
#include "localkube_under_test.hpp"

#include <map>
#include <memory>
#include <random>
#include <string>
#include <thread>

using namespace iafmetrics::kubernetes;
namespace json = boost::json;
namespace net = boost::asio;

namespace {

using versions = std::map<std::string, std::string>;

informer_options const quick{.ns = "default",
                             .backoff_base = std::chrono::milliseconds(1),
                             .backoff_limit = std::chrono::milliseconds(4)};

void note(versions& into, json::object const& object)
{
    into[std::string(text_at(object, {"metadata", "name"}))] =
        text_at(object, {"metadata", "resourceVersion"});
}

versions on_server(api_under_test& api)
{
    versions out;
    auto const all = api(api->list(config_maps, "default"));
    REQUIRE(all.has_value());
    for (auto const& each : all->at("items").as_array())
        note(out, each.as_object());
    return out;
}

versions in_cache(informer const& maps)
{
    versions out;
    for (auto const& each : maps.all())
        note(out, *each);
    return out;
}

/// Creates, changes and deletes at random.
void write(api_under_test& api, std::minstd_rand& random, int steps)
{
    for (int i = 0; i != steps; ++i) {
        auto const name = "m" + std::to_string(random() % 12);
        json::object body{{"metadata", {{"name", name}}}, {"data", {{"step", std::to_string(i)}}}};
        switch (random() % 3) {
        case 0: static_cast<void>(api(api->create(config_maps, "default", body))); break;
        case 1: static_cast<void>(api(api->merge_patch(config_maps, "default", name, body))); break;
        default: static_cast<void>(api(api->remove(config_maps, "default", name))); break;
        }
    }
}

/// An informer on a thread of its own, which also rebuilds the cache from its callbacks alone.
struct follower {
    explicit follower(std::string const& url) : api({.url = url, .timeout = std::chrono::seconds(2)})
    {
        maps.on_change([this](change const& c) {
            CHECK((c.before || c.after));
            CHECK(told.contains(c.key.name) == (c.before != nullptr));
            if (c.after)
                note(told, *c.after);
            else
                told.erase(c.key.name);
        });
        thread = std::thread([this] { api(maps.run()); });
    }
    ~follower() { static_cast<void>(stopped_told()); }

    /// Stops; what the callbacks told by then.
    versions const& stopped_told()
    {
        net::post(api.io(), [this] { maps.stop(); });
        if (thread.joinable()) thread.join();
        return told;
    }

    /// Waits until the cache is this.
    bool becomes(versions const& wanted)
    {
        auto const until = std::chrono::steady_clock::now() + std::chrono::seconds(20);
        while (in_cache(maps) != wanted) {
            if (std::chrono::steady_clock::now() > until) return false;
            std::this_thread::sleep_for(std::chrono::milliseconds(1));
        }
        return true;
    }

    api_under_test api;
    informer maps{api.client(), config_maps, quick};
    versions told;
    std::thread thread;
};

}  // namespace

TEST_CASE("informer under faults: ends with what the server has however the network cuts")
{
    for (unsigned const seed : {1U, 2U, 3U, 4U, 5U}) {
        CAPTURE(seed);
        std::minstd_rand random(seed);
        localkube_under_test kube({.window = 15});
        api_under_test direct{{.url = kube.url()}};
        cutting_proxy proxy(kube.port(), seed, 12'000);
        follower informed(proxy.url());
        for (int i = 0; i != 5; ++i) {
            write(direct, random, 60);
            CHECK(informed.becomes(on_server(direct)));
        }
        CHECK(informed.stopped_told() == on_server(direct));
        CHECK(proxy.cuts() > 0);
    }
}

TEST_CASE("informer under faults: follows a server that comes back without its data")
{
    auto kube = std::make_unique<localkube_under_test>();
    auto const port = kube->port();
    std::minstd_rand random(1);
    api_under_test direct{{.url = kube->url()}};
    write(direct, random, 40);
    follower informed(kube->url());
    CHECK(informed.becomes(on_server(direct)));
    kube.reset();
    kube = std::make_unique<localkube_under_test>(localkube_under_test::options{.port = port});
    json::object body{{"metadata", {{"name", "new"}}}};
    REQUIRE(direct(direct->create(config_maps, "default", body)).has_value());
    CHECK(informed.becomes(on_server(direct)));
    CHECK(informed.maps.size() == 1);
}
