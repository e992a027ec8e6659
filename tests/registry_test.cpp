// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/callback.hpp>
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/info.hpp>
#include <iafmetrics/registry.hpp>
#include <iafmetrics/state_set.hpp>
#include <iafmetrics/testing/fake_clock.hpp>
#include <iafmetrics/testing/page.hpp>

#include <doctest/doctest.h>

#include <chrono>
#include <cstdint>
#include <limits>
#include <source_location>
#include <stdexcept>
#include <string>
#include <tuple>

using namespace iafmetrics;

namespace {
inline constexpr counter_spec orders{"orders_total", "Orders."};
inline constexpr counter_spec orders_otherwise{"orders_total", "Orders, told otherwise."};
inline constexpr counter_spec<"kind"> orders_by_kind{"orders_total", "Orders."};
inline constexpr histogram_spec wait{"wait_seconds", "Waiting.", buckets{1}};
inline constexpr histogram_spec wait_longer{"wait_seconds", "Waiting.", buckets{2}};
}  // namespace

TEST_CASE("registry: the same declaration again is the same instrument")
{
    registry r;
    CHECK(&r.add(orders) == &r.add(orders));
    CHECK(&r.add(wait) == &r.add(wait));
}

TEST_CASE("registry: another declaration of a name is refused and both places are named")
{
    registry r;
    auto const line = std::to_string(__LINE__ + 1);
    r.add(orders);
    r.add(wait);
    std::string const file = std::source_location::current().file_name();
    auto const here = std::source_location::current();
    auto const message = [&](std::string const& difference) {
        return "metric \"orders_total\": is declared otherwise already, at " + file + ":" + line +
               "; this is " + file + ":" + std::to_string(here.line()) + " and has " + difference;
    };
    CHECK_THROWS_WITH_AS(r.add(orders_otherwise, here), message("another help text").c_str(),
                         registration_error);
    CHECK_THROWS_WITH_AS(r.add(orders_by_kind, here), message("other labels").c_str(), registration_error);
}

TEST_CASE("registry: whatever differs between two declarations of a name is told")
{
    registry r;
    r.add(wait);
    r.add(gauge_spec<"kind">{run_time, "open", "Open."});
    r.add(state_set_spec{run_time, "mode", "Mode.", states{"on", "off"}});
    auto const tells = [&](auto const& spec, char const* difference) {
        CHECK_THROWS_WITH_AS(r.add(spec), doctest::Contains(difference), registration_error);
    };
    tells(wait_longer, " and has other buckets");
    tells(gauge_spec{run_time, "wait_seconds", "Waiting."}, " and has another type");
    tells(gauge_spec<"kind">{run_time, "open", "Open.", series_limit{7}}, " and has another series limit");
    tells(up_down_counter_spec<"kind">{run_time, "open", "Open."}, " and has another kind of instrument");
    tells(claimable<gauge_spec<"kind">>{run_time, "open", "Open."}, " and has another kind of instrument");
    tells(state_set_spec{run_time, "mode", "Mode.", states{"on"}}, " and has other states");
    r.add(claimable<gauge_spec<"kind">>{run_time, "claimed", "Claimed."});
    tells(claimable<gauge_spec<"kind">, testing::fake_clock>{run_time, "claimed", "Claimed.",
                                                             expire_after{std::chrono::seconds(1)}},
          " and has another expiry");
    (void)r.add(claimable<gauge_spec<"kind">, testing::fake_clock>{run_time, "claimed", "Claimed."});
}

