#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""observed_page in every format as readpage reads it: what is there is what was observed."""

import json
import math
import os
import re
import subprocess
import sys
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "formats"))
from page import served  # noqa: E402
from scraped import CLASSIC, CLASSIC_EXEMPLARS, NATIVE, NATIVE_EXEMPLARS, VALUES, buckets_of  # noqa: E402


class Selector:
    """name{label="value",label=~"one|other"}; what it does not name may have any value."""

    def __init__(self, text):
        self.name, _, labels = text.partition("{")
        self.matchers = re.findall(r'(\w+)(=~|=)"((?:\\.|[^"\\])*)"', labels)

    def matches(self, labels):
        def is_same(name, operator, value):
            wanted = value.split("|") if operator == "=~" else [re.sub(r"\\(.)", lambda m: {"n": "\n"}.get(m[1], m[1]), value)]
            return labels.get(name) in wanted

        return labels["__name__"] == self.name and all(is_same(*matcher) for matcher in self.matchers)


def page_of(target, accept, reader="parsers"):
    read = subprocess.run([os.environ["READPAGE"], reader, f"http://{target}/metrics", accept], capture_output=True, text=True,
                          timeout=20)
    if read.returncode:
        raise AssertionError(read.stderr)
    return json.loads(read.stdout)


class Read(unittest.TestCase):
    reader = "parsers"
    accept = ""
    counts_natively = False
    has_exemplars = True
    has_starts = False

    @classmethod
    def setUpClass(cls):
        cls.page = page_of(served(cls), cls.accept, cls.reader)

    def find(self, selector):
        return [series for series in self.page["series"] if Selector(selector).matches(series["labels"])]

    def test_content_type(self):
        self.assertTrue(self.page["content_type"].replace(" ", "").startswith(self.accept.replace(" ", "")), self.page["content_type"])

    def test_values(self):
        for selector, value in (VALUES if self.counts_natively else VALUES | CLASSIC).items():
            self.assertEqual([float(series["value"]) for series in self.find(selector)], [value], selector)

    def test_exemplars(self):
        for selector, expected in (NATIVE_EXEMPLARS if self.counts_natively else CLASSIC_EXEMPLARS).items():
            found = [(each["labels"], each["value"]) for series in self.find(selector) for each in series.get("exemplars", [])]
            found.sort(key=lambda exemplar: exemplar[1])
            self.assertEqual(found, expected if self.has_exemplars else [], selector)

    def test_native(self):
        def shown(bound):
            return "+Inf" if math.isinf(bound) else f"{abs(bound):.9g}"

        for name, (values, schema) in NATIVE.items():
            if not self.counts_natively:
                self.assertEqual(self.find(name), [])
                continue
            [series] = self.find(name)
            self.assertEqual((series["count"], series["schema"]), (len(values), schema), name)
            self.assertEqual(repr(float(series["sum"])), repr(float(sum(values))), name)  # nan too
            expected = [(f"{'-' if high <= 0 else ''}{shown(low)} {shown(high)}", count)
                        for _, low, high, count in buckets_of(values, schema)]
            self.assertEqual([(bucket["bounds"], bucket["count"]) for bucket in series["buckets"]], expected, name)

    def test_declared_buckets_beside_native_ones(self):
        if self.counts_natively:
            for bound, count in (("0.5", 1), ("1|1.0", 2), ("10|10.0", 2), ("+Inf", 3)):
                [series] = self.find(f'shop_queue_seconds_bucket{{le=~"{bound}"}}')
                self.assertEqual(float(series["value"]), count, bound)

    def test_starts(self):
        counters = self.find("shop_orders_total")
        self.assertEqual([bool(series.get("start")) for series in counters], [self.has_starts] * len(counters))


class Text(Read):
    accept = "text/plain; version=0.0.4"
    has_exemplars = False


class OpenMetrics(Read):
    accept = "application/openmetrics-text; version=1.0.0"


class OpenMetrics2(Read):
    accept = "application/openmetrics-text; version=2.0.0"
    counts_natively = True
    has_starts = True


class Protobuf(Read):
    accept = "application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited"
    counts_natively = True
    has_starts = True


class Utf8Names(unittest.TestCase):
    """What observed_page has under names that need quotes, to a scraper that asks for them."""

    reader = "parsers"

    def check(self, accept, counts_natively=False):
        page = page_of(served(type(self)), accept + "; escaping=allow-utf-8", self.reader)
        self.assertTrue(page["content_type"].startswith(accept), page["content_type"])
        self.assertIn("escaping=allow-utf-8", page["content_type"])
        side = {"door.side": "left"}
        duration, queue = "shop.visit.duration", "shop.queue größe"
        expected = [({"__name__": "shop.visits", **side, 'straße "\\\n=,}': 'x\n"\\ ä'}, 3),
                    ({"__name__": duration + "_bucket", **side, "le": "0.5"}, 1),
                    ({"__name__": duration + "_bucket", **side, "le": "+Inf"}, 1),
                    ({"__name__": duration + "_count", **side}, 1),
                    ({"__name__": duration + "_sum", **side}, .25)]
        if not counts_natively:
            expected += [({"__name__": queue + "_bucket", **side, "le": "+Inf"}, 1),
                         ({"__name__": queue + "_count", **side}, 1),
                         ({"__name__": queue + "_sum", **side}, .25)]
        found = [series for series in page["series"] if series["labels"].get("door.side")]
        self.assertCountEqual([(each["labels"], float(each["value"])) for each in found if "value" in each], expected)
        native = [(each["labels"], each["count"], float(each["sum"])) for each in found if "value" not in each]
        self.assertEqual(native, [({"__name__": queue, **side}, 1, .25)] if counts_natively else [])
        # In OpenMetrics 1.0 a counter without _total is unknown.
        kind = "unknown" if "openmetrics-text; version=1" in accept else "counter"
        self.assertEqual((page["types"]["shop.visits"], page["types"][queue]), (kind, "histogram"))
        self.assertEqual(page["helps"]["shop.visits"], "Visits.")

    def test_text(self):
        self.check("text/plain; version=1.0.0")

    def test_openmetrics(self):
        self.check("application/openmetrics-text; version=1.0.0")

    def test_openmetrics_2(self):
        self.check("application/openmetrics-text; version=2.0.0", counts_natively=True)

    def test_protobuf(self):
        self.check("application/vnd.google.protobuf; proto=io.prometheus.client.MetricFamily; encoding=delimited", counts_natively=True)


class Expfmt(unittest.TestCase):
    """What it does not read, as docs/formats.md says; the classes below are what it does."""

    def test_openmetrics(self):
        target = served(type(self))
        for accept, error in ((OpenMetrics.accept, "expected integer as timestamp, got \"#\""),  # an exemplar
                              (OpenMetrics2.accept, "not supported for decoding")):
            with self.assertRaisesRegex(AssertionError, error):
                page_of(target, accept, "expfmt")


class ExpfmtText(Text):
    reader = "expfmt"


class ExpfmtProtobuf(Protobuf):
    reader = "expfmt"


class ExpfmtUtf8Names(Utf8Names):
    reader = "expfmt"
    test_openmetrics = test_openmetrics_2 = None


del Read
if __name__ == "__main__":
    unittest.main(verbosity=2)
