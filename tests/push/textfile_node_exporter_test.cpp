// SPDX-License-Identifier: Apache-2.0
#include <iafmetrics/exposition/textfile.hpp>
#include <iafmetrics/iafmetrics.hpp>

#include <doctest/doctest.h>

#include "../integration/temporary_directory.hpp"
#include "gateway_under_test.hpp"

#include <cstdint>
#include <string>

using iafmetrics::exposition::write_textfile;

TEST_CASE("write_textfile: node-exporter's textfile collector shows it")
{
    test::temporary_directory const directory;
    iafmetrics::registry registry;
    iafmetrics::registry part = registry.sub({.labels = {{"batch", "nightly"}}});
    auto& rows = part.add(iafmetrics::gauge_spec{iafmetrics::run_time, "batch_rows", "Rows \\ by\nall."});
    rows.set(7);
    part.add(iafmetrics::histogram_spec{iafmetrics::run_time, "batch_step_seconds", "Steps.",
                                        iafmetrics::buckets{1}})
        .observe(.5);
    part.add(iafmetrics::counter_spec<"why">{iafmetrics::run_time, "batch_refused_total", "Refused."})
        .with("a \"b\" \\ \n")
        .increment();
    REQUIRE(write_textfile(registry, directory.path("nightly.prom")));

    test::child exporter{{"/usr/bin/prometheus-node-exporter", "--web.listen-address=127.0.0.1:0",
                          "--collector.disable-defaults", "--collector.textfile",
                          "--collector.textfile.directory=" + directory.path("")}};
    auto const port =
        static_cast<std::uint16_t>(std::stoul(exporter.after("msg=\"Listening on\" address=127.0.0.1:")));
    std::string page = test::get(port, "/metrics");
    auto const shows = [&](std::string const& line) {
        return page.find('\n' + line + '\n') != std::string::npos;
    };
    CHECK(shows("batch_rows{batch=\"nightly\"} 7"));
    CHECK(shows("batch_step_seconds_bucket{batch=\"nightly\",le=\"1\"} 1"));
    CHECK(shows("batch_refused_total{batch=\"nightly\",why=\"a \\\"b\\\" \\\\ \\n\"} 1"));
    CHECK(shows("node_textfile_scrape_error 0"));

    rows.set(8);
    REQUIRE(write_textfile(registry, directory.path("nightly.prom")));
    page = test::get(port, "/metrics");
    CHECK(shows("batch_rows{batch=\"nightly\"} 8"));
    CHECK(shows("node_textfile_scrape_error 0"));
}
