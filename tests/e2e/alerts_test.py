# SPDX-License-Identifier: Apache-2.0
"""From what goes wrong to who is told: the programs, Debian's Prometheus and Alertmanager, and a receiver.

Substituted, so that it takes seconds: each rule's `for` is 4 seconds, each target is scraped every 2, and Alertmanager
waits for nothing before it sends. Expressions, windows, routes, groups and inhibitions are the real ones.
"""

import json
import re
import shutil
import subprocess
import tempfile
import threading
import unittest
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from running import BUILD, SOURCE, end_with_parent, ports, wait_until

from runner import alertmanager
from runner.prometheus import Prometheus, configuration

WAITS = {"group_wait": "0s", "group_interval": "1s"}
NAMES = ("localkube", "apiserver", "apiserver metrics", "mcpserver", "mcpserver metrics", "controller metrics",
         "controller health", "prometheus", "alertmanager", "receiver", "shop")


class Shop:
    """A service whose requests the test makes up; its metrics are those of standard.hpp."""

    def __init__(self, port):
        self.program = subprocess.Popen([BUILD / "tests/rules/observed_requests"], stdin=subprocess.PIPE,
                                        stdout=subprocess.PIPE, text=True, preexec_fn=end_with_parent)
        self.lock = threading.Lock()
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                page = shop.page().encode()
                self.send_response(200)
                self.send_header("Content-Type", "text/plain; version=0.0.4")
                self.end_headers()
                self.wfile.write(page)

            def log_message(self, *_):
                pass

        self.server = ThreadingHTTPServer((ports.ADDRESS, port), Handler)
        self.server.daemon_threads = True
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def say(self, text):
        self.program.stdin.write(text + "\n")
        self.program.stdin.flush()

    def answer(self, status, count):
        with self.lock:
            self.say(f"{status} {count}")

    def page(self):
        with self.lock:
            self.say("page")
            return "".join(iter(self.program.stdout.readline, "\n"))

    def stop(self):
        self.server.shutdown()
        self.server.server_close()
        self.program.stdin.close()
        self.program.stdout.close()
        self.program.wait(10)


