// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/callback.hpp>
#include <iafmetrics/claimable.hpp>
#include <iafmetrics/exposition/page.hpp>
#include <iafmetrics/iafmetrics.hpp>

#include <doctest/doctest.h>

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

using namespace iafmetrics;
using exposition::escaping_scheme;

namespace {

inline constexpr histogram_spec<"http.route", "plain"> duration{
    "http.server.request.duration", "Requests.", buckets{1.}, utf8_names{"OpenTelemetry's names"}};

constexpr utf8_names any_name{"a test"};

/// The page that a scraper gets who accepts that, without the times at which series began.
std::string answer(registry const& r, std::string_view accept)
{
    exposition::accepted_formats asked{exposition::written_formats};
    asked.read(accept);
    std::string page;
    exposition::write_page(r, asked.best(), [&](std::string_view piece) { page += piece; });
    for (std::size_t at = 0; (at = page.find(" st@")) != std::string::npos;)
        page.erase(at, page.find('\n', at) - at);
    return page;
}

/// The labels and names that a page of protobuf has, one behind the other.
bool has_text(std::string const& page, std::string_view text)
{
    return page.find(static_cast<char>(text.size()) + std::string(text)) != std::string::npos;
}

}  // namespace

TEST_CASE("utf8_names: a scraper that asks for them gets the names as they are, in quotes")
{
    registry r;
    r.add(duration).with("/", "a\"b").observe(.5);
    CHECK(answer(r, "text/plain;version=1.0.0;escaping=allow-utf-8") ==
          "# HELP \"http.server.request.duration\" Requests.\n"
          "# TYPE \"http.server.request.duration\" histogram\n"
          "{\"http.server.request.duration_bucket\",\"http.route\"=\"/\",plain=\"a\\\"b\",le=\"1\"} 1\n"
          "{\"http.server.request.duration_bucket\",\"http.route\"=\"/\",plain=\"a\\\"b\",le=\"+Inf\"} 1\n"
          "{\"http.server.request.duration_sum\",\"http.route\"=\"/\",plain=\"a\\\"b\"} 0.5\n"
          "{\"http.server.request.duration_count\",\"http.route\"=\"/\",plain=\"a\\\"b\"} 1\n");
    CHECK(answer(r, "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8") ==
          "# TYPE \"http.server.request.duration\" histogram\n"
          "# HELP \"http.server.request.duration\" Requests.\n"
          "{\"http.server.request.duration_bucket\",\"http.route\"=\"/\",plain=\"a\\\"b\",le=\"1.0\"} 1\n"
          "{\"http.server.request.duration_bucket\",\"http.route\"=\"/\",plain=\"a\\\"b\",le=\"+Inf\"} 1\n"
          "{\"http.server.request.duration_count\",\"http.route\"=\"/\",plain=\"a\\\"b\"} 1\n"
          "{\"http.server.request.duration_sum\",\"http.route\"=\"/\",plain=\"a\\\"b\"} 0.5\n"
          "# EOF\n");
    CHECK(answer(r, "application/openmetrics-text;version=2.0.0;escaping=allow-utf-8") ==
          "# TYPE \"http.server.request.duration\" histogram\n"
          "# HELP \"http.server.request.duration\" Requests.\n"
          "{\"http.server.request.duration\",\"http.route\"=\"/\",plain=\"a\\\"b\"} "
          "{count:1,sum:0.5,bucket:[1.0:1,+Inf:1]}\n"
          "# EOF\n");
    std::string const protobuf =
        answer(r, "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                  "encoding=delimited;escaping=allow-utf-8");
    CHECK(has_text(protobuf, "http.server.request.duration"));
    CHECK(has_text(protobuf, "http.route"));
    CHECK(has_text(protobuf, "plain"));
    CHECK(has_text(protobuf, "a\"b"));
}

TEST_CASE("utf8_names: every other scraper gets them escaped as it asks, with underscores where it does not")
{
    registry r;
    r.add(counter_spec<"http.route", "a">{run_time, "http.requests", "Requests.", any_name}).with("/", "b");
    auto const line_of = [&](std::string_view accept) {
        std::string const page = answer(r, accept);
        std::size_t const at = page.rfind('\n', page.size() - (page.ends_with("# EOF\n") ? 8 : 2)) + 1;
        return page.substr(at, page.find('\n', at) - at);
    };
    CHECK(exposition::text(r) == "# HELP http_requests Requests.\n# TYPE http_requests counter\n"
                                 "http_requests{http_route=\"/\",a=\"b\"} 0\n");
    for (std::string_view const type :
         {"text/plain;version=0.0.4", "text/plain;version=1.0.0",
          "application/openmetrics-text;version=1.0.0", "application/openmetrics-text;version=2.0.0"}) {
        CAPTURE(type);
        CHECK(line_of(type) == "http_requests{http_route=\"/\",a=\"b\"} 0");
        CHECK(line_of(std::string(type) + ";escaping=dots") ==
              "http_dot_requests{http_dot_route=\"/\",a=\"b\"} 0");
        CHECK(line_of(std::string(type) + ";escaping=values") ==
              "U__http_2e_requests{U__http_2e_route=\"/\",a=\"b\"} 0");
    }
    std::string const protobuf = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
                                 "encoding=delimited";
    CHECK(has_text(answer(r, protobuf), "http_requests"));
    CHECK(has_text(answer(r, protobuf), "http_route"));
    CHECK(has_text(answer(r, protobuf + ";escaping=values"), "U__http_2e_requests"));
    CHECK(has_text(answer(r, protobuf + ";escaping=values"), "U__http_2e_route"));
}

TEST_CASE("utf8_names: a name may have quotes, line feeds and letters of any script")
{
    registry r;
    r.add(gauge_spec<"straße \"\\\n=,}">{run_time, "größe\n\"\\", "Size.", any_name}).with("v").set(1);
    r.add(gauge_spec{run_time, "plain", "Plain."}).set(2);
    CHECK(answer(r, "text/plain;version=1.0.0;escaping=allow-utf-8") ==
          "# HELP \"größe\\n\\\"\\\\\" Size.\n# TYPE \"größe\\n\\\"\\\\\" gauge\n"
          "{\"größe\\n\\\"\\\\\",\"straße \\\"\\\\\\n=,}\"=\"v\"} 1\n"
          "# HELP plain Plain.\n# TYPE plain gauge\nplain 2\n");
    CHECK(exposition::text(r).find("gr__e___{stra_e_______=\"v\"} 1\n") != std::string::npos);
    CHECK(has_text(exposition::protobuf(r, escaping_scheme::allow_utf8), "straße \"\\\n=,}"));
    CHECK(has_text(exposition::protobuf(r, escaping_scheme::allow_utf8), "größe\n\"\\"));
}

TEST_CASE("utf8_names: OpenMetrics 1.0 has _total inside the quotes, and a counter without it is unknown")
{
    registry r;
    r.add(counter_spec{run_time, "http.requests_total", "Requests.", any_name});
    r.add(counter_spec{run_time, "http.errors", "Errors.", any_name});
    CHECK(
        exposition::openmetrics(r, {.names = escaping_scheme::allow_utf8}) ==
        "# TYPE \"http.requests\" counter\n# HELP \"http.requests\" Requests.\n{\"http.requests_total\"} 0\n"
        "# TYPE \"http.errors\" unknown\n# HELP \"http.errors\" Errors.\n{\"http.errors\"} 0\n"
        "# EOF\n");
}

TEST_CASE("utf8_names: a lookup finds its series, also where a name has fewer characters than bytes")
{
    registry r;
    auto& family = r.add(counter_spec<"größe.a", "b">{run_time, "aö.x", "X.", any_name});
    family.with("1", "2").increment();
    family.with("1", "2").increment();
    family.with("1", "\"").increment();
    family.with("1", "\"").increment();
    CHECK(family.find("1", "2")->value().as_double() == 2);
    CHECK(exposition::text(r).find("\na__x{gr__e_a=\"1\",b=\"2\"} 2\na__x{gr__e_a=\"1\",b=\"\\\"\"} 2\n") !=
          std::string::npos);
    registry shard = r.sub({.prefix = "iaf_", .labels = {{"shard", "7"}}});
    shard.add(counter_spec<"größe.a", "b">{run_time, "aö.x", "X.", any_name}).with(1, 2).increment();
    CHECK(exposition::text(r, escaping_scheme::allow_utf8)
              .find("{\"iaf_aö.x\",shard=\"7\",\"größe.a\"=\"1\",b=\"2\"} 1\n") != std::string::npos);
}

TEST_CASE("utf8_names: callbacks and claimable series have them too")
{
    registry r;
    callback const shown{r, gauge_spec<"pool.name">{run_time, "pool.size", "Size.", any_name},
                         label_values{"main"}, [] { return 3; }};
    auto& sessions =
        r.add(claimable<gauge_spec<"session.id">>{run_time, "session.memory", "Memory.", any_name});
    auto const mine = sessions.claim("x");
    mine->set(7);
    std::string const page = exposition::text(r, escaping_scheme::allow_utf8);
    CHECK(page.find("{\"pool.size\",\"pool.name\"=\"main\"} 3\n") != std::string::npos);
    CHECK(page.find("{\"session.memory\",\"session.id\"=\"x\"} 7\n") != std::string::npos);
    CHECK(page.find("\niafmetrics_collector_errors_total 0\n") != std::string::npos);
}

TEST_CASE("utf8_names: no page shows two metrics under one name")
{
    auto const refuses = [](std::string_view first, std::string_view second) {
        registry r;
        r.add(histogram_spec{run_time, first, "A.", any_name});
        CHECK_THROWS_AS((void)r.add(gauge_spec{run_time, second, "B.", any_name}), registration_error);
        registry other;
        other.add(gauge_spec{run_time, second, "B.", any_name});
        CHECK_THROWS_AS((void)other.add(histogram_spec{run_time, first, "A.", any_name}), registration_error);
    };
    refuses("a.b", "a_b");
    refuses("a.b", "a-b");
    refuses("a.b", "a_b_count");
    refuses("a.b", "a.b_sum");
    refuses("a.b", "a_dot_b");
    refuses("a.b", "U__a_2e_b_bucket");
    registry r;
    r.add(gauge_spec{run_time, "a.b", "A.", any_name});
    r.add(gauge_spec{run_time, "a.c", "A.", any_name});
    CHECK_THROWS_WITH((void)r.add(gauge_spec{run_time, "a-b", "A.", any_name}),
                      doctest::Contains("other names, which a page may show as the same"));
}

TEST_CASE("utf8_names: what no scraper could tell apart or read is refused")
{
    registry r;
    CHECK_THROWS_AS((gauge_spec{run_time, "a\xFF", "A.", any_name}), registration_error);
    CHECK_THROWS_AS((gauge_spec{run_time, "", "A.", any_name}), registration_error);
    CHECK_THROWS_AS((gauge_spec{run_time, "..a", "A.", any_name}), registration_error);
    CHECK_THROWS_AS((gauge_spec{run_time, "a.b", "A.", utf8_names{""}}), registration_error);
    CHECK_THROWS_AS((gauge_spec<"a.b", "a-b">{run_time, "a", "A.", any_name}), registration_error);
    CHECK_THROWS_AS((gauge_spec<".-a">{run_time, "a", "A.", any_name}), registration_error);
    CHECK_THROWS_AS((void)r.add(gauge_spec<"a.b", "a_dot_b">{run_time, "a", "A.", any_name}),
                    registration_error);
    CHECK_THROWS_AS(
        (void)r.sub({.labels = {{"a_b", "c"}}}).add(gauge_spec<"a.b">{run_time, "a", "A.", any_name}),
        registration_error);
    CHECK_THROWS_AS((gauge_spec{run_time, "a.b", "A."}), registration_error);
}

TEST_CASE("utf8_names: quoted labels are read back")
{
    std::vector<std::string> read;
    labels_view("a=\"1\",\"b.\\\"c=\"=\"2,\\n\",d=\"\"")
        .for_each([&](std::string_view name, std::string_view value) {
            read.emplace_back(name);
            read.emplace_back(value);
        });
    CHECK(read == std::vector<std::string>{"a", "1", "b.\"c=", "2,\n", "d", ""});
}