TEST_CASE("registry: a collector's number that its type cannot have is left out, and what follows is shown")
{
    registry r;
    r.add([](collector_output& out) {
        out.counter("orders_total", "Orders.", -1);
        out.begin("build_info", "Build.", metric_type::info);
        out.value({{"version", "1"}}, 2);
        out.value({{"version", "2"}}, 1);
        out.begin("mode", "Mode.", metric_type::state_set);
        out.value({{"mode", "on"}}, 0.5);
        out.value({{"mode", "off"}}, std::numeric_limits<double>::quiet_NaN());
        out.value({}, 1);
        out.value({{"mode", "idle"}}, 1);
        out.begin("wait_seconds", "Waiting.", metric_type::histogram);
        constexpr double bounds[] = {1};
        constexpr std::uint64_t wrapping[] = {std::numeric_limits<std::uint64_t>::max(), 1};
        constexpr std::uint64_t most[] = {std::numeric_limits<std::uint64_t>::max() - 1, 1};
        out.histogram({{"queue", "a"}}, {bounds, wrapping, 1});
        out.histogram({{"queue", "b"}}, {bounds, most, 1});
    });
    std::string const page = exposition::text(r);
    CHECK(page.starts_with("# HELP build_info Build.\n# TYPE build_info gauge\nbuild_info{version=\"2\"} 1\n"
                           "# HELP mode Mode.\n# TYPE mode gauge\nmode{mode=\"idle\"} 1\n"
                           "# HELP wait_seconds Waiting.\n# TYPE wait_seconds histogram\n"
                           "wait_seconds_bucket{queue=\"b\",le=\"1\"} 18446744073709551614\n"));
    for (char const* refused :
         {"\"orders_total\",reason=\"a counter is neither negative nor NaN\"} 1\n",
          "\"build_info\",reason=\"an info has the value 1\"} 1\n",
          "\"mode\",reason=\"a state has the value 0 or 1\"} 2\n",
          "\"mode\",reason=\"a state is named by a label\"} 1\n",
          "\"wait_seconds\",reason=\"a histogram counts less than 2^64 in all buckets\"} 1\n",
          "iafmetrics_collector_errors_total 0\n"})
        CHECK_MESSAGE(page.find(refused) != std::string::npos, refused);
}

TEST_CASE("registry: declarations added together are all registered or none is")
{
    static constexpr counter_spec first{"first_total", "First."};
    static constexpr gauge_spec<"of"> second{"second", "Second."};
    static constexpr gauge_spec clash{"first", "What OpenMetrics calls the first."};
    registry r;
    CHECK_THROWS_AS(r.add(std::tie(first, second, clash)), registration_error);
    r.add([](collector_output& out) {
        out.begin("first_total", "Its name is free.", metric_type::counter);
        out.value({}, std::uint64_t{7});
    });
    CHECK(exposition::text(r).find("\nfirst_total 7\n") != std::string::npos);

    registry other;
    auto const [one, two] = other.add(std::tie(first, second));
    one.increment();
    two.with("x").set(2);
    CHECK(exposition::text(other).find("\nfirst_total 1\n# HELP second") != std::string::npos);
    CHECK(&std::get<0>(other.add(std::tie(first, second))) == &one);
}

TEST_CASE("registry: declarations that are known at run time are added together too")
{
    registry r;
    counter_spec<"of"> const counted{run_time, "orders_total", "Orders."};
    gauge_spec<> now_waiting{run_time, "waiting", "Waiting."};
    auto const [ordered, now] = r.add(std::tie(counted, now_waiting));
    ordered.with("x").increment();
    now.set(3);
    CHECK(exposition::text(r).find("orders_total{of=\"x\"} 1\n") != std::string::npos);
    CHECK(exposition::text(r).find("\nwaiting 3\n") != std::string::npos);
}

TEST_CASE("registry: a declaration whose help text had to be repaired is the same the second time")
{
    registry r;
    counter_spec const repaired{run_time, "orders_total", "Orders\xFF."};
    CHECK(&r.add(repaired) == &r.add(repaired));
}

TEST_CASE("registry: a name that a histogram shows is taken and both places are named")
{
    registry r;
    auto const line = std::to_string(__LINE__ + 1);
    r.add(wait);
    gauge_spec const clash{run_time, "wait_seconds_count", "Clash.", exemption{"to clash"}};
    std::string const file = std::source_location::current().file_name();
    std::string const message = "metric \"wait_seconds_count\": would show \"wait_seconds_count\", which "
                                "\"wait_seconds\" at " +
                                file + ":" + line + " shows already; this is " + file + ":" +
                                std::to_string(__LINE__ + 1);
    CHECK_THROWS_WITH_AS(r.add(clash), message.c_str(), registration_error);
    registry other;
    other.add(clash);
    CHECK_THROWS_AS(other.add(wait), registration_error);
}

