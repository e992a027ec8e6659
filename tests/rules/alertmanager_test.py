# SPDX-License-Identifier: Apache-2.0
"""Alertmanager's configuration, by amtool and by Debian's Alertmanager."""

import json
import re
import subprocess
import tempfile
import time
import unittest
from pathlib import Path

import cases
import servers
import yaml

from runner import alertmanager, prometheus

HERE = Path(__file__).resolve().parent
CONFIG = cases.ROOT / "manifests/alertmanager/alertmanager.yml"


def receivers_of(file, labels):
    done = subprocess.run(["amtool", "config", "routes", "test", f"--config.file={file}",
                           *(f"{name}={value}" for name, value in labels.items())], capture_output=True, text=True,
                          check=True)
    return done.stdout.strip().split(",")


class Configuration(unittest.TestCase):
    def test_amtool_accepts_it(self):
        done = subprocess.run(["amtool", "check-config", CONFIG], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_amtool_accepts_its_templates(self):
        done = subprocess.run(["amtool", "check-config", "/dev/stdin"], capture_output=True, text=True, input=yaml.safe_dump({
            "route": {"receiver": "all"}, "receivers": [{"name": "all"}],
            "templates": [str(CONFIG.with_suffix(".tmpl"))]}))
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        defined = set(re.findall(r'define "([\w.]+)"', CONFIG.with_suffix(".tmpl").read_text()))
        self.assertEqual(set(re.findall(r'template "([\w.]+)"', CONFIG.read_text())), defined)

    def test_each_secret_is_a_file(self):
        for secret in ("api_url", "slack_api_url", "routing_key", "service_key", "auth_password", "smtp_auth_password",
                       "credentials", "password", "bearer_token"):
            self.assertNotRegex(CONFIG.read_text(), rf"(?m)^\s*-?\s*{secret}:")
        files = re.findall(r"_file: (\S+)", CONFIG.read_text())
        self.assertGreaterEqual(len(files), 6)
        self.assertEqual([f for f in files if not f.startswith("/etc/alertmanager/secrets/")], [])

    def test_it_speaks_to_all_that_were_asked_for(self):
        kinds = {kind for receiver in yaml.safe_load(CONFIG.read_text())["receivers"] for kind in receiver} - {"name"}
        self.assertEqual(kinds, {"slack_configs", "email_configs", "pagerduty_configs", "webhook_configs"})
        self.assertIn("mattermost-url", CONFIG.read_text())

    def test_what_make_run_makes_of_it_has_the_same_routes(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(alertmanager.configuration(CONFIG, "127.0.0.1:1", {"group_wait": "1s"}))
            file.flush()
            done = subprocess.run(["amtool", "check-config", file.name], capture_output=True, text=True)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
            for route in yaml.safe_load((HERE / "routes.yml").read_text()):
                self.assertEqual(receivers_of(file.name, route["labels"]), route["receivers"])
            made, real = yaml.safe_load(Path(file.name).read_text()), yaml.safe_load(CONFIG.read_text())
            self.assertEqual(made["inhibit_rules"], real["inhibit_rules"])
            self.assertEqual([r["name"] for r in made["receivers"]], [r["name"] for r in real["receivers"]])

    def test_promtool_accepts_what_make_run_gives_to_prometheus(self):
        files = [cases.rule_file(component) for component in cases.components()]
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            file.write(prometheus.configuration({"iaf-apiserver": "127.0.0.1:1"}, files, "127.0.0.1:2"))
            file.flush()
            done = subprocess.run(["promtool", "check", "config", file.name], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


class Routes(unittest.TestCase):
    def test_each_leads_where_it_should(self):
        for route in yaml.safe_load((HERE / "routes.yml").read_text()):
            with self.subTest(route["labels"]):
                self.assertEqual(receivers_of(CONFIG, route["labels"]), route["receivers"])

    def test_each_receiver_is_reached_by_one(self):
        reached = {name for route in yaml.safe_load((HERE / "routes.yml").read_text()) for name in route["receivers"]}
        self.assertEqual(reached, {r["name"] for r in yaml.safe_load(CONFIG.read_text())["receivers"]})

    def test_each_alert_reaches_somebody_once_and_the_critical_ones_wake_somebody(self):
        receivers = {r["name"]: r for r in yaml.safe_load(CONFIG.read_text())["receivers"]}
        for component in cases.components():
            for rule in cases.rules_of(component).values():
                if "alert" not in rule:
                    continue
                with self.subTest(rule["alert"]):
                    (name,) = receivers_of(CONFIG, {"alertname": rule["alert"], **rule["labels"]})
                    wakes = "pagerduty_configs" in receivers[name]
                    self.assertEqual(wakes, rule["labels"]["severity"] == "critical")
                    expected = {"Watchdog": "watchdog", "InfoInhibitor": "nobody"}.get(rule["alert"])
                    self.assertTrue(name == expected or (expected is None and name not in ("webhook", "nobody")), name)


class Inhibitions(unittest.TestCase):
    """Of a running Alertmanager: amtool cannot test them."""

    @classmethod
    def setUpClass(cls):
        cls.server = servers.alertmanager(cls, alertmanager.configuration(CONFIG, "127.0.0.1:1", {"group_wait": "1h"}))

    def states(self, sent, expected):
        """Posts alerts; whether each is inhibited. Alertmanager takes a moment to come to the expected."""
        self.server.ask("/api/v2/alerts", [{"labels": labels} for labels in sent])
        end = time.monotonic() + 10
        while True:
            found = {frozenset(alert["labels"].items()): bool(alert["status"]["inhibitedBy"])
                     for alert in json.loads(self.server.ask("/api/v2/alerts"))}
            states = [found.get(frozenset(labels.items())) for labels in sent]
            if states == expected or time.monotonic() > end:
                return states
            time.sleep(0.1)

    def test_each_worse_alert_silences_its_lesser_and_no_other(self):
        for number, one in enumerate(yaml.safe_load((HERE / "inhibitions.yml").read_text())):
            with self.subTest(one["of"]["alertname"]):
                same = {name: f"{value}-{number}" for name, value in one["same"].items()}
                elsewhere = {**same, one["unless"]: "elsewhere"}
                sent = [{**one["of"], **same}]
                sent += [{**lesser, **same} for lesser in one["silences"]]
                sent += [{**lesser, **elsewhere} for lesser in one["silences"]]
                count = len(one["silences"])
                expected = [False] + [True] * count + [False] * count
                self.assertEqual(self.states(sent, expected), expected)

    def test_each_rule_of_the_configuration_is_tested(self):
        sources = {one["of"]["alertname"] for one in yaml.safe_load((HERE / "inhibitions.yml").read_text())}
        for rule in yaml.safe_load(CONFIG.read_text())["inhibit_rules"]:
            named = [m for m in rule["source_matchers"] if m.startswith("alertname")]
            if named:
                names = set(re.findall(r"[A-Z]\w+", named[0]))
                self.assertTrue(names & sources, named)

    def test_each_pair_of_high_and_critical_has_one(self):
        names = {rule["alert"] for component in cases.components() for rule in cases.rules_of(component).values()
                 if "alert" in rule}
        pairs = {(f"Critical{name.removeprefix('High')}", name) for name in names if name.startswith("High")}
        pairs = {pair for pair in pairs if pair[0] in names} | {
            ("PersistentVolumeSpaceCritical", "PersistentVolumeSpaceLow"),
            ("CertificateExpiryCritical", "CertificateExpiringSoon"),
            ("IafApiErrorBudgetBurn", "IafApiErrorBudgetBurnSlow")}
        self.assertEqual(len(pairs), 6)
        tested = {(one["of"]["alertname"], lesser["alertname"])
                  for one in yaml.safe_load((HERE / "inhibitions.yml").read_text()) for lesser in one["silences"]}
        self.assertLessEqual(pairs, tested)


if __name__ == "__main__":
    unittest.main(verbosity=2)
