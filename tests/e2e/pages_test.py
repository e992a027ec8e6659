# SPDX-License-Identifier: Apache-2.0
"""The pages as others read them: promtool's linter, and the parser of Prometheus' own Python client."""

import gzip
import subprocess
import unittest

from prometheus_client.parser import text_string_to_metric_families
from running import Running

SERVICES = ("apiserver", "mcpserver", "controller")

# The one exemption: a gauge with a counter's suffix, kept because IAF's dashboards ask for this name.
EXEMPT = 'iaf_source_store_bytes_total non-counter metrics should not have "_total" suffix'


def parsed(page):
    """(name, labels) -> value, and name -> help text."""
    values, helps = {}, {}
    for family in text_string_to_metric_families(page):
        helps[family.name] = family.documentation
        for sample in family.samples:
            key = (sample.name, frozenset(sample.labels.items()))
            assert key not in values, f"twice: {key}"
            values[key] = sample.value
    return values, helps


class Pages(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.run_ = Running().__enter__()
        cls.addClassCleanup(cls.run_.__exit__)
        cls.run_.wait_until_shown()

    def test_promtool_finds_nothing_but_the_one_exemption(self):
        for service in SERVICES:
            with self.subTest(service):
                done = subprocess.run(["promtool", "check", "metrics"], input=self.run_.page(service), text=True,
                                      capture_output=True, timeout=30)
                lints = (done.stdout + done.stderr).splitlines()
                self.assertEqual([lint for lint in lints if lint != EXEMPT], [])

    def test_the_python_client_reads_every_sample(self):
        for service in SERVICES:
            with self.subTest(service):
                page = self.run_.page(service)
                values, helps = parsed(page)
                lines = [line for line in page.splitlines() if line and not line.startswith("#")]
                self.assertEqual(len(values), len(lines))
                self.assertTrue(all(helps.values()), helps)
                self.assertIn(("process_resident_memory_bytes", frozenset()), values)

    def test_a_compressed_page_has_the_same_series(self):
        for service in SERVICES:
            with self.subTest(service):
                status, headers, body = self.run_.request(f"{service} metrics", "GET", "/metrics",
                                                          headers={"Accept-Encoding": "gzip"})
                self.assertEqual((status, headers["Content-Encoding"]), (200, "gzip"))
                self.assertEqual(parsed(gzip.decompress(body).decode())[0].keys(),
                                 parsed(self.run_.page(service))[0].keys())


if __name__ == "__main__":
    unittest.main(verbosity=2)
