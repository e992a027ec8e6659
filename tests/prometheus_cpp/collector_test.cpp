// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/text.hpp>
#include <iafmetrics/prometheus_cpp/collector.hpp>

#include <doctest/doctest.h>
#include <prometheus/counter.h>
#include <prometheus/gauge.h>
#include <prometheus/histogram.h>
#if __has_include(<prometheus/info.h>)  // since 1.1; 1.3 is tested by make test-interop
#    include <prometheus/info.h>
#endif
#include <prometheus/registry.h>
#include <prometheus/summary.h>

#include <initializer_list>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

using namespace iafmetrics;
using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

namespace {

constexpr double not_a_number = std::numeric_limits<double>::quiet_NaN();
constexpr double infinity = std::numeric_limits<double>::infinity();

/// Shows what it is given.
struct fixed : prometheus::Collectable {
    explicit fixed(std::vector<MetricFamily> shown) : families(std::move(shown)) {}
    std::vector<MetricFamily> Collect() const override { return families; }
    std::vector<MetricFamily> families;
};

struct failing : prometheus::Collectable {
    std::vector<MetricFamily> Collect() const override { throw std::runtime_error("no"); }
};

using labels = std::vector<ClientMetric::Label>;

ClientMetric counter_of(double value, labels named = {})
{
    ClientMetric metric;
    metric.counter.value = value;
    metric.label = std::move(named);
    return metric;
}

ClientMetric histogram_of(std::vector<ClientMetric::Bucket> buckets, std::uint64_t count)
{
    ClientMetric metric;
    metric.histogram.bucket = std::move(buckets);
    metric.histogram.sample_count = count;
    return metric;
}

ClientMetric::Bucket bucket(double bound, std::uint64_t cumulative)
{
    ClientMetric::Bucket made;
    made.upper_bound = bound;
    made.cumulative_count = cumulative;
    return made;
}

ClientMetric summary_of(std::initializer_list<double> quantiles)
{
    ClientMetric metric;
    for (double const at : quantiles) {
        ClientMetric::Quantile quantile;
        quantile.quantile = at;
        metric.summary.quantile.push_back(quantile);
    }
    return metric;
}

MetricFamily theirs(std::string name, MetricType type, std::vector<ClientMetric> metrics)
{
    MetricFamily family;
    family.name = std::move(name);
    family.help = "Help.";
    family.type = type;
    family.metric = std::move(metrics);
    return family;
}

std::string page_of(std::vector<MetricFamily> families)
{
    registry r;
    r.add(prometheus_cpp::collector{std::make_shared<fixed>(std::move(families))});
    return exposition::text(r);
}

std::size_t times(std::string_view page, std::string_view part)
{
    std::size_t count = 0;
    for (std::size_t at = 0; (at = page.find(part, at)) != std::string_view::npos; at += part.size())
        ++count;
    return count;
}

bool shows(std::string_view page, std::string_view part) { return times(page, part) == 1; }

}  // namespace

TEST_CASE("prometheus_cpp collector: a prometheus::Registry comes out of our writer, every kind of it")
{
    auto const theirs = std::make_shared<prometheus::Registry>();
    prometheus::BuildCounter()
        .Name("jobs_total")
        .Help("Jobs\n\\.")
        .Register(*theirs)
        .Add({{"kind", "a\"b"}})
        .Increment(3);
    prometheus::BuildGauge().Name("heat_celsius").Register(*theirs).Add({}).Set(0.1 + 0.2);
    auto& wait = prometheus::BuildHistogram()
                     .Name("wait_seconds")
                     .Help("Waits.")
                     .Register(*theirs)
                     .Add({}, prometheus::Histogram::BucketBoundaries{.5, 1});
    wait.Observe(.7);
    wait.Observe(7);
    prometheus::BuildSummary()
        .Name("size_bytes")
        .Help("Sizes.")
        .Register(*theirs)
        .Add({}, prometheus::Summary::Quantiles{{.5, .01}})
        .Observe(4);

    registry r;
    r.add(prometheus_cpp::collector{theirs});
    CHECK(exposition::text(r) ==
          "# HELP jobs_total Jobs\\n\\\\.\n"
          "# TYPE jobs_total counter\n"
          "jobs_total{kind=\"a\\\"b\"} 3\n"
          "# HELP heat_celsius (registered without a help text)\n"
          "# TYPE heat_celsius gauge\n"
          "heat_celsius 0.30000000000000004\n"
          "# HELP wait_seconds Waits.\n"
          "# TYPE wait_seconds histogram\n"
          "wait_seconds_bucket{le=\"0.5\"} 0\n"
          "wait_seconds_bucket{le=\"1\"} 1\n"
          "wait_seconds_bucket{le=\"+Inf\"} 2\n"
          "wait_seconds_sum 7.7\n"
          "wait_seconds_count 2\n"
          "# HELP size_bytes Sizes.\n"
          "# TYPE size_bytes summary\n"
          "size_bytes{quantile=\"0.5\"} 4\n"
          "size_bytes_sum 4\n"
          "size_bytes_count 1\n"
          "# HELP iafmetrics_collector_errors_total Collectors that failed during a scrape.\n"
          "# TYPE iafmetrics_collector_errors_total counter\n"
          "iafmetrics_collector_errors_total 0\n");
}

