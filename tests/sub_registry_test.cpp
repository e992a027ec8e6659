// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/state_set.hpp>

#include <doctest/doctest.h>

#include <memory>
#include <string>
#include <string_view>

using namespace iafmetrics;

namespace {
inline constexpr counter_spec<"kind"> jobs{"jobs_total", "Jobs."};
inline constexpr counter_spec ticks{"ticks_total", "Ticks."};
inline constexpr histogram_spec wait{"wait_seconds", "Waiting.", buckets{1}};

std::string refusal(auto&& attempt)
{
    try {
        attempt();
    } catch (registration_error const& error) {
        return error.what();
    }
    return "";
}
}  // namespace

TEST_CASE("sub_registry: its prefix and labels stand in every name and series")
{
    registry r;
    registry part = r.sub({.prefix = "iaf_", .labels = {{"shard", "1"}, {"zone", "a\"b\n\xFF"}}});
    part.add(jobs).with("x").increment(2);
    part.add(ticks).increment();
    part.add(wait).observe(2);
    std::string const constants = "shard=\"1\",zone=\"a\\\"b\\n\xEF\xBF\xBD\"";
    CHECK(exposition::text(r) == "# HELP iaf_jobs_total Jobs.\n# TYPE iaf_jobs_total counter\n"
                                 "iaf_jobs_total{" +
                                     constants +
                                     ",kind=\"x\"} 2\n"
                                     "# HELP iaf_ticks_total Ticks.\n# TYPE iaf_ticks_total counter\n"
                                     "iaf_ticks_total{" +
                                     constants +
                                     "} 1\n"
                                     "# HELP iaf_wait_seconds Waiting.\n# TYPE iaf_wait_seconds histogram\n"
                                     "iaf_wait_seconds_bucket{" +
                                     constants +
                                     ",le=\"1\"} 0\n"
                                     "iaf_wait_seconds_bucket{" +
                                     constants +
                                     ",le=\"+Inf\"} 1\n"
                                     "iaf_wait_seconds_sum{" +
                                     constants +
                                     "} 2\n"
                                     "iaf_wait_seconds_count{" +
                                     constants + "} 1\n");
    CHECK(exposition::text(part) == exposition::text(r));
}

TEST_CASE("sub_registry: one declaration in two of them is one family on the page")
{
    registry r;
    registry one = r.sub({.labels = {{"shard", "1"}}});
    registry two = r.sub({.labels = {{"shard", "2"}}});
    auto& first = one.add(jobs);
    r.add(ticks);
    CHECK(&two.add(jobs) != &first);
    CHECK(&one.add(jobs) == &first);
    CHECK(&r.sub({.labels = {{"shard", "1"}}}).add(jobs) == &first);
    first.with("a").increment();
    two.add(jobs).with("a").increment(2);
    CHECK(exposition::text(r) ==
          "# HELP jobs_total Jobs.\n# TYPE jobs_total counter\n"
          "jobs_total{shard=\"1\",kind=\"a\"} 1\njobs_total{shard=\"2\",kind=\"a\"} 2\n"
          "# HELP ticks_total Ticks.\n# TYPE ticks_total counter\nticks_total 0\n");
}

TEST_CASE("sub_registry: what a metric lost and refused is one number for all of them")
{
    registry r;
    counter_spec<"kind"> const few{run_time, "few_total", "Few.", series_limit{1}};
    for (char const* shard : {"1", "2"}) {
        auto& family = r.sub({.labels = {{"shard", shard}}}).add(few);
        family.with("a").increment(-1);
        family.with("b").increment();
    }
    std::string const page = exposition::text(r);
    CHECK(page.find("iafmetrics_series_dropped_total{metric=\"few_total\"} 2\n") != std::string::npos);
    CHECK(page.find("iafmetrics_refused_amounts_total{metric=\"few_total\"} 2\n") != std::string::npos);
    CHECK(page.find("few_total{shard=\"2\",kind=\"_other\"} 1\n") != std::string::npos);
}

TEST_CASE("sub_registry: other label names for one metric are refused")
{
    registry r;
    r.sub({.labels = {{"shard", "1"}}}).add(jobs);
    for (auto&& attempt : {+[](registry& in) { in.add(jobs); },
                           +[](registry& in) { in.sub({.labels = {{"zone", "1"}}}).add(jobs); }})
        CHECK(
            refusal([&] { attempt(r); })
                .ends_with(" and has other constant labels: give every sub-registry that has this metric the "
                           "same label names"));
}

