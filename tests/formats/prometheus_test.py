#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Debian's Prometheus scrapes observed_page in a format; what its API answers is what was observed."""

import http.server
import threading
import unittest
import urllib.request

import scraped


class OpenMetrics(scraped.ScrapedClassically):
    features = "exemplar-storage"

    def test_unit(self):
        self.assertEqual(self.ask("metadata")["shop_wait_seconds"][0]["unit"], "seconds")


class Protobuf(scraped.ScrapedNatively):
    features = "exemplar-storage,native-histograms"
    # Of a native histogram it stores one a scrape, that of the lowest classic bucket that has one.
    exemplars = scraped.NATIVE_EXEMPLARS | {"shop_payment_seconds": scraped.PAYMENTS[:1],
                                            "shop_queue_seconds": scraped.QUEUES[:1]}

    def test_unused_without_a_zero_bucket(self):
        """Taken for a classic one: this version does not look at spans."""
        self.assertEqual(self.ask("query", query="shop_unopened_seconds"), [])
        self.check_values({"shop_unopened_seconds_count": 0, 'shop_unopened_seconds_bucket{le="+Inf"}': 0})


class WithoutAccept(http.server.BaseHTTPRequestHandler):
    """Hands a scrape on without its Accept: Prometheus 2 takes text 0.0.4, but always asks for OpenMetrics first."""
    target = ""

    def do_GET(self):
        with urllib.request.urlopen(f"http://{self.target}{self.path}", timeout=10) as answer:
            page = answer.read()
            self.send_response(200)
            self.send_header("Content-Type", answer.headers["Content-Type"])
            self.end_headers()
            self.wfile.write(page)

    def log_message(self, *_):
        pass


class Text(scraped.ScrapedClassically):
    features = "exemplar-storage"
    exemplars = {}  # the format has none

    @classmethod
    def scraped_at(cls, target):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (WithoutAccept,), {"target": target}))
        cls.addClassCleanup(server.server_close)
        cls.addClassCleanup(server.shutdown)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        return f"127.0.0.1:{server.server_port}"


if __name__ == "__main__":
    unittest.main(verbosity=1)