TEST_CASE("registry: a name that OpenMetrics gives to a counter or an info is taken for other declarations")
{
    registry r;
    r.add(orders);
    r.add(info_spec<"version">{run_time, "shop_build_info", "Build."});
    CHECK_THROWS_AS(r.add(gauge_spec{run_time, "orders", "Clash."}), registration_error);
    CHECK_THROWS_AS(r.add(gauge_spec{run_time, "orders_created", "Clash.", exemption{"to clash"}}),
                    registration_error);
    CHECK_THROWS_AS(r.add(gauge_spec{run_time, "shop_build", "Clash."}), registration_error);
    // Text has room for it, but which format a page has is up to the scraper: it would lose the series in OpenMetrics.
    r.add([](collector_output& out) { out.gauge("orders", "Not ours.", 1); });
    std::string const page = exposition::text(r);
    CHECK(page.find("\norders 1\n") == std::string::npos);
    CHECK(page.find("iafmetrics_collector_errors_total 1\n") != std::string::npos);
}

TEST_CASE("registry: an unlabelled metric is shown before its first observation and a labelled one without "
          "series is not")
{
    registry r;
    r.add(orders);
    r.add(counter_spec<"kind">{run_time, "sales_total", "Sales."});
    CHECK(exposition::text(r) ==
          "# HELP orders_total Orders.\n# TYPE orders_total counter\norders_total 0\n");
}

TEST_CASE("registry: families come in the order of registration and series in the order of creation")
{
    registry r;
    auto& z = r.add(counter_spec<"v">{run_time, "z_total", "Z."});
    r.add(counter_spec{run_time, "a_total", "A."});
    z.with("2").increment();
    z.with("1").increment();
    CHECK(exposition::text(r) ==
          "# HELP z_total Z.\n# TYPE z_total counter\nz_total{v=\"2\"} 1\nz_total{v=\"1\"} 1\n"
          "# HELP a_total A.\n# TYPE a_total counter\na_total 0\n");
}

TEST_CASE("registry: callbacks and then collectors come behind the instruments, each in their order")
{
    static constexpr gauge_spec first{"first", "F."};
    static constexpr gauge_spec second{"second", "S."};
    registry r;
    callback const one{r, first, [] { return 1; }};
    r.add([](collector_output& out) { out.gauge("third", "T.", 3); });
    callback const two{r, second, [] { return 2; }};
    r.add([](collector_output& out) { out.gauge("fourth", "F.", 4); });
    r.add(counter_spec{run_time, "a_total", "A."});
    r.add(counter_spec{run_time, "b_total", "B."});
    std::string names;
    for (auto const& family : testing::page(r).families())
        names += family.name + " ";
    CHECK(names == "a_total b_total first second third fourth iafmetrics_collector_errors_total ");
}

TEST_CASE("registry: a collector is read at each scrape")
{
    registry r;
    int reads = 0;
    r.add([&](collector_output& out) {
        out.gauge("pool_size", "Size.", std::int64_t{++reads});
        out.begin_counter("pool_waits_total", "Waits.");
        out.value({{"pool", "a\"b"}}, 2.5);
    });
    (void)exposition::text(r);
    CHECK(exposition::text(r) ==
          "# HELP pool_size Size.\n# TYPE pool_size gauge\npool_size 2\n"
          "# HELP pool_waits_total Waits.\n# TYPE pool_waits_total "
          "counter\npool_waits_total{pool=\"a\\\"b\"} 2.5\n"
          "# HELP iafmetrics_collector_errors_total Collectors that failed during a scrape.\n"
          "# TYPE iafmetrics_collector_errors_total counter\niafmetrics_collector_errors_total 0\n");
}

TEST_CASE("registry: a collector that throws costs its own families and is counted")
{
    registry r;
    r.add(orders);
    r.add([](collector_output& out) {
        out.gauge("before", "Shown.", 1.0);
        throw std::runtime_error("no database");
    });
    r.add([](collector_output& out) { out.gauge("after", "Shown.", 1.0); });
    std::string const page = exposition::text(r);
    for (char const* line :
         {"orders_total 0\n", "before 1\n", "after 1\n", "iafmetrics_collector_errors_total 1\n"})
        CHECK_MESSAGE(page.find(line) != std::string::npos, line);
    CHECK(page.find("no database") == std::string::npos);
}

