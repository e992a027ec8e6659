// SPDX-License-Identifier: Apache-2.0
// Pages that have a deadline, and callbacks and collectors that do not keep it. They wait for the test, never for time: the
// clock is a fake one that they move themselves, but where it is said.
#include <iafmetrics/callback.hpp>
#include <iafmetrics/collector_registration.hpp>
#include <iafmetrics/collectors/build_info.hpp>
#include <iafmetrics/collectors/process.hpp>
#include <iafmetrics/exposition/page.hpp>
#include <iafmetrics/exposition/selection.hpp>
#include <iafmetrics/native_snapshot.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/testing/fake_clock.hpp>
#include <iafmetrics/visit_deadline.hpp>

#include <doctest/doctest.h>

#include "on_threads.hpp"
#include "skipped.hpp"
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdint>
#include <initializer_list>
#include <latch>
#include <memory>
#include <optional>
#include <semaphore>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

using namespace iafmetrics;
using testing::fake_clock;

namespace {

std::string page_of(registry const& r, visit_deadline until, exposition::format const& format = {})
{
    std::string page;
    exposition::write_page(exposition::selection{r, {}, until}, format,
                           [&](std::string_view piece) { page += piece; });
    return page;
}
std::string page_in_a_second(registry const& r)
{
    return page_of(r, visit_deadline::in(1'000'000'000, fake_clock{}));
}
bool shows(std::string const& page, std::string const& line)
{
    return ("\n" + page).find("\n" + line + "\n") != std::string::npos;
}
bool tells_left_out(std::string const& page, int collectors)
{
    return shows(page, "iafmetrics_collectors_left_out_total " + std::to_string(collectors));
}
auto one(char const* name)
{
    return [name](collector_output& out) { out.gauge(name, "One.", 1); };
}

/// Stays in its calls, past the deadline of a page that has one, until it is let go.
class blocked {
public:
    void operator()()
    {
        fake_clock::advance(std::chrono::seconds(2));
        calls.fetch_add(1);
        calls.notify_all();
        may_leave.wait(false);
        has_left.store(true);
    }
    void let_go()
    {
        may_leave.store(true);
        may_leave.notify_all();
    }
    void wait_for_call() const
    {
        while (calls.load() == 0)
            calls.wait(0);
    }

    std::atomic<int> calls{0};
    std::atomic<bool> may_leave{false};
    std::atomic<bool> has_left{false};
};

/// The last in its scope: the registry's end waits for the call.
struct let_go_at_end {
    blocked& stuck;
    ~let_go_at_end() { stuck.let_go(); }
};

}  // namespace

TEST_CASE("visit_deadline: a collector that blocks is left out and counted, and the page is there in time")
{
    blocked stuck;
    registry r;
    r.add(counter_spec{run_time, "orders_total", "Orders."});
    r.add(one("before"));
    r.add([&](collector_output& out) {
        out.gauge("stuck_begun", "Part of what is lost.", 1);
        stuck();
        out.gauge("stuck", "Lost.", 1);
    });
    r.add(one("behind"));
    let_go_at_end const last{stuck};
    std::string page;
    SUBCASE("by a fake clock")
    {
        page = page_in_a_second(r);
        CHECK(shows(page, "before 1"));
        CHECK(tells_left_out(page, 2));
    }
    SUBCASE("by the system's")
    {
        page =
            page_of(r, visit_deadline::in(10'000'000));  // how many are asked by then is the machine's to say
        CHECK(!tells_left_out(page, 0));
    }
    CHECK(shows(page, "orders_total 0"));
    CHECK(page.find("stuck") == std::string::npos);
    CHECK(page.find("behind") == std::string::npos);
    CHECK(shows(page, "iafmetrics_collector_errors_total 0"));
}

TEST_CASE("visit_deadline: while a call goes on it is left out at once, those behind it are shown, and it "
          "comes back")
{
    blocked stuck;
    registry r;
    r.add([&](collector_output& out) {
        if (!stuck.may_leave) stuck();
        out.gauge("stuck", "Now and then.", 1);
    });
    r.add(one("behind"));
    let_go_at_end const last{stuck};
    CHECK(tells_left_out(page_in_a_second(r), 2));
    for (int page = 1; page != 4; ++page) {
        std::string const next = page_in_a_second(r);
        CHECK(shows(next, "behind 1"));
        CHECK(tells_left_out(next, 2 + page));
    }
    CHECK(stuck.calls == 1);
    stuck.let_go();
    std::string page;
    while (!shows(page = page_in_a_second(r), "stuck 1"))
        std::this_thread::yield();
    CHECK(page.find("stuck 1") < page.find("behind 1"));
}

TEST_CASE("visit_deadline: those behind one that is always too slow are on the next page")
{
    registry r;
    r.add([](collector_output& out) {
        fake_clock::advance(std::chrono::seconds(2));
        out.gauge("slow", "Never in time.", 1);
    });
    r.add(one("behind"));
    CHECK(page_in_a_second(r).find("behind") == std::string::npos);
    for (int page = 0; page != 3; ++page)
        CHECK(shows(page_in_a_second(r), "behind 1"));
}

TEST_CASE("visit_deadline: a collector that stops at the deadline that it sees is shown, and no other is "
          "asked then")
{
    registry r;
    r.add([](collector_output& out) {
        REQUIRE(out.deadline().is_set());
        fake_clock::advance(std::chrono::nanoseconds(out.deadline().nanoseconds_left()));
        out.gauge("patient", "What there is by then.", 1);
    });
    bool was_asked = false;
    r.add([&](collector_output&) { was_asked = true; });
    std::string const page = page_in_a_second(r);
    CHECK(shows(page, "patient 1"));
    CHECK(tells_left_out(page, 1));
    CHECK(!was_asked);
}

TEST_CASE("visit_deadline: nobody is asked for a page whose deadline is over")
{
    registry r;
    bool was_asked = false;
    r.add([&](collector_output&) { was_asked = true; });
    CHECK(tells_left_out(page_of(r, visit_deadline::in(0, fake_clock{})), 1));
    CHECK(!was_asked);
}

TEST_CASE("visit_deadline: a clock that stands still gives all the time that there is")
{
    registry r;
    r.add([](collector_output& out) {
        for (int i = 0; i != 1000; ++i)  // longer than that nanosecond
            std::this_thread::yield();
        out.gauge("slow", "Slow.", 1);
    });
    CHECK(shows(page_of(r, visit_deadline::in(1, fake_clock{})), "slow 1"));
}

TEST_CASE("visit_deadline: a callback that blocks costs its metric, and others of its name go on")
{
    blocked stuck;
    registry r;
    gauge_spec<"pool"> const open{run_time, "pool_open", "Open."};
    registry first = r.sub({.labels = {{"shard", "1"}}});
    registry second = r.sub({.labels = {{"shard", "2"}}});
    callback const a{first, open, label_values{"a"}, [&] {
                         stuck();
                         return 1;
                     }};
    callback const b{second, open, label_values{"a"}, [] { return 2; }};
    callback const c{r, gauge_spec{run_time, "pool_waiting", "Waiting."}, [] { return 3; }};
    let_go_at_end const last{stuck};
    CHECK(tells_left_out(page_in_a_second(r), 3));
    std::string const page = page_in_a_second(r);
    CHECK(page.find("# TYPE pool_open gauge\npool_open{shard=\"2\",pool=\"a\"} 2\n") != std::string::npos);
    CHECK(shows(page, "pool_waiting 3"));
    CHECK(tells_left_out(page, 4));
}

TEST_CASE(
    "visit_deadline: what callbacks and collectors throw or break costs what it costs without a deadline")
{
    registry r;
    callback const bad{r, gauge_spec{run_time, "pool_waiting", "Waiting."},
                       []() -> int { throw std::runtime_error("no pool"); }};
    r.add([](collector_output& out) {
        out.gauge("two", "Two.", 1);
        throw std::runtime_error("no more");
    });
    r.add([](collector_output& out) { out.gauge("two", "Two again.", 2); });
    r.add([](collector_output& out) { out.gauge("not a name", "Bad.", 2); });
    r.add([](collector_output& out) {
        out.begin_gauge("twice", "Twice.");
        out.value({{"a", "1"}}, 1);
        out.value({{"a", "1"}}, 2);
    });
    std::string const page = page_in_a_second(r);
    CHECK(shows(page, "two 1"));
    CHECK(page.find("two 2") == std::string::npos);
    CHECK(page.find("pool_waiting") == std::string::npos);
    CHECK(shows(page, "iafmetrics_collector_errors_total 4"));
    CHECK(page.find("iafmetrics_series_refused{metric=\"two\"") != std::string::npos);
    CHECK(page.find("iafmetrics_series_refused{metric=\"not a name\"") != std::string::npos);
    CHECK(page.find("iafmetrics_series_refused{metric=\"twice\"") != std::string::npos);
    CHECK(tells_left_out(page, 0));
}

TEST_CASE("visit_deadline: what a call throws that was left behind is counted")
{
    blocked stuck;
    registry r;
    r.add([&](collector_output&) {
        if (stuck.may_leave) return;
        stuck();
        throw std::runtime_error("too late");
    });
    CHECK(tells_left_out(page_in_a_second(r), 1));
    stuck.let_go();
    while (!shows(page_in_a_second(r), "iafmetrics_collector_errors_total 1"))
        std::this_thread::yield();
}

TEST_CASE("visit_deadline: a page that cannot be written is no collector's error, and ends the visit")
{
    struct full_page final : visitor {
        void begin_family(family_header const&) override { throw std::runtime_error("the disk is full"); }
        void value(labels_view, number) override {}
        void histogram(labels_view, histogram_snapshot const&) override {}
        void summary(labels_view, summary_snapshot const&) override {}
    };
    registry r;
    r.add(one("pool_connections"));
    full_page full;
    CHECK_THROWS_WITH(r.visit(full, exposition::escaping_scheme::underscores,
                              visit_deadline::in(1'000'000'000, fake_clock{})),
                      "the disk is full");
    CHECK(shows(page_in_a_second(r), "iafmetrics_collector_errors_total 0"));
}

TEST_CASE("visit_deadline: in every format a page is the same with and without one")
{
    registry r;
    constexpr gauge_spec<"a.b"> waiting{"pool.waiting", "Waiting.", utf8_names{"a test"}};
    callback const dotted{r, waiting, [](auto& series) { series.with("x").set(2.5); }};
    r.add(one("first"));
    r.sub({.prefix = "part_", .labels = {{"shard", "a\"\\\n"}}}).add(one("of_a_part"));
    r.add([](collector_output& out) {
        out.counter("calls_total", "Calls\nof \"all\".", std::uint64_t{18446744073709551615U});
        out.begin("build_info", "Build.", metric_type::info);
        out.value({{"version", "1"}}, 1);
        out.begin("power", "State.", metric_type::state_set);
        out.value({{"power", "on"}}, 1);
        out.value({{"power", "off"}}, 0);
        out.begin("load", "Unknown.", metric_type::untyped);
        out.value({{"since", "boot"}, {"empty", ""}}, -0.5);
        std::array<double, 2> const bounds{.1, 1};
        std::array<std::uint64_t, 3> const counts{3, 0, 1};
        std::array<bucket_exemplar, 2> const exemplars{
            {{0, {labels_view("trace_id=\"a\""), .05, 1700000000}},
             {2, {labels_view("trace_id=\"b\",span_id=\"c\""), 7, 1700000001.5}}}};
        std::array<native_snapshot::bucket, 1> const negative{{{-3, 1}}};
        std::array<native_snapshot::bucket, 2> const positive{{{-30, 2}, {20, 1}}};
        native_snapshot const native{3, 1e-100, 0, 4, 7.15, negative, positive};
        out.begin("rpc_seconds", "Calls.", metric_type::histogram);
        out.histogram({{"peer", "a"}}, {bounds, counts, 7.15, 1600000000.25, exemplars});
        out.histogram({{"peer", "b"}}, {bounds, counts, 7.15, 1600000000.25, exemplars, &native});
        out.histogram({{"peer", "c"}}, {{}, std::span(counts).first(1), 7.15});
        std::array<summary_snapshot::quantile, 2> const quantiles{{{.5, 1.5}, {.99, 9}}};
        out.begin("wait_seconds", "Waits.", metric_type::summary);
        out.summary({{"peer", "a"}}, {quantiles, 12, 30.5, 1600000000.25});
        out.summary({{"peer", "b"}}, {{}, 12, 30.5});
    });
    r.add([](collector_output& out) {
        out.begin_gauge("twice", "Twice.");
        out.value({{"a", "1"}}, 1);
        out.value({{"a", "1"}}, 2);
    });
    using exposition::format;
    using exposition::format_version;
    (void)page_in_a_second(r);  // from here on a page tells what was left out
    for (auto const names :
         {exposition::escaping_scheme::underscores, exposition::escaping_scheme::allow_utf8}) {
        for (format chosen : {format{format::kind::text, format_version::v0_0_4},
                              format{format::kind::openmetrics, format_version::v1_0_0},
                              format{format::kind::openmetrics, format_version::v2_0_0},
                              format{format::kind::protobuf, format_version::none}}) {
            chosen.escaping = names;
            std::string const without = page_of(r, {}, chosen);
            bool const has_exemplars = without.find("span_id") != std::string::npos;
            CHECK(has_exemplars == (chosen.type != format::kind::text));
            CHECK((without == page_of(r, visit_deadline::in(3'600'000'000'000), chosen)));
        }
    }
}

namespace {
struct prompt {
    static constexpr bool never_waits = true;
    std::thread::id* asked_by;
    void operator()(collector_output& out) const
    {
        *asked_by = std::this_thread::get_id();
        out.gauge("prompt", "Prompt.", 1);
    }
};
}  // namespace

TEST_CASE("visit_deadline: without one, and where nobody may wait, the page's own thread asks")
{
    static_assert(collectors::process::never_waits && collectors::build_info<"shop">::never_waits);
    registry r;
    std::thread::id first;
    r.add(prompt{&first});
    CHECK(shows(page_in_a_second(r), "prompt 1"));
    CHECK(first == std::this_thread::get_id());
    std::thread::id second;
    r.add([&](collector_output&) { second = std::this_thread::get_id(); });
    (void)page_in_a_second(r);
    CHECK(second != std::this_thread::get_id());
    CHECK(first == second);
    (void)page_of(r, {});
    CHECK(second == std::this_thread::get_id());
}

TEST_CASE("visit_deadline: where the system has no thread to give, the page's own asks")
{
    registry r;
    std::thread::id asked_by;
    r.add([&](collector_output& out) {
        asked_by = std::this_thread::get_id();
        out.gauge("shown", "Shown.", 1);
    });
    ::pthread_attr_t before;
    ::pthread_attr_t too_large;
    REQUIRE(::pthread_getattr_default_np(&before) == 0);
    REQUIRE(::pthread_getattr_default_np(&too_large) == 0);
    REQUIRE(::pthread_attr_setstacksize(&too_large, std::size_t{1} << 50U) == 0);
    REQUIRE(::pthread_setattr_default_np(&too_large) == 0);
    std::string const page = page_in_a_second(r);
    REQUIRE(::pthread_setattr_default_np(&before) == 0);
    CHECK(asked_by == std::this_thread::get_id());
    CHECK(shows(page, "shown 1"));
    CHECK(tells_left_out(page, 0));
    ::pthread_attr_destroy(&before);
    ::pthread_attr_destroy(&too_large);
}

TEST_CASE("visit_deadline: the end of a collector or callback waits for a call that was left behind")
{
    blocked stuck;
    registry r;
    std::optional<collector_registration> collector;
    std::optional<callback> read;
    bool is_collector = false;
    SUBCASE("a collector's")
    {
        is_collector = true;
        collector.emplace(r, [&](collector_output&) {
            if (stuck.calls == 0) stuck();
        });
    }
    SUBCASE("a callback's")
    {
        read.emplace(r, gauge_spec{run_time, "pool_waiting", "Waiting."}, [&] {
            stuck();
            return 1;
        });
    }
    CHECK(tells_left_out(page_in_a_second(r), 1));
    bool had_left = false;
    {
        std::jthread const ender([&] {
            collector.reset();
            read.reset();
            had_left = stuck.has_left;
        });
        if (is_collector) {
            // From here on a page does not find it: its end has begun.
            while (page_of(r, {}).find("iafmetrics_collector_errors_total") != std::string::npos) {}
        }
        stuck.let_go();
    }
    CHECK(had_left);
    CHECK(stuck.calls == 1);
}

TEST_CASE("visit_deadline: a collector may end its own registration in a call that was left behind")
{
    blocked stuck;
    registry r;
    auto captured = std::make_shared<int>(0);
    std::latch has_ended{1};
    std::optional<collector_registration> shown;
    shown.emplace(r, [&, captured](collector_output&) {
        stuck();
        shown.reset();
        has_ended.count_down();
    });
    CHECK(tells_left_out(page_in_a_second(r), 1));
    stuck.let_go();
    has_ended.wait();
    CHECK(!shown);
    while (captured.use_count() != 1) {
        (void)page_in_a_second(r);  // which lets go of the thread
        std::this_thread::yield();
    }
}

TEST_CASE("visit_deadline: the end of a registry and its parts waits for a call that was left behind")
{
    blocked stuck;
    std::unique_ptr<registry> part;
    {
        registry r;
        part.reset(new registry(r.sub({.prefix = "part_", .labels = {}})));
        r.add([&](collector_output&) { stuck(); });
        CHECK(tells_left_out(page_in_a_second(r), 1));
    }
    CHECK(!stuck.has_left);
    bool had_left = false;
    std::latch begins{1};
    {
        std::jthread const ender([&] {
            begins.count_down();
            part.reset();
            had_left = stuck.has_left;
        });
        begins.wait();
        stuck.let_go();
    }
    CHECK(had_left);
}

TEST_CASE("visit_deadline: a call that was left behind may be the one that ends the registry")
{
    blocked stuck;
    auto captured = std::make_shared<int>(0);
    std::weak_ptr<int> const seen = captured;
    std::latch has_ended{1};
    auto r = std::make_unique<registry>();
    r->add([&, captured](collector_output& out) {
        stuck();
        r.reset();
        out.gauge("too_late", "Too late.", 1);
        has_ended.count_down();
    });
    captured.reset();
    CHECK(tells_left_out(page_in_a_second(*r), 1));
    stuck.let_go();
    has_ended.wait();
    while (!seen.expired())
        std::this_thread::yield();
}

TEST_CASE("visit_deadline: one that hangs holds one thread, however many pages are made")
{
    blocked stuck;
    registry r;
    r.add([&](collector_output&) { stuck(); });
    r.add(collectors::process{});
    let_go_at_end const last{stuck};
    (void)page_in_a_second(r);
    std::string const after_one = page_in_a_second(r);
    for (int i = 0; i != 50; ++i)
        (void)page_in_a_second(r);
    std::string const after_many = page_in_a_second(r);
    auto const threads = [](std::string const& page) {
        std::size_t const at = page.find("\nprocess_threads ");
        REQUIRE(at != std::string::npos);
        return page.substr(at, page.find('\n', at + 1) - at);
    };
    CHECK(threads(after_one) == threads(after_many));
    CHECK(stuck.calls == 1);
}

TEST_CASE("visit_deadline: a collector may make pages that have one")
{
    registry r;
    registry inner;
    inner.add(one("inside"));
    std::string within;
    r.add([&](collector_output& out) {
        within = page_of(inner, out.deadline());
        out.gauge("around", "Around.", 1);
    });
    CHECK(shows(page_in_a_second(r), "around 1"));
    CHECK(shows(within, "inside 1"));
}

namespace {
/// The child's exit code; -1 where it died.
template <class Body>
int in_child(Body const& body)
{
    pid_t const child = ::fork();
    if (child == 0) {
        ::alarm(20);
        ::_exit(body());
    }
    int status = 0;
    ::waitpid(child, &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}
}  // namespace

TEST_CASE(
    "visit_deadline: a child of a process with a call left behind asks that collector, and ends all without "
    "waiting")
{
    if (is_under_thread_sanitizer) return skip(forks_are_not_followed);
    blocked stuck;
    auto r = std::make_unique<registry>();
    std::optional<collector_registration> shown;
    shown.emplace(*r, [&](collector_output& out) {
        if (!stuck.may_leave) stuck();
        out.gauge("stuck", "Stuck.", 1);
    });
    r->add(one("behind"));
    CHECK(tells_left_out(page_in_a_second(*r), 2));
    int const code = in_child([&] {
        stuck.may_leave = true;
        std::string const page = page_in_a_second(*r);
        if (!shows(page, "stuck 1") || !shows(page, "behind 1") || !tells_left_out(page, 2)) return 1;
        shown.reset();
        r.reset();
        return 0;
    });
    stuck.let_go();
    CHECK(code == 0);
}

TEST_CASE(
    "visit_deadline: a child that is forked while a page waits makes its own, and ends all without waiting")
{
    if (is_under_thread_sanitizer) return skip(forks_are_not_followed);
    blocked stuck;
    auto r = std::make_unique<registry>();
    r->add([&](collector_output& out) {
        if (!stuck.may_leave) {
            stuck.calls = 1;
            stuck.calls.notify_all();
            stuck.may_leave.wait(false);
        }
        out.gauge("stuck", "Stuck.", 1);
    });
    {
        std::jthread const scraper([&] { (void)page_of(*r, visit_deadline::in(3'600'000'000'000)); });
        stuck.wait_for_call();
        int const code = in_child([&] {
            stuck.may_leave = true;
            if (!shows(page_in_a_second(*r), "stuck 1")) return 1;
            r.reset();
            return 0;
        });
        CHECK(code == 0);
        stuck.let_go();
    }
}

TEST_CASE("visit_deadline: a child that a collector forks ends with that call")
{
    if (is_under_thread_sanitizer) return skip(forks_are_not_followed);
    registry r;
    pid_t child = -1;
    bool is_asked_in_child = false;
    r.add([&](collector_output& out) {
        child = ::fork();
        if (child == 0) ::alarm(20);
        out.gauge("forks", "Forks.", 1);
    });
    r.add([&](collector_output& out) {
        is_asked_in_child = child == 0;
        if (is_asked_in_child) ::_exit(7);
        out.gauge("behind", "Behind.", 1);
    });
    std::string const page = page_in_a_second(r);
    int status = 0;
    ::waitpid(child, &status, 0);
    CHECK(shows(page, "forks 1"));
    CHECK(shows(page, "behind 1"));
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}

TEST_CASE("visit_deadline: pages that have one are whole while collectors come, block and end")
{
    registry r;
    r.add(one("always"));
    std::atomic<bool> is_done{false};
    std::atomic<int> pages{0};
    std::atomic<int> broken{0};
    {
        std::jthread const comes_and_goes([&] {
            for (int i = 0; i < 300 || pages < 40; ++i) {
                auto value =
                    std::make_unique<int>(i);  // freed right after the end: a late call is a use after free
                std::binary_semaphore may_leave{0};
                collector_registration shown(r, [&](collector_output& out) {
                    if (i % 3 == 0) (void)may_leave.try_acquire_for(std::chrono::milliseconds(2));
                    out.gauge("v", "V.", *value);
                });
                callback read{r, gauge_spec{run_time, "read", "Read."}, [&] { return *value; }};
                std::this_thread::yield();
                may_leave.release();
            }
            is_done = true;
        });
        on_threads(4, [&](int thread) {
            while (!is_done) {
                std::string const page =
                    page_of(r, visit_deadline::in(thread % 2 == 0 ? 500'000 : 1'000'000'000));
                if (!page.ends_with("\n") ||
                    page.find("iafmetrics_collector_errors_total 0\n") == std::string::npos)
                    ++broken;
                ++pages;
            }
        });
    }
    CHECK(broken == 0);
    CHECK(shows(page_of(r, {}), "always 1"));
}