#if __has_include(<prometheus/info.h>)
TEST_CASE("prometheus_cpp collector: an Info comes out as a gauge of 1 under its name and _info")
{
    auto const theirs = std::make_shared<prometheus::Registry>();
    prometheus::BuildInfo().Name("shop_build").Help("Built.").Register(*theirs).Add({{"version", "1.2"}});
    registry r;
    r.add(gauge_spec{run_time, "shop_build", "Not the same name."});
    r.add(prometheus_cpp::collector{theirs});
    CHECK(shows(exposition::text(r), "# HELP shop_build_info Built.\n"
                                     "# TYPE shop_build_info gauge\n"
                                     "shop_build_info{version=\"1.2\"} 1\n"));
}
#endif

TEST_CASE("prometheus_cpp collector: families of one name from several Collectables come out as one")
{
    auto const one = std::make_shared<fixed>(
        std::vector{theirs("jobs_total", MetricType::Counter, {counter_of(1, {{"from", "one"}})})});
    auto const two = std::make_shared<fixed>(
        std::vector{theirs("jobs_total", MetricType::Counter,
                           {counter_of(2, {{"from", "two"}}), counter_of(9, {{"from", "one"}})})});
    auto const three = std::make_shared<fixed>(
        std::vector{theirs("jobs_total", MetricType::Gauge, {counter_of(3), counter_of(4)})});

    registry r;
    r.add(prometheus_cpp::collector{one, two, three});
    std::string const page = exposition::text(r);
    CHECK(shows(page, "# TYPE jobs_total counter\n"
                      "jobs_total{from=\"one\"} 1\n"
                      "jobs_total{from=\"two\"} 2\n"));
    CHECK(times(page, "# TYPE jobs_total") == 1);
    CHECK(times(page, "from=\"one\"") == 1);
    CHECK(shows(page, "iafmetrics_series_refused{metric=\"jobs_total\","
                      "reason=\"the page has a family of this name with another type\"} 2\n"));
    CHECK(shows(page, "iafmetrics_series_refused{metric=\"jobs_total\","
                      "reason=\"the page has a series of these labels already\"} 1\n"));
}

TEST_CASE(
    "prometheus_cpp collector: what our registry shows is not shown again, nor a name that a histogram takes")
{
    registry r;
    r.add(counter_spec{run_time, "orders_total", "Ours."}).increment();
    r.add(histogram_spec{run_time, "wait_seconds", "Ours.", buckets{1}});
    r.add(prometheus_cpp::collector{std::make_shared<fixed>(
        std::vector{theirs("orders_total", MetricType::Counter, {counter_of(7)}),
                    theirs("wait_seconds_count", MetricType::Counter, {counter_of(7)}),
                    theirs("size_bytes", MetricType::Summary, {summary_of({})}),
                    theirs("size_bytes_sum", MetricType::Gauge, {counter_of(7)}),
                    theirs("late_sum", MetricType::Gauge, {counter_of(7)}),
                    theirs("late", MetricType::Histogram, {histogram_of({}, 7)})})});
    std::string const page = exposition::text(r);
    CHECK(shows(page, "orders_total 1\n"));
    CHECK(times(page, " 7\n") == 0);
    CHECK(shows(page, "late_sum 0\n"));
    CHECK(shows(page, "{metric=\"orders_total\",reason=\"the page has \\\"orders_total\\\" already; "));
    CHECK(shows(page, "{metric=\"wait_seconds_count\""));
    CHECK(shows(page, "{metric=\"size_bytes_sum\""));
    CHECK(shows(page, "{metric=\"late\",reason=\"the page has \\\"late_sum\\\" already; "));
}

