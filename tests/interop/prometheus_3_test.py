#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Prometheus 3 scrapes observed_page in each format that it can ask for; what its API answers is what was observed."""

import os
import sys
import time
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "formats"))
import scraped  # noqa: E402

FEATURES = "exemplar-storage,openmetrics2"
STARTS = ",st-storage,use-start-timestamps,promql-experimental-functions"
UNDERSCORES = scraped.VALUES
QUOTED = {selector: value for selector, value in UNDERSCORES.items() if not selector.startswith("shop_visit")} | {
    '{"shop.visits","door.side"="left"}': 3,
    '{"shop.visits","straße \\"\\\\\\n=,}"="x\\n\\"\\\\ ä"}': 3,
    '{"shop.visit.duration_bucket","door.side"="left",le="0.5"}': 1,
    '{"shop.visit.duration_count","door.side"="left"}': 1,
    '{"shop.visit.duration_sum","door.side"="left"}': .25,
}


class Text(scraped.ScrapedClassically):
    program = os.environ["PROMETHEUS_3"]
    features = FEATURES
    scrape = {"scrape_protocols": ["PrometheusText0.0.4"]}
    exemplars = {}  # the format has none


class QuotedText(Text):
    scrape = {"scrape_protocols": ["PrometheusText1.0.0"]}
    values = QUOTED


class OpenMetrics(scraped.ScrapedClassically):
    """Which it asks for by default."""
    program = os.environ["PROMETHEUS_3"]
    features = FEATURES
    values = QUOTED

    def test_unit(self):
        self.assertEqual(self.ask("metadata")["shop_wait_seconds"][0]["unit"], "seconds")


class Protobuf(scraped.ScrapedNatively):
    program = os.environ["PROMETHEUS_3"]
    features = FEATURES + STARTS
    scrape = {"scrape_native_histograms": True}
    values = UNDERSCORES  # it asks for quoted names in texts alone

    def test_unit(self):
        self.assertEqual(self.ask("metadata")["shop_wait_seconds"][0]["unit"], "seconds")

    def test_unused_without_a_zero_bucket(self):
        self.check_unused("shop_unopened_seconds")

    def test_starts(self):
        for selector in ("shop_orders_total", "shop_latency_seconds", 'shop_wait_seconds_count{path="/"}'):
            found = self.ask("query", query=f"start_timestamp({selector})")
            self.assertTrue(found, selector)
            for series in found:
                self.assertLess(abs(float(series["value"][1]) - time.time()), 60, selector)


class OpenMetrics2(Protobuf):
    scrape = {"scrape_native_histograms": True, "scrape_protocols": ["OpenMetricsText2.0.0"]}
    values = QUOTED


if __name__ == "__main__":
    unittest.main(verbosity=1)
