# SPDX-License-Identifier: Apache-2.0
"""After n requests of known kinds Prometheus answers exactly n for each series: no more, no fewer, no others."""

import collections
import http.client
import json
import unittest

from running import Running, ports

SESSIONS = "/api/v1/sessions"
SESSION = SESSIONS + "/{session}"
APPLICATIONS = SESSION + "/applications"
APPLICATION = APPLICATIONS + "/{name}"
SOURCE_OF = APPLICATION + "/source"


class Counts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.run_ = Running("--no-burst").__enter__()
        cls.addClassCleanup(cls.run_.__exit__)
        cls.run_.wait_until_shown()
        cls.sent = collections.Counter()

    def send(self, times, status, method, route, body=None, answer_is_json=True, **names):
        """Sends requests of one kind, checks their status, and counts what Prometheus has to answer."""
        for _ in range(times):
            got, headers, text = self.run_.request("apiserver", method, route.format(**names), body)
            self.assertEqual(got, status, f"{method} {route}: {text}")
        if status >= 400:
            error = json.loads(text)["error"]
            self.assertEqual(error["status"], status)
            self.assertTrue(error["reason"])
        self.sent[method, route, str(status)] += times
        return headers, json.loads(text) if text else None

    def counted(self, metric, labels):
        return {tuple(sample[label] for label in labels): value
                for sample, value in self.run_.prometheus.query(f"{metric}_count > 0")}

    def test_the_api_is_counted_by_method_and_route_and_status(self):
        session = self.send(3, 201, "POST", SESSIONS, {})[1]["id"]
        self.send(7, 200, "GET", SESSIONS)
        self.send(5, 200, "GET", SESSION, session=session)
        self.send(2, 404, "GET", SESSION, session="000000000000")
        self.send(4, 400, "POST", SESSIONS, b'{"broken')
        self.send(1, 201, "POST", APPLICATIONS, {"name": "a", "image": "i"}, session=session)
        self.send(1, 201, "POST", APPLICATIONS, {"name": "b", "image": "i", "port": 9000}, session=session)
        self.send(3, 409, "POST", APPLICATIONS, {"name": "a", "image": "i"}, session=session)
        self.send(2, 400, "POST", APPLICATIONS, {"name": "c", "colour": "red"}, session=session)
        self.send(2, 400, "POST", APPLICATIONS, {"name": "c", "port": "http"}, session=session)
        self.send(2, 422, "POST", APPLICATIONS, {"name": "c", "image": "i", "port": 65536}, session=session)
        self.send(6, 200, "GET", APPLICATIONS, session=session)
        self.send(6, 200, "GET", APPLICATION, session=session, name="a")
        self.send(2, 200, "PUT", APPLICATION, {"replicas": 2}, session=session, name="a")
        self.send(2, 200, "PUT", SOURCE_OF, b"archive", session=session, name="a")
        self.send(2, 413, "POST", SESSIONS, b" " * (2 << 20))
        headers, _ = self.send(3, 405, "PATCH", SESSIONS)
        self.assertLessEqual({"GET", "POST"}, set(headers["Allow"].replace(" ", "").split(",")))
        self.send(1, 204, "DELETE", APPLICATION, session=session, name="b")
        self.send(2, 404, "DELETE", APPLICATION, session=session, name="b")
        self.send(1, 204, "DELETE", SESSION, session=session)
        for path in ("/", "/nope", "/api/v2/sessions"):
            self.assertEqual(self.run_.request("apiserver", "GET", path)[0], 404)
            self.sent["GET", "unmatched", "404"] += 1

        self.run_.wait_for_scrape()
        self.assertEqual(self.counted("iaf_api_request_duration_seconds", ("method", "path", "status")),
                         dict(self.sent))
        created = self.run_.prometheus.value('iaf_sessions_total{job="iaf-apiserver"}')
        self.assertEqual(created, self.sent["POST", SESSIONS, "201"])
        self.assertEqual(self.run_.prometheus.value('iaf_source_store_bytes_total{job="iaf-apiserver"}'), len(b"archive"))

    def test_tool_calls_are_counted_by_route(self):
        message = {"jsonrpc": "2.0", "id": 1, "method": "tools/list"}
        accept = {"Accept": "application/json, text/event-stream"}
        for _ in range(5):
            status, _, text = self.run_.request("mcpserver", "POST", "/mcp", message, accept)
            self.assertEqual(status, 200, text)
        self.run_.wait_for_scrape()
        answered = self.counted("http_request_duration_seconds", ("method", "route", "status_code"))
        self.assertEqual(answered, {("POST", "/mcp", "200"): 5})


class Strangers(unittest.TestCase):
    """Requests that nobody asked for cannot make the page grow."""

    PATHS, METHODS, MOST_LINES = 20_000, 500, 12

    def test_unknown_paths_and_invented_methods_add_at_most_twelve_lines(self):
        with Running("--no-burst") as running:
            running.wait_for("starting  ")
            before = self.samples(running)
            connection = http.client.HTTPConnection(ports.ADDRESS, running.ports["apiserver"], timeout=20)
            statuses = collections.Counter()

            def send(method, path):
                connection.request(method, path)
                answer = connection.getresponse()
                answer.read()
                statuses[answer.status] += 1

            for i in range(self.PATHS):
                send("GET", f"/unknown/{i}")
            for i in range(self.METHODS):
                send(f"INVENTED{i}", f"/invented/{i}")
            connection.close()
            self.assertLessEqual(set(statuses), {400, 404, 405, 501}, statuses)
            after = self.samples(running)
            self.assertLessEqual(len(after - before), self.MOST_LINES, sorted(after - before)[:20])
            # And all of them were counted.
            self.assertEqual(self.total(running), self.PATHS + self.METHODS)

    @staticmethod
    def samples(running):
        return {line.rpartition(" ")[0] for line in running.page("apiserver").splitlines() if not line.startswith("#")}

    @staticmethod
    def total(running):
        return sum(float(line.rpartition(" ")[2]) for line in running.page("apiserver").splitlines()
                   if line.startswith("iaf_api_request_duration_seconds_count"))


if __name__ == "__main__":
    unittest.main(verbosity=2)