TEST_CASE(
    "prometheus_cpp collector: a name that no reader accepts is refused with its reason, the rest is shown")
{
    std::vector<MetricFamily> families;
    std::vector<std::string> const bad_names{
        "", "1a", "a b", "a\nb 1", "a{b=\"c\"} 1 #", "\xFF", "__a", "a-b", std::string("a\0b", 3)};
    for (std::string const& name : bad_names)
        families.push_back(theirs(name, MetricType::Gauge, {counter_of(7)}));
    for (std::string const& name :
         {std::string(), std::string("le"), std::string("quantile"), std::string("__x"), std::string("a b"),
          std::string("a:b"), std::string("a=\"\n"), std::string("\xFF"), std::string("a\0b", 3)})
        families.push_back(theirs("labels_" + std::to_string(families.size()), MetricType::Counter,
                                  {counter_of(7, {{name, "v"}}), counter_of(1)}));
    families.push_back(
        theirs("twice", MetricType::Counter,
               {counter_of(7, {{"a", "1"}, {"a", "2"}}), counter_of(7, {{"a", "1"}, {"a", "1"}})}));
    std::string const page = page_of(families);
    CHECK(times(page, " 7\n") == 0);
    CHECK(times(page, "_total counter\n") == 1);   // the registry's own
    CHECK(times(page, " counter\nlabels_") == 9);  // the series that are right
    CHECK(times(page, "# TYPE twice") == 0);       // a family that lost all its series
    CHECK(times(page, "\niafmetrics_series_refused{") == bad_names.size() + 9 + 1);
    CHECK(times(page, "metric=\"\"") == 0);  // that would be no label at all
    CHECK(shows(page, "\niafmetrics_series_refused{metric=\"_unnamed\""));
    CHECK(page.find('\0') == std::string::npos);
}

TEST_CASE(
    "prometheus_cpp collector: the same labels in another order, or with an empty one, are the same series")
{
    std::string const page =
        page_of({theirs("jobs_total", MetricType::Counter,
                        {counter_of(1, {{"a", "1"}, {"b", "2"}}), counter_of(7, {{"b", "2"}, {"a", "1"}}),
                         counter_of(2, {{"a", ""}}), counter_of(7)})});
    CHECK(shows(page, "jobs_total{a=\"1\",b=\"2\"} 1\njobs_total{a=\"\"} 2\n#"));
    CHECK(shows(page, "reason=\"the page has a series of these labels already\"} 2\n"));
}

TEST_CASE("prometheus_cpp collector: texts are repaired and escaped")
{
    MetricFamily family = theirs("jobs_total", MetricType::Counter, {counter_of(1, {{"a", "x\xFF\n\"\\"}})});
    family.help = "H\xFF\n";
    std::string const page = page_of({family});
    CHECK(shows(page, "# HELP jobs_total H\xEF\xBF\xBD\\n\n"));
    CHECK(shows(page, "jobs_total{a=\"x\xEF\xBF\xBD\\n\\\"\\\\\"} 1\n"));
}

TEST_CASE("prometheus_cpp collector: numbers that a type cannot have are refused, others are written out")
{
    std::string const page =
        page_of({theirs("a_total", MetricType::Counter, {counter_of(-1), counter_of(not_a_number)}),
                 theirs("b_total", MetricType::Counter, {counter_of(infinity)}),
                 theirs("c", MetricType::Untyped, {[] {
                            ClientMetric metric;
                            metric.untyped.value = not_a_number;
                            return metric;
                        }()})});
    CHECK(shows(page, "metric=\"a_total\",reason=\"a counter is neither negative nor NaN\"} 2\n"));
    CHECK(shows(page, "\nb_total +Inf\n"));
    CHECK(shows(page, "# TYPE c untyped\nc NaN\n"));
}