TEST_CASE("registry: a collector cannot show a name twice or a name that breaks the grammar")
{
    registry r;
    r.add(orders);
    r.add([](collector_output& out) { out.counter("orders_total", "Again.", 5.0); });
    r.add([](collector_output& out) { out.gauge("two", "Two.", 1.0); });
    r.add([](collector_output& out) { out.gauge("two", "Two again.", 2.0); });
    r.add([](collector_output& out) { out.gauge("not a name", "Bad.", 2.0); });
    std::string const page = exposition::text(r);
    CHECK(page.find("Again") == std::string::npos);
    CHECK(page.find("two 2") == std::string::npos);
    CHECK(page.find("# TYPE not a name") == std::string::npos);
    CHECK(page.find("iafmetrics_series_refused{metric=\"not a name\",reason=\"a metric name must match "
                    "[a-zA-Z_:][a-zA-Z0-9_:]*\"} 1\n") != std::string::npos);
    CHECK(page.find("iafmetrics_collector_errors_total 3\n") != std::string::npos);
}

TEST_CASE("registry: a collector cannot show a label or a series twice or a sample without its family")
{
    registry r;
    r.add([](collector_output& out) {
        out.begin_gauge("first", "First.");
        out.value({{"a", "1"}, {"a", "2"}}, 1);
    });
    r.add([](collector_output& out) {
        out.begin_gauge("second", "Second.");
        out.value({{"a", "1"}}, 1);
        out.value({{"a", "1"}}, 2);
        out.gauge("third", "Third.", 4);
    });
    r.add([](collector_output& out) { out.value({{"lost", "1"}}, 3); });
    std::string const page = exposition::text(r);
    CHECK(page.find("first{") == std::string::npos);
    CHECK(page.find("second{a=\"1\"} 1\n") != std::string::npos);
    CHECK(page.find("second{a=\"1\"} 2\n") == std::string::npos);
    CHECK(page.find("\nthird 4\n") != std::string::npos);
    CHECK(page.find("lost") == std::string::npos);
    CHECK(page.find("iafmetrics_collector_errors_total 2\n") != std::string::npos);
    CHECK(page.find("iafmetrics_series_refused{metric=\"second\","
                    "reason=\"the page has a series of these labels already\"} 1\n") != std::string::npos);
}

TEST_CASE("registry: refused amounts are shown by metric, once there are any")
{
    registry r;
    auto& by_kind = r.add(counter_spec<"kind">{run_time, "sales_total", "Sales."});
    auto& waiting = r.add(wait);
    r.add(orders).increment();
    by_kind.with("a").increment(1);
    CHECK(exposition::text(r).find("iafmetrics_refused") == std::string::npos);
    by_kind.with("a").increment(-1);
    by_kind.with("b").increment(-0.5);
    waiting.observe(std::numeric_limits<double>::quiet_NaN());
    std::string const page = exposition::text(r);
    CHECK(page.ends_with("# TYPE iafmetrics_refused_amounts_total counter\n"
                         "iafmetrics_refused_amounts_total{metric=\"sales_total\"} 2\n"
                         "iafmetrics_refused_amounts_total{metric=\"wait_seconds\"} 1\n"));
    CHECK(page.find("sales_total{kind=\"a\"} 1\n") != std::string::npos);
}

TEST_CASE("registry: its own names are taken")
{
    registry r;
    for (char const* name : {"iafmetrics_collector_errors_total", "iafmetrics_refused_amounts_total",
                             "iafmetrics_series_dropped_total", "iafmetrics_series_refused"})
        CHECK_THROWS_AS(r.add(counter_spec{run_time, name, "Mine."}), registration_error);
    CHECK_THROWS_AS(r.add(gauge_spec{run_time, "iafmetrics_series_refused", "Mine."}), registration_error);
}

namespace {

/// A page that ends at its second line.
struct full_page final : visitor {
    void begin_family(family_header const&) override { write(); }
    void value(labels_view, number) override { write(); }
    void histogram(labels_view, histogram_snapshot const&) override { write(); }
    void summary(labels_view, summary_snapshot const&) override { write(); }
    void write()
    {
        if (++lines == 2) throw std::runtime_error("the disk is full");
    }
    int lines = 0;
};

}  // namespace

TEST_CASE("registry: a page that cannot be written is no collector's error")
{
    registry r;
    r.add([](collector_output& out) { out.gauge("pool_connections", "Connections.", 1); });
    full_page full;
    CHECK_THROWS_WITH(r.visit(full), "the disk is full");
    CHECK(exposition::text(r).find("iafmetrics_collector_errors_total 0\n") != std::string::npos);
}
