#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""observed_page in OpenMetrics 2.0, read by the grammar of its specification (2.0.0-rc0): each value is the one observed."""

import re
import sys
import time
import unittest
import urllib.request

from page import served
from scraped import PAYMENTS, QUEUES

ACCEPT = "application/openmetrics-text;version=2.0.0"

REAL = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[-+]?\d+)?"
NUMBER = rf"(?:{REAL}|[-+]?Inf|NaN)"
NAME = r"[a-zA-Z_:][a-zA-Z0-9_:]*"
QUOTED = r'"(?:[^\\"\n]|\\[n"\\])*"'
LABEL = rf"(?:[a-zA-Z_][a-zA-Z0-9_]*|{QUOTED})={QUOTED}"
LABELS = rf"\{{(?:{LABEL}(?:,{LABEL})*)?\}}"
SPANS = r"\[-?\d+:\d+(?:,\d+:\d+)*\]"
COUNTS = rf"\[{NUMBER}(?:,{NUMBER})*\]"
NATIVE = (rf"schema:-?\d+,zero_threshold:{REAL},zero_count:{NUMBER}"
          rf"(?:,negative_spans:{SPANS},negative_buckets:{COUNTS})?(?:,positive_spans:{SPANS},positive_buckets:{COUNTS})?")
CLASSIC = rf"bucket:\[(?:{REAL}:{NUMBER},)*\+Inf:{NUMBER}\]"
QUANTILES = rf"quantile:\[(?:{REAL}:{NUMBER}(?:,{REAL}:{NUMBER})*)?\]"
COMPOSITE = rf"\{{count:{NUMBER},sum:{NUMBER},(?:{NATIVE}(?:,{CLASSIC})?|{CLASSIC}|{QUANTILES})\}}"
EXEMPLAR = rf" # {LABELS} {NUMBER} {REAL}"
TITLE = rf"({NAME})({LABELS})?|\{{({QUOTED})((?:,{LABEL})*)\}}"
SAMPLE = re.compile(rf"(?:{TITLE}) ({NUMBER}|{COMPOSITE})(?: st@({REAL}))?((?:{EXEMPLAR})*)")
HEAD = re.compile(rf"# (TYPE|UNIT|HELP) ({NAME}|{QUOTED}) ((?:[^\\\n]|\\[n\"\\])*)")
TYPES = ("counter", "gauge", "histogram", "gaugehistogram", "stateset", "info", "summary", "unknown")


def unescaped(text):
    return re.sub(r"\\(.)", lambda found: {"n": "\n"}.get(found[1], found[1]), text)


def unquoted(name):
    return unescaped(name[1:-1]) if name.startswith('"') else name


def labels(text):
    escaped = re.findall(rf"({NAME}|{QUOTED})=({QUOTED})", text or "")
    return {unquoted(name): unquoted(value) for name, value in escaped}


def composite(text):
    """Field by field, lists as lists; a pair in one keeps its colon."""
    fields = re.findall(r"(\w+):(\[[^\]]*\]|[^,\[\]{}]+)", text)
    return {name: value[1:-1].split(",") if value.startswith("[") else value for name, value in fields}


def read(page):
    """By name: type, unit, and samples of labels, value, start, exemplars. Heads stand before samples and families apart."""
    lines = page.split("\n")
    assert lines[-2:] == ["# EOF", ""], lines[-2:]
    families, current = {}, None
    for line in lines[:-2]:
        head = HEAD.fullmatch(line)
        sample = SAMPLE.fullmatch(line)
        assert head or sample, line
        name = unquoted(head[2] if head else sample[1] or sample[3])
        if name != current:
            assert name not in families, line
            families[name] = {"samples": []}
            current = name
        family = families[name]
        if head:
            assert not family["samples"] and head[1] not in family, line
            assert head[1] != "TYPE" or head[3] in TYPES, line
            family[head[1]] = unescaped(head[3])
        else:
            value = composite(sample[5]) if sample[5].startswith("{") else float(sample[5])
            exemplars = re.findall(rf" # ({LABELS}) ({NUMBER}) ({REAL})", sample[7])
            family["samples"].append((labels(sample[2] or sample[4]), value, sample[6] and float(sample[6]),
                                      [(labels(text), float(number), float(at)) for text, number, at in exemplars]))
    return families