class Alerting(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.folder = Path(cls.enterClassContext(tempfile.TemporaryDirectory()))
        first = ports.free_block()
        cls.ports = {name: first + i for i, name in enumerate(NAMES)}
        cls.receiver = alertmanager.Receiver(cls.at("receiver"))
        cls.addClassCleanup(cls.receiver.stop)
        cls.shop = Shop(cls.ports["shop"])
        cls.addClassCleanup(cls.shop.stop)
        kubernetes = ["--kubernetes", f"http://{cls.at('localkube')}"]
        cls.start(cls.program("localkube"), "--address", ports.ADDRESS, "--port", str(cls.ports["localkube"]))
        wait_until(lambda: not ports.is_free(cls.ports["localkube"]), 20, "localkube")
        cls.start(cls.program("controller"), *kubernetes, "--metrics-bind-address", cls.at("controller metrics"),
                  "--health-probe-bind-address", cls.at("controller health"))
        cls.start(cls.program("mcpserver"), *kubernetes, *cls.addresses("mcpserver"))
        cls.apiserver = cls.start_apiserver()
        cls.start(shutil.which("prometheus-alertmanager"), "--config.file=" + cls.file(
            "alertmanager.yml", alertmanager.configuration(SOURCE / "manifests/alertmanager/alertmanager.yml",
                                                           cls.at("receiver"), WAITS)),
            f"--storage.path={cls.folder}/alertmanager", f"--web.listen-address={cls.at('alertmanager')}",
            "--cluster.listen-address=", "--log.level=error")
        rules = [cls.file(file.name, re.sub(r"(?m)^( +for: )\w+$", r"\g<1>4s", file.read_text()))
                 for file in sorted((SOURCE / "manifests/rules").glob("*.rules.yml"))]
        targets = {f"iaf-{name}": cls.at(f"{name} metrics") for name in ("apiserver", "mcpserver", "controller")}
        cls.prometheus = Prometheus(cls.at("prometheus"))
        cls.start(shutil.which("prometheus"), "--config.file=" + cls.file(
            "prometheus.yml", configuration({**targets, "shop": cls.at("shop")}, rules, cls.at("alertmanager"))),
            f"--storage.tsdb.path={cls.folder}/prometheus", f"--web.listen-address={cls.at('prometheus')}",
            "--rules.alert.resend-delay=2s", "--log.level=error")
        wait_until(lambda: not cls.prometheus.not_up([*targets, "shop"]), 60, "all targets up")
        # Before the first scrape all were absent.
        wait_until(lambda: cls.prometheus.query('ALERTS{alertname="Watchdog"}') and not
                   cls.prometheus.query('ALERTS{alertname="IafServiceDown"}'), 60, "nothing is down")

    @classmethod
    def at(cls, name):
        return f"{ports.ADDRESS}:{cls.ports[name]}"

    @classmethod
    def addresses(cls, name):
        return ["--address", ports.ADDRESS, "--port", str(cls.ports[name]),
                "--metrics-address", ports.ADDRESS, "--metrics-port", str(cls.ports[f"{name} metrics"])]

    @staticmethod
    def program(name):
        return BUILD / "examples" / name / name

    @classmethod
    def file(cls, name, text):
        (cls.folder / name).write_text(text)
        return str(cls.folder / name)

    @classmethod
    def start(cls, *command):
        process = subprocess.Popen(list(map(str, command)), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                                   preexec_fn=end_with_parent)
        cls.addClassCleanup(cls.stop, process)
        return process

    @staticmethod
    def stop(process):
        process.terminate()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @classmethod
    def start_apiserver(cls):
        return cls.start(cls.program("apiserver"), "--kubernetes", f"http://{cls.at('localkube')}",
                         *cls.addresses("apiserver"), "--source-store", cls.folder / "sources")

    def delivered(self, receiver, status, **labels):
        """The alert of these labels that a receiver was told of, in the state it is in now."""
        found = None
        for name, message in list(self.receiver.deliveries):
            for alert in message["alerts"]:
                if name == receiver and labels.items() <= alert["labels"].items():
                    found = alert
        return found if found and found["status"] == status else None

    def wait_for(self, receiver, status, **labels):
        return wait_until(lambda: self.delivered(receiver, status, **labels), 60,
                          f"{labels} {status} at {receiver}; delivered: {self.receiver.deliveries[-3:]}")

    def test_the_watchdog_is_heard(self):
        self.wait_for("watchdog", "firing", alertname="Watchdog")

    def test_a_stopped_apiserver_is_told_of_and_its_return_too(self):
        labels = {"alertname": "IafServiceDown", "job": "iaf-apiserver"}
        self.stop(self.apiserver)
        alert = self.wait_for("critical", "firing", **labels)
        self.assertEqual(alert["annotations"]["description"],
                         "No instance of iaf-apiserver has answered a scrape for 2 minutes.")
        self.assertTrue(alert["annotations"]["runbook_url"].endswith("/IafServiceDown.md"))
        type(self).apiserver = self.start_apiserver()
        self.wait_for("critical", "resolved", **labels)
        self.assertFalse([name for name, message in self.receiver.deliveries
                          if name != "critical" and message["commonLabels"].get("alertname") == "IafServiceDown"])

    def test_failing_requests_are_told_of_by_what_they_amount_to(self):
        def serve(good, bad):
            self.shop.answer(200, good)
            self.shop.answer(500, bad)
            return False

        wait_until(lambda: serve(98, 2) or self.delivered("warning", "firing", alertname="HighErrorRate", job="shop"), 60,
                   "HighErrorRate at warning")
        self.assertIsNone(self.delivered("critical", "firing", alertname="CriticalErrorRate"))
        wait_until(lambda: serve(20, 80) or self.delivered("critical", "firing", alertname="CriticalErrorRate", job="shop"),
                   60, "CriticalErrorRate at critical")
        # It says all that the lesser one said: that one is held back.
        wait_until(lambda: self.inhibited("HighErrorRate"), 20, "HighErrorRate is inhibited")

    def inhibited(self, name):
        with urllib.request.urlopen(f"http://{self.at('alertmanager')}/api/v2/alerts", timeout=5) as answer:
            alerts = json.load(answer)
        return [a for a in alerts if a["labels"]["alertname"] == name and a["status"]["inhibitedBy"]]


if __name__ == "__main__":
    unittest.main(verbosity=2)