TEST_CASE("sub_registry: labels and prefixes that break a rule are refused by name")
{
    registry r;
    CHECK(refusal([&] { (void)r.sub({.labels = {{"le", "1"}}}); }).find("\"le\"") != std::string::npos);
    CHECK(!refusal([&] { (void)r.sub({.labels = {{"a-b", "1"}}}); }).empty());
    CHECK(!refusal([&] { (void)r.sub({.labels = {{"__name__", "1"}}}); }).empty());
    CHECK(!refusal([&] { (void)r.sub({.labels = {{"a", "1"}, {"a", "2"}}}); }).empty());
    CHECK(!refusal([&] { (void)r.sub({.labels = {{"a", "1"}}}).sub({.labels = {{"a", "2"}}}); }).empty());
    CHECK(!refusal([&] { (void)r.sub({.prefix = "1_"}); }).empty());
    CHECK(!refusal([&] { (void)r.sub({.prefix = "a\n"}); }).empty());
    CHECK(refusal([&] { r.sub({.labels = {{"kind", "1"}}}).add(jobs); }).find("\"jobs_total\"") !=
          std::string::npos);
    CHECK(refusal([&] { r.sub({.prefix = "__"}).add(ticks); }).find("\"__ticks_total\"") !=
          std::string::npos);
    CHECK(refusal([&] { r.sub({.prefix = "iafShop_"}).add(ticks); }).find("\"iafShop_ticks_total\"") !=
          std::string::npos);
    CHECK(exposition::text(r).empty());
}

TEST_CASE("sub_registry: a state_set's own label follows the prefix and may not be a constant one")
{
    registry r;
    state_set_spec const mode{run_time, "mode", "Mode.", states{"on", "off"}};
    r.sub({.prefix = "a_", .labels = {{"shard", "1"}}}).add(mode).turn_on("on");
    CHECK(exposition::text(r).find("a_mode{shard=\"1\",a_mode=\"on\"} 1\n") != std::string::npos);
    CHECK(!refusal([&] { r.sub({.labels = {{"mode", "1"}}}).add(mode); }).empty());
}

TEST_CASE("sub_registry: they nest and outlive the registry")
{
    auto r = std::make_unique<registry>();
    registry inner = r->sub({.prefix = "outer_", .labels = {{"x", "1"}}})
                         .sub({.prefix = "inner_", .labels = {{"y", "2"}}});
    auto& count = inner.add(ticks);
    r.reset();
    count.increment();
    CHECK(exposition::text(inner).find("outer_inner_ticks_total{x=\"1\",y=\"2\"} 1\n") != std::string::npos);
}

TEST_CASE("sub_registry: a collector's families have its prefix and labels")
{
    registry r;
    r.sub({.prefix = "db_", .labels = {{"shard", "1"}}}).add([](collector_output& out) {
        out.gauge("connections", "Open.", 3);
        out.begin_gauge("waiting", "Waiting.");
        out.value({{"pool", "p"}}, 4);
        out.value({{"shard", "mine"}}, 5);
    });
    r.add([](collector_output& out) { out.gauge("connections", "Open.", 7); });
    std::string const page = exposition::text(r);
    for (char const* line : {"\ndb_connections{shard=\"1\"} 3\n", "\ndb_waiting{shard=\"1\",pool=\"p\"} 4\n",
                             "\nconnections 7\n", "\niafmetrics_collector_errors_total 1\n"})
        CHECK_MESSAGE(page.find(line) != std::string::npos, line);
}

TEST_CASE("sub_registry: a name that collectors of two of them show is refused with what to do")
{
    registry r;
    auto const show = [](collector_output& out) { out.gauge("connections", "Open.", 3); };
    r.sub({.labels = {{"shard", "1"}}}).add(show);
    r.sub({.labels = {{"shard", "2"}}}).add(show);
    r.sub({.prefix = "db_", .labels = {{"shard", "2"}}}).add(show);
    std::string const page = exposition::text(r);
    for (char const* line :
         {"\nconnections{shard=\"1\"} 3\n", "\ndb_connections{shard=\"2\"} 3\n",
          "{metric=\"connections\",reason=\"the page has \\\"connections\\\" already; show it from one "
          "collector, or from sub-registries with a prefix each\"} 1\n"})
        CHECK_MESSAGE(page.find(line) != std::string::npos, page);
}

TEST_CASE("sub_registry: a prefix that makes a state's label a label of the declaration is refused")
{
    registry r;
    registry part = r.sub({.prefix = "iaf_"});
    state_set_spec<std::string_view, "iaf_job_phase"> const phase{run_time, "job_phase", "Phase.",
                                                                  states{"a", "b"}};
    CHECK_THROWS_AS(part.add(phase), registration_error);
    CHECK_NOTHROW(r.add(phase));
}