class OpenMetrics2(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.began = time.time()
        request = urllib.request.Request(f"http://{served(cls)}/metrics", headers={"Accept": ACCEPT})
        with urllib.request.urlopen(request, timeout=20) as answer:
            cls.content_type = answer.headers["Content-Type"]
            cls.families = read(answer.read().decode())

    def samples(self, name, kind, starts=False):
        family = self.families[name]
        self.assertEqual(family["TYPE"], kind)
        for _, _, start, _ in family["samples"]:
            self.assertEqual(start is not None, starts)
            if starts:
                self.assertLess(abs(start - self.began), 30)
        return family["samples"]

    def only(self, name, kind, starts=False):
        [(_, value, _, exemplars)] = self.samples(name, kind, starts)
        return value, exemplars

    def test_the_content_type_names_the_version(self):
        self.assertEqual(self.content_type, "application/openmetrics-text; version=2.0.0; charset=utf-8")

    def test_counters(self):
        orders = self.samples("shop_orders_total", "counter", starts=True)
        self.assertEqual([(one[0], one[1]) for one in orders],
                         [({"kind": "book"}, 42), ({"kind": 'a "quoted\\name"\n'}, 7)])
        [(trace, amount, at)] = orders[0][3]
        self.assertEqual((trace, amount), ({"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}, 1))
        self.assertLess(abs(at - self.began), 30)
        self.assertEqual(self.only("shop_paid_euros_total", "counter", starts=True), (12.5, []))

    def test_gauges_info_and_state_set(self):
        self.assertEqual(self.only("shop_temperature_celsius", "gauge")[0], -3.25)
        self.assertEqual(self.families["shop_temperature_celsius"]["UNIT"], "celsius")
        self.assertEqual(self.only("shop_visitors", "gauge")[0], 5)
        self.assertEqual(self.samples("shop_build_info", "info"), [({"version": "1.2.3"}, 1, None, [])])
        self.assertEqual([(one[0], one[1]) for one in self.samples("shop_phase", "stateset")],
                         [({"shop_phase": "open"}, 1), ({"shop_phase": "closed"}, 0)])

    def test_summaries(self):
        [(names, value, _, _)] = self.samples("shop_size_bytes", "summary", starts=True)
        self.assertEqual((names, value["count"], value["sum"]), ({"path": "/"}, "3", "4161"))
        quantiles = [one.split(":") for one in value["quantile"]]
        self.assertEqual([place for place, _ in quantiles], ["0.0", "0.5", "1.0"])
        for (_, found), exact in zip(quantiles, (1, 64, 4096), strict=True):
            self.assertAlmostEqual(float(found), exact, delta=exact / 100)
        silence, _ = self.only("shop_silence_seconds", "summary", starts=True)
        self.assertEqual(silence, {"count": "0", "sum": "0", "quantile": ["0.5:NaN"]})

    def test_an_unknown(self):
        self.assertEqual(self.samples("shop_till_readings", "unknown"), [({"key": "drawer"}, -1.5, None, [])])

    def test_a_classic_histogram(self):
        value, exemplars = self.only("shop_wait_seconds", "histogram", starts=True)
        self.assertEqual(value, {"count": "3", "sum": "61", "bucket": ["0.5:1", "1.0:2", "10.0:2", "+Inf:3"]})
        [(trace, observed, _)] = exemplars
        self.assertEqual(trace, {"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"})
        self.assertEqual(observed, .75)

    def test_native_histograms(self):
        value, _ = self.only("shop_latency_seconds", "histogram", starts=True)
        base = 2 ** 2 ** -int(value["schema"])
        found = []
        for side, sign in (("negative", -1), ("positive", 1)):
            index, counts = 0, iter(value[side + "_buckets"])
            for span in value[side + "_spans"]:
                offset, length = map(int, span.split(":"))
                index += offset
                for _ in range(length):
                    found.extend([(sign, index)] * int(next(counts)))
                    index += 1
            self.assertEqual(list(counts), [])
        for observed, (sign, index) in zip([-2, .25, 1, 1, 1.01, 100], found, strict=True):
            self.assertEqual(sign, -1 if observed < 0 else 1)
            self.assertLess(base ** (index - 1) * (1 - 1e-9), abs(observed))
            self.assertLessEqual(abs(observed), base ** index * (1 + 1e-9))
        self.assertEqual((value["count"], value["zero_count"]), ("7", "1"))
        self.assertAlmostEqual(float(value["sum"]), 101.26)
        self.assertNotIn("bucket", value)
        for name in ("shop_unused_seconds", "shop_unopened_seconds"):
            unused, _ = self.only(name, "histogram", starts=True)
            self.assertEqual((unused["count"], "positive_spans" in unused, "negative_spans" in unused), ("0", False, False))

    def test_native_histograms_with_exemplars_and_with_buckets(self):
        def found(exemplars):
            return sorted(((trace, observed) for trace, observed, _ in exemplars), key=lambda exemplar: exemplar[1])

        payment, exemplars = self.only("shop_payment_seconds", "histogram", starts=True)
        self.assertEqual((payment["count"], payment["positive_spans"], "bucket" in payment), ("3", ["-16:1", "31:1", "37:1"], False))
        self.assertEqual(found(exemplars), PAYMENTS)
        queue, exemplars = self.only("shop_queue_seconds", "histogram", starts=True)
        self.assertEqual(queue["bucket"], ["0.5:1", "1.0:2", "10.0:2", "+Inf:3"])
        self.assertEqual((queue["positive_spans"], queue["positive_buckets"]), (["-16:1", "12:1", "50:1"], ["1", "1", "1"]))
        self.assertEqual(found(exemplars), QUEUES)

    def test_a_reduced_native_histogram(self):
        value, _ = self.only("shop_reduced_seconds", "histogram", starts=True)
        self.assertEqual(value, {"count": "12", "sum": "NaN", "schema": "-3", "zero_threshold": "2.938735877055719e-39",
                                 "zero_count": "0", "negative_spans": ["129:1"], "negative_buckets": ["1"],
                                 "positive_spans": ["0:2", "127:1"], "positive_buckets": ["1", "8", "1"]})


if __name__ == "__main__":
    sys.exit(unittest.main())
