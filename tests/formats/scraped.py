# SPDX-License-Identifier: Apache-2.0
"""What a Prometheus that scrapes observed_page must answer: its tests import this module, each a class for a format."""

import collections
import json
import math
import sys
import unittest
import urllib.parse
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "rules"))
from page import served  # noqa: E402
from servers import started, wait_until  # noqa: E402

# What observed_page observes.
VALUES = {
    'shop_orders_total{kind="book"}': 42,
    'shop_orders_total{kind="a \\"quoted\\\\name\\"\\n"}': 7,
    "shop_paid_euros_total": 12.5,
    "shop_temperature_celsius": -3.25,
    "shop_visitors": 5,
    'shop_build_info{version="1.2.3"}': 1,
    'shop_phase{shop_phase="open"}': 1,
    'shop_phase{shop_phase="closed"}': 0,
    'shop_wait_seconds_bucket{path="/",le="0.5"}': 1,
    'shop_wait_seconds_bucket{path="/",le=~"1|1.0"}': 2,
    'shop_wait_seconds_bucket{path="/",le=~"10|10.0"}': 2,
    'shop_wait_seconds_bucket{path="/",le="+Inf"}': 3,
    'shop_wait_seconds_count{path="/"}': 3,
    'shop_wait_seconds_sum{path="/"}': 61,
    'shop_size_bytes_count{path="/"}': 3,
    'shop_size_bytes_sum{path="/"}': 4161,
    "shop_silence_seconds_count": 0,
    "shop_silence_seconds_sum": 0,
    'shop_till_readings{key="drawer"}': -1.5,
    'shop_visits{door_side="left"}': 3,  # shop.visits
}
QUANTILES = {  # each within 1 %
    'shop_size_bytes{path="/",quantile=~"0|0.0"}': 1,
    'shop_size_bytes{path="/",quantile="0.5"}': 64,
    'shop_size_bytes{path="/",quantile=~"1|1.0"}': 4096,
}
CLASSIC = {  # of native histograms where the format has no such thing
    'shop_latency_seconds_bucket{le="+Inf"}': 7,
    "shop_unused_seconds_count": 0,
    "shop_unopened_seconds_count": 0,
    'shop_payment_seconds_bucket{le="+Inf"}': 3,
    'shop_queue_seconds_bucket{le="0.5"}': 1,
    'shop_queue_seconds_bucket{le=~"1|1.0"}': 2,
    'shop_queue_seconds_bucket{le=~"10|10.0"}': 2,
    'shop_queue_seconds_bucket{le="+Inf"}': 3,
    "shop_queue_seconds_sum": 61,
    'shop_reduced_seconds_bucket{le="+Inf"}': 12,
}
NATIVE = {  # by name: what was observed, and the schema that it has in the end
    "shop_latency_seconds": ([.25, 1, 1, 1.01, 100, 0, -2], 3),
    "shop_payment_seconds": ([.25, 100, 4], 3),
    "shop_queue_seconds": ([.25, .75, 60], 3),
    "shop_reduced_seconds": ([2 ** i for i in range(9)] + [math.inf, -math.inf, math.nan], -3),
}
PAYMENTS = [({"trace_id": "591785b794601e212b260e25925636fd"}, 4), ({"trace_id": "b1946ac92492d2347c6235b4d2611184"}, 100)]
QUEUES = [({"trace_id": "6f1ed002ab5595859014ebf0951522d9"}, .75), ({"trace_id": "3e25960a79dbc69b674cd4ec67a72c62"}, 60)]
EXEMPLARS = {  # by selector: labels and value of each, by ascending value
    "shop_orders_total": [({"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}, 1)],
    'shop_wait_seconds_bucket{le=~"1|1.0"}': [
        ({"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"}, .75)],
}
CLASSIC_EXEMPLARS = EXEMPLARS | {  # a bucket has one: of those in +Inf, the newest
    'shop_payment_seconds_bucket{le="+Inf"}': PAYMENTS[:1],
    'shop_queue_seconds_bucket{le="0.5"}': [],
    'shop_queue_seconds_bucket{le=~"1|1.0"}': QUEUES[:1],
    'shop_queue_seconds_bucket{le="+Inf"}': QUEUES[1:],
}
NATIVE_EXEMPLARS = EXEMPLARS | {"shop_payment_seconds": PAYMENTS, "shop_queue_seconds": QUEUES}
TYPES = {"shop_orders_total": "counter", "shop_temperature_celsius": "gauge", "shop_wait_seconds": "histogram",
         "shop_size_bytes": "summary", "shop_till_readings": "unknown"}


class Scraped(unittest.TestCase):
    program = "prometheus"
    features = ""
    scrape = {}  # settings of the scrape
    values = VALUES
    exemplars = {}

    @classmethod
    def setUpClass(cls):
        target = cls.scraped_at(served(cls))
        configuration = {"global": {"scrape_interval": "1s", "scrape_timeout": "1s"},
                         "scrape_configs": [{"job_name": "shop", "static_configs": [{"targets": [target]}], **cls.scrape}]}
        cls.prometheus = started(cls, cls.program, json.dumps(configuration), "storage.tsdb.path",
                                 f"--enable-feature={cls.features}")

        def is_up():
            found = cls.ask("query", query='up{job="shop"}')
            return found and float(found[0]["value"][1]) == 1

        wait_until(is_up, 30, "the page is scraped")

    @classmethod
    def scraped_at(cls, target):
        return target

    @classmethod
    def ask(cls, what, **parameters):
        answer = json.loads(cls.prometheus.ask(f"/api/v1/{what}?{urllib.parse.urlencode(parameters)}"))
        return answer["data"]["result"] if what == "query" else answer["data"]

    def test_values(self):
        self.check_values(self.values)

    def check_values(self, values):
        for selector, expected in values.items():
            found = self.ask("query", query=selector)
            self.assertEqual([float(series["value"][1]) for series in found], [expected], selector)

    def test_quantiles(self):
        for selector, exact in QUANTILES.items():
            [series] = self.ask("query", query=selector)
            self.assertAlmostEqual(float(series["value"][1]), exact, delta=exact / 100, msg=selector)
        [series] = self.ask("query", query='shop_silence_seconds{quantile="0.5"}')
        self.assertEqual(series["value"][1], "NaN")

    def test_exemplars(self):
        def stored(selector):
            found = self.ask("query_exemplars", query=selector, start=0, end=4e9)
            exemplars = [(each["labels"], float(each["value"])) for series in found for each in series["exemplars"]]
            return sorted(exemplars, key=lambda exemplar: exemplar[1])

        for selector, expected in self.exemplars.items():
            if expected:
                wait_until(lambda: stored(selector), 10, selector)
            self.assertEqual(stored(selector), expected, selector)

    def test_metadata(self):
        told = self.ask("metadata")
        for name, kind in TYPES.items():
            # OpenMetrics and Prometheus 2 name the family of a counter without its suffix.
            entries = told.get(name) or told.get(name.removesuffix("_total"))
            self.assertEqual([entry["type"] for entry in entries], [kind], name)


def buckets_of(values, schema):
    """As the API shows them: from the lowest, with what includes its bounds (0 the upper, 1 the lower, 3 both). The bucket
    behind that of the largest double has the infinities; NaN is in none."""
    def upper(index):
        exponent = index / 2 ** schema
        return 2 ** exponent if exponent < 1024 else sys.float_info.max if exponent == 1024 else math.inf

    counts = collections.Counter()
    for value in values:
        if math.isnan(value):
            continue
        if abs(value) <= 2 ** -128:
            counts[(3, -(2 ** -128), 2 ** -128)] += 1
            continue
        index = math.ceil(1024 * 2 ** schema) + 1 if math.isinf(value) else math.ceil(math.log2(abs(value)) * 2 ** schema)
        bounds = sorted(math.copysign(upper(at), value) for at in (index - 1, index))
        counts[(0 if value > 0 else 1, *bounds)] += 1
    return sorted(([*key, count] for key, count in counts.items()), key=lambda bucket: bucket[1])


class ScrapedClassically(Scraped):
    """By a format that has no native histograms."""
    exemplars = CLASSIC_EXEMPLARS

    def test_classic(self):
        self.check_values(CLASSIC)


class ScrapedNatively(Scraped):
    """By a format that has native histograms."""
    exemplars = NATIVE_EXEMPLARS

    def test_native(self):
        for name, (values, schema) in NATIVE.items():
            [series] = self.ask("query", query=name)
            found = series["histogram"][1]
            self.assertEqual(float(found["count"]), len(values), name)
            self.assertEqual(repr(float(found["sum"])), repr(float(sum(values))), name)  # nan too
            expected = buckets_of(values, schema)
            self.assertEqual(len(found["buckets"]), len(expected), name)
            for [kind, *numbers], [expected_kind, *expected_numbers] in zip(found["buckets"], expected):
                self.assertEqual(kind, expected_kind, name)
                for number, wanted in zip(map(float, numbers), expected_numbers):
                    self.assertTrue(math.isclose(number, wanted, rel_tol=1e-12), f"{name}: {number} for {wanted}")

    def test_unused(self):
        self.check_unused("shop_unused_seconds")

    def check_unused(self, name):
        [series] = self.ask("query", query=name)
        self.assertEqual((series["histogram"][1]["count"], series["histogram"][1]["sum"]), ("0", "0"))
