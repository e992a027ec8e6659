#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""observed_page in protobuf, as protoc decodes it by metrics.proto: no field is unknown, and each value is the one observed."""

import time
import unittest
import urllib.request

from page import served
from protobuf_reader import labels, read
from scraped import PAYMENTS, QUEUES

ACCEPT = "application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;encoding=delimited"


class Decoded(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        request = urllib.request.Request(f"http://{served(cls)}/metrics", headers={"Accept": ACCEPT})
        with urllib.request.urlopen(request, timeout=10) as answer:
            cls.kind = answer.headers["Content-Type"]
            cls.families = {family["name"][0]: family for family in read(answer.read())}

    def metrics(self, name, kind):
        family = self.families[name]
        self.assertEqual(family["type"], [kind.upper()])
        return {tuple(sorted(labels(metric).items())): metric[kind][0] for metric in family["metric"]}

    def test_content_type(self):
        self.assertEqual(self.kind.replace(" ", ""), ACCEPT)

    def test_no_field_is_unknown(self):
        def names(message):
            for name, values in message.items():
                yield name
                for value in values:
                    if isinstance(value, dict):
                        yield from names(value)

        for family in self.families.values():
            self.assertEqual([name for name in names(family) if name.rstrip(":").isdigit()], [])

    def test_counter(self):
        found = self.metrics("shop_orders_total", "counter")
        book = found[(("kind", "book"),)]
        self.assertEqual(book["value"], ["42"])
        [exemplar] = book["exemplar"]
        self.assertEqual((labels(exemplar), exemplar["value"]), ({"trace_id": "4bf92f3577b34da6a3ce929d0e0e4736"}, ["1"]))
        for when in (exemplar["timestamp"][0], book["created_timestamp"][0]):
            self.assertLess(abs(int(when["seconds"][0]) - time.time()), 60)
        self.assertEqual(found[(("kind", 'a "quoted\\name"\n'),)]["value"], ["7"])
        self.assertEqual(self.metrics("shop_paid_euros_total", "counter")[()]["value"], ["12.5"])

    def test_gauge(self):
        self.assertEqual(self.metrics("shop_temperature_celsius", "gauge")[()]["value"], ["-3.25"])
        self.assertEqual(self.families["shop_temperature_celsius"]["unit"], ["celsius"])
        self.assertEqual(self.metrics("shop_visitors", "gauge")[()]["value"], ["5"])

    def test_info_and_state_set(self):
        self.assertEqual(self.metrics("shop_build_info", "gauge"), {(("version", "1.2.3"),): {"value": ["1"]}})
        self.assertEqual(self.metrics("shop_phase", "gauge"), {(("shop_phase", "open"),): {"value": ["1"]},
                                                               (("shop_phase", "closed"),): {"value": ["0"]}})

    def test_histogram(self):
        wait = self.metrics("shop_wait_seconds", "histogram")[(("path", "/"),)]
        self.assertEqual((wait["sample_count"], wait["sample_sum"]), (["3"], ["61"]))
        self.assertEqual([(bucket["upper_bound"], bucket["cumulative_count"]) for bucket in wait["bucket"]],
                         [(["0.5"], ["1"]), (["1"], ["2"]), (["10"], ["2"])])
        [exemplar] = wait["bucket"][1]["exemplar"]
        self.assertEqual(labels(exemplar), {"trace_id": "0af7651916cd43dd8448eb211c80319c", "span_id": "b7ad6b7169203331"})
        self.assertNotIn("schema", wait)

    def test_summary(self):
        size = self.metrics("shop_size_bytes", "summary")[(("path", "/"),)]
        self.assertEqual((size["sample_count"], size["sample_sum"]), (["3"], ["4161"]))
        self.assertEqual([quantile["quantile"] for quantile in size["quantile"]], [["0"], ["0.5"], ["1"]])
        for quantile, exact in zip(size["quantile"], (1, 64, 4096)):
            self.assertAlmostEqual(float(quantile["value"][0]), exact, delta=exact / 100)
        self.assertLess(abs(int(size["created_timestamp"][0]["seconds"][0]) - time.time()), 60)
        [silence] = self.metrics("shop_silence_seconds", "summary").values()
        self.assertEqual((silence["sample_count"], silence["quantile"]), (["0"], [{"quantile": ["0.5"], "value": ["nan"]}]))

    def test_unknown(self):
        self.assertEqual(self.metrics("shop_till_readings", "untyped"), {(("key", "drawer"),): {"value": ["-1.5"]}})

    def test_native_histogram(self):
        latency = self.metrics("shop_latency_seconds", "histogram")[()]
        self.assertEqual((latency["sample_count"], latency["schema"], latency["zero_count"]), (["7"], ["3"], ["1"]))
        self.assertEqual(latency["negative_span"], [{"offset": ["8"], "length": ["1"]}])
        self.assertEqual(latency["negative_delta"], ["1"])
        # .25 in bucket -16, 1 twice in 0, 1.01 in 1, 100 in 54
        self.assertEqual(latency["positive_span"], [{"offset": ["-16"], "length": ["1"]}, {"offset": ["15"], "length": ["2"]},
                                                    {"offset": ["52"], "length": ["1"]}])
        self.assertEqual(latency["positive_delta"], ["1", "1", "-1", "0"])
        self.assertNotIn("bucket", latency)

    def exemplars(self, message):
        return sorted((float(each["value"][0]), labels(each)["trace_id"]) for each in message.get("exemplar", []))

    def test_native_exemplars(self):
        payment = self.metrics("shop_payment_seconds", "histogram")[()]
        by_value = [(value, found["trace_id"]) for found, value in PAYMENTS]
        self.assertEqual(self.exemplars({"exemplar": payment["exemplars"]}), by_value)
        [infinity] = payment["bucket"]  # for who finds exemplars in buckets alone
        self.assertEqual((infinity["upper_bound"], infinity["cumulative_count"]), (["inf"], ["3"]))
        self.assertEqual(self.exemplars(infinity), by_value[:1])

    def test_classic_buckets_beside_native_ones(self):
        queue = self.metrics("shop_queue_seconds", "histogram")[()]
        self.assertEqual([(one["upper_bound"], one["cumulative_count"]) for one in queue["bucket"]],
                         [(["0.5"], ["1"]), (["1"], ["2"]), (["10"], ["2"]), (["inf"], ["3"])])
        middle, last = [(value, found["trace_id"]) for found, value in QUEUES]
        self.assertEqual([self.exemplars(one) for one in queue["bucket"]], [[], [middle], [], [last]])
        self.assertEqual(self.exemplars({"exemplar": queue["exemplars"]}), [middle, last])
        # .25 in bucket -16, .75 in -3, 60 in 48
        self.assertEqual(queue["positive_span"], [{"offset": [offset], "length": ["1"]} for offset in ("-16", "12", "50")])
        self.assertEqual(queue["positive_delta"], ["1", "0", "0"])

    def test_reduced(self):
        reduced = self.metrics("shop_reduced_seconds", "histogram")[()]
        self.assertEqual((reduced["sample_count"], reduced["sample_sum"], reduced["schema"], reduced["zero_count"]),
                         (["12"], ["nan"], ["-3"], ["0"]))
        # 1 in bucket 0, 2 to 256 in 1, the infinities behind that of the largest double, which is 128, and NaN in none
        self.assertEqual(reduced["positive_span"], [{"offset": ["0"], "length": ["2"]}, {"offset": ["127"], "length": ["1"]}])
        self.assertEqual(reduced["positive_delta"], ["1", "7", "-7"])
        self.assertEqual(reduced["negative_span"], [{"offset": ["129"], "length": ["1"]}])
        self.assertEqual(reduced["negative_delta"], ["1"])

    def test_unused_native_histograms_tell_that_they_are(self):
        for name in ("shop_unused_seconds", "shop_unopened_seconds"):
            unused = self.metrics(name, "histogram")[()]
            self.assertNotIn("bucket", unused)
            self.assertEqual(float(unused["zero_threshold"][0]) == 0, "positive_span" in unused, name)


unittest.main(verbosity=1)