TEST_CASE("prometheus_cpp collector: buckets and quantiles that are none are refused")
{
    std::string const page = page_of({
        theirs("whole", MetricType::Histogram,
               {histogram_of({bucket(1, 2), bucket(2, 2), bucket(infinity, 3)}, 99)}),
        theirs("open", MetricType::Histogram, {histogram_of({bucket(1, 2)}, 3)}),
        theirs("none", MetricType::Histogram, {histogram_of({}, 3)}),
        theirs("descends", MetricType::Histogram, {histogram_of({bucket(1, 2), bucket(2, 1)}, 3)}),
        theirs("too_few", MetricType::Histogram, {histogram_of({bucket(1, 2)}, 1)}),
        theirs("unsorted", MetricType::Histogram, {histogram_of({bucket(2, 1), bucket(1, 1)}, 1)}),
        theirs("same", MetricType::Histogram, {histogram_of({bucket(1, 1), bucket(1, 1)}, 1)}),
        theirs("no_number", MetricType::Histogram, {histogram_of({bucket(not_a_number, 1)}, 1)}),
        theirs("early", MetricType::Histogram, {histogram_of({bucket(infinity, 1), bucket(1, 1)}, 1)}),
        theirs("below", MetricType::Histogram, {histogram_of({bucket(-infinity, 1)}, 1)}),
        theirs("quantiles", MetricType::Summary, {summary_of({0, .5, 1})}),
        theirs("percent", MetricType::Summary, {summary_of({50})}),
        theirs("negative", MetricType::Summary, {summary_of({-.5})}),
        theirs("not_one", MetricType::Summary, {summary_of({not_a_number})}),
        theirs("repeated", MetricType::Summary, {summary_of({.5, .5})}),
    });
    CHECK(shows(page, "whole_bucket{le=\"1\"} 2\nwhole_bucket{le=\"2\"} 2\nwhole_bucket{le=\"+Inf\"} 3\n"
                      "whole_sum 0\nwhole_count 3\n"));
    CHECK(shows(page, "open_bucket{le=\"1\"} 2\nopen_bucket{le=\"+Inf\"} 3\nopen_sum 0\nopen_count 3\n"));
    CHECK(shows(page, "none_bucket{le=\"+Inf\"} 3\n"));
    CHECK(shows(page,
                "quantiles{quantile=\"0\"} 0\nquantiles{quantile=\"0.5\"} 0\nquantiles{quantile=\"1\"} 0\n"));
    for (char const* refused : {"descends", "too_few", "unsorted", "same", "no_number", "early", "below",
                                "percent", "negative", "not_one", "repeated"}) {
        CAPTURE(refused);
        CHECK(shows(page, "iafmetrics_series_refused{metric=\"" + std::string(refused) + "\""));
        CHECK(times(page, "# TYPE " + std::string(refused) + " ") == 0);
    }
}

TEST_CASE("prometheus_cpp collector: a Collectable that throws costs its own families and is counted")
{
    registry r;
    r.add(prometheus_cpp::collector{
        std::make_shared<failing>(),
        std::make_shared<fixed>(std::vector{theirs("jobs_total", MetricType::Counter, {counter_of(1)})})});
    std::string const page = exposition::text(r);
    CHECK(shows(page, "jobs_total 1\n"));
    CHECK(shows(page, "iafmetrics_collector_errors_total 1\n"));
}

TEST_CASE("prometheus_cpp collector: the list of what is refused is bounded")
{
    std::vector<MetricFamily> families;
    for (int i = 0; i != 150; ++i)
        families.push_back(theirs("bad name " + std::to_string(i), MetricType::Gauge, {counter_of(1)}));
    std::string const page = page_of(families);
    CHECK(times(page, "\niafmetrics_series_refused{") == 101);
    CHECK(shows(page, "iafmetrics_series_refused{metric=\"_other\",reason=\"_other\"} 50\n"));
}

TEST_CASE("prometheus_cpp collector: a null Collectable is refused where it is given")
{
    std::shared_ptr<prometheus::Registry> const none;
    CHECK_THROWS_WITH_AS(iafmetrics::prometheus_cpp::collector{none}, doctest::Contains("must not be null"),
                         iafmetrics::registration_error);
}
