// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/collector_registration.hpp>
#include <iafmetrics/exposition/text.hpp>

#include <doctest/doctest.h>

#include "skipped.hpp"
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>

using namespace iafmetrics;

namespace {
bool shows(registry const& r, char const* name)
{
    return ("\n" + exposition::text(r)).find("\n" + std::string(name) + " ") != std::string::npos;
}
auto one(char const* name)
{
    return [name](collector_output& out) { out.gauge(name, "One.", 1); };
}
}  // namespace

TEST_CASE("collector_registration: the collector is shown as long as it lives")
{
    registry r;
    r.add(one("stays"));
    {
        collector_registration const shown(r, one("goes"));
        CHECK(shows(r, "goes"));
    }
    CHECK(!shows(r, "goes"));
    CHECK(shows(r, "stays"));
}

TEST_CASE("collector_registration: moving keeps the collector and assigning over one ends it")
{
    registry r;
    collector_registration first(r, one("first"));
    collector_registration second(r, one("second"));
    collector_registration moved(std::move(first));
    CHECK(shows(r, "first"));
    moved = std::move(second);
    CHECK(!shows(r, "first"));
    CHECK(shows(r, "second"));
    moved.reset();
    CHECK(!moved);
    CHECK(!shows(r, "second"));
}

TEST_CASE("collector_registration: assigned to itself it keeps its collector")
{
    registry r;
    collector_registration shown(r, one("stays"));
    collector_registration& same = shown;
    shown = std::move(same);
    CHECK(shows(r, "stays"));
    CHECK(shown);
}

TEST_CASE("collector_registration: the collector is destroyed with it and not with the registry")
{
    auto captured = std::make_shared<int>(0);
    registry r;
    std::optional<collector_registration> shown(std::in_place, r, [captured](collector_output&) {});
    CHECK(captured.use_count() == 2);
    shown.reset();
    CHECK(captured.use_count() == 1);
}

TEST_CASE("collector_registration: it may outlive the registry")
{
    collector_registration shown;
    {
        registry r;
        shown = collector_registration(r, one("goes"));
    }
    CHECK(shown);
}

TEST_CASE("collector_registration: its end waits for the scrapes that are in the collector")
{
    registry r;
    std::atomic<bool> done{false};
    {
        std::jthread const scraper([&] {
            while (!done)
                (void)exposition::text(r);
        });
        for (int i = 0; i != 2000; ++i) {
            auto value =
                std::make_unique<int>(i);  // freed right after the end: a late call is a use after free
            collector_registration shown(r,
                                         [&value](collector_output& out) { out.gauge("v", "V.", *value); });
            if (i % 4 == 0) std::this_thread::yield();
            shown.reset();
            value.reset();
        }
        done = true;
    }
    CHECK(exposition::text(r).empty());
}

TEST_CASE("collector_registration: its end does not return while the collector runs")
{
    registry r;
    std::atomic<bool> is_inside{false};
    std::atomic<bool> may_leave{false};
    std::atomic<bool> has_left{false};
    collector_registration shown(r, [&](collector_output&) {
        if (is_inside.exchange(true)) return;  // the first scrape stays
        while (!may_leave)
            std::this_thread::yield();
        has_left = true;
    });
    std::jthread const scraper([&] { (void)exposition::text(r); });
    while (!is_inside)
        std::this_thread::yield();
    bool had_left = false;
    {
        std::jthread const ender([&] {
            shown.reset();
            had_left = has_left;
        });
        // From here on a second scrape does not find it: its end has begun.
        while (exposition::text(r).find("iafmetrics_collector_errors_total") != std::string::npos) {}
        may_leave = true;
    }
    CHECK(had_left);
}

TEST_CASE("collector_registration: a collector may end its own registration")
{
    registry r;
    auto captured = std::make_shared<int>(0);
    std::optional<collector_registration> shown;
    int calls = 0;
    shown.emplace(r, [&shown, &calls, captured](collector_output& out) {
        ++calls;
        shown.reset();
        out.gauge("last", "Last words.", *captured);
    });
    CHECK(shows(r, "last"));
    CHECK(!shows(r, "last"));
    CHECK(calls == 1);
    CHECK(captured.use_count() == 1);
}

TEST_CASE("collector_registration: a child of a process that was in the collector does not wait for ever")
{
    if (is_under_thread_sanitizer) return skip(forks_are_not_followed);
    registry r;
    std::atomic<bool> is_inside{false};
    std::atomic<bool> may_leave{false};
    collector_registration shown(r, [&](collector_output&) {
        is_inside = true;
        while (!may_leave)
            std::this_thread::yield();
    });
    std::jthread const scraper([&] { (void)exposition::text(r); });
    while (!is_inside)
        std::this_thread::yield();
    pid_t const child = ::fork();
    if (child == 0) {
        ::alarm(10);
        shown.reset();
        ::_exit(0);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    may_leave = true;
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE(
    "collector_registration: in a child that was forked inside the collector its end waits for that call")
{
    if (is_under_thread_sanitizer) return skip(forks_are_not_followed);
    registry r;
    pid_t child = -1;
    bool has_left = false;
    bool had_left = false;
    std::optional<std::thread> ender;
    collector_registration shown;
    shown = collector_registration(r, [&](collector_output&) {
        if (child != -1) return;  // a page that is made in here
        child = ::fork();
        if (child != 0) return;
        ::alarm(10);
        ender.emplace([&] {
            shown.reset();
            had_left = has_left;
        });
        while (exposition::text(r).find("iafmetrics_collector_errors_total") != std::string::npos) {}
        has_left = true;
    });
    (void)exposition::text(r);
    if (child == 0) {
        ender->join();
        ::_exit(had_left ? 0 : 1);
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
