// SPDX-License-Identifier: Apache-2.0
#include <kubernetes/work_queue.hpp>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>

#include <doctest/doctest.h>

#include <functional>
#include <string>
#include <vector>

using namespace iafmetrics::kubernetes;
namespace net = boost::asio;
using std::chrono::milliseconds;

namespace {

struct bench {
    net::io_context io{1};
    work_queue queue{io.get_executor()};
    std::vector<std::string> seen;

    /// A worker that notes each key, then does `work` with it, and hands it back.
    void worker(std::function<void(object_key const&)> work = [](auto const&) {})
    {
        auto loop = [](bench& b, std::function<void(object_key const&)> act) -> net::awaitable<void> {
            while (auto key = co_await b.queue.get()) {
                b.seen.push_back(to_string(*key));
                act(*key);
                b.queue.done(*key);
            }
        };
        net::co_spawn(io, loop(*this, std::move(work)), net::detached);
    }

    void run()
    {
        io.restart();
        io.run();
    }
};

object_key const a{"n", "a"};
object_key const b{"n", "b"};

}  // namespace

TEST_CASE("kubernetes work queue: adding twice is looking once")
{
    bench t;
    t.queue.add(a);
    t.queue.add(b);
    t.queue.add(a);
    CHECK(t.queue.depth() == 2);
    t.worker([&](object_key const& key) {
        if (key == b) t.queue.shut_down();
    });
    t.run();
    CHECK(t.seen == std::vector<std::string>{"n/a", "n/b"});
}

TEST_CASE("kubernetes work queue: a key added while it is worked on comes again and only then")
{
    bench t;
    t.queue.add(a);
    t.worker([&](object_key const& key) {
        if (t.seen.size() == 1) {
            t.queue.add(key);
            t.queue.add(key);
            CHECK(t.queue.depth() == 0);
            CHECK(t.queue.processing() == 1);
        } else {
            t.queue.shut_down();
        }
    });
    t.worker();
    t.run();
    CHECK(t.seen == std::vector<std::string>{"n/a", "n/a"});
}

TEST_CASE("kubernetes work queue: each of several waiting workers is woken")
{
    bench t;
    int left = 3;
    for (int i = 0; i != 3; ++i)
        t.worker([&](object_key const&) {
            if (--left == 0) t.queue.shut_down();
        });
    t.io.poll();
    for (auto const* name : {"a", "b", "c"})
        t.queue.add({"n", name});
    t.run();
    CHECK(t.seen.size() == 3);
}

TEST_CASE("kubernetes work queue: delays double per key until it is forgotten")
{
    bench t;
    std::vector<std::chrono::steady_clock::time_point> at;
    t.queue.add(a);
    t.worker([&](object_key const& key) {
        at.push_back(std::chrono::steady_clock::now());
        if (at.size() == 4) return t.queue.shut_down();
        CHECK(t.queue.failures(key) == static_cast<int>(at.size()) - 1);
        t.queue.add_rate_limited(key);
    });
    t.run();
    REQUIRE(at.size() == 4);
    CHECK(at[1] - at[0] >= milliseconds(5));
    CHECK(at[2] - at[1] >= milliseconds(10));
    CHECK(at[3] - at[2] >= milliseconds(20));
    CHECK(t.queue.failures(a) == 3);
    CHECK(t.queue.failures(b) == 0);
    t.queue.forget(a);
    CHECK(t.queue.failures(a) == 0);
}

TEST_CASE("kubernetes work queue: the earliest of several delays wins")
{
    bench t;
    auto const since = std::chrono::steady_clock::now();
    t.queue.add_after(a, std::chrono::hours(1));
    t.queue.add_after(a, milliseconds(1));
    t.queue.add_after(a, std::chrono::hours(1));
    t.worker([&](object_key const&) { t.queue.shut_down(); });
    t.run();
    CHECK(t.seen.size() == 1);
    CHECK(std::chrono::steady_clock::now() - since < std::chrono::minutes(1));
}

TEST_CASE("kubernetes work queue: shutting down drops what waits and lets the workers go")
{
    bench t;
    t.queue.add(a);
    t.queue.add_after(b, std::chrono::hours(1));
    t.queue.shut_down();
    t.queue.add(b);
    t.worker();
    t.worker();
    t.run();
    CHECK(t.seen.empty());
    CHECK(t.queue.depth() == 0);
}
