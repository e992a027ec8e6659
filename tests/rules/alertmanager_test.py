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
import promql
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

    def test_no_message_of_the_watchdog_is_left_out(self):
        """One flush comes a group_interval after the other, and has to be further apart than a repetition."""
        (watchdog,) = [route for route in yaml.safe_load(CONFIG.read_text())["route"]["routes"] if route["receiver"] == "watchdog"]
        self.assertLess(cases.seconds(watchdog["repeat_interval"]), cases.seconds(watchdog["group_interval"]))

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

    def test_each_route_is_taken_by_one(self):
        """Those inside others too; and what no inner route takes stays with the outer one."""
        tree = yaml.safe_load(CONFIG.read_text())["route"]
        alerts = [route["labels"] for route in yaml.safe_load((HERE / "routes.yml").read_text())]

        def taken(route, labels):
            for inner in route.get("routes", ()):
                if all(matches(matcher, labels) for matcher in inner["matchers"]):
                    return taken(inner, labels)
            return id(route)

        def all_of(route):
            return [route] + [found for inner in route.get("routes", ()) for found in all_of(inner)]

        reached = {taken(tree, labels) for labels in alerts}
        self.assertEqual([route for route in all_of(tree) if id(route) not in reached], [])
        print(f"counted: {len(all_of(tree))} routes, each taken by one of {len(alerts)} alerts", flush=True)

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
        """Held back where all labels are the same, and not where any one of them is another."""
        number, count = 0, 0
        for one in yaml.safe_load((HERE / "inhibitions.yml").read_text()):
            for lesser in one["silences"]:
                with self.subTest(f"{one['of']['alertname']} and {lesser['alertname']}"):
                    number += 1
                    same = {name: f"{value}-{number}" for name, value in one["same"].items()}
                    sent = [{**one["of"], **same}, {**lesser, **same}]
                    sent += [{**lesser, **same, label: f"elsewhere-{number}"} for label in same]
                    expected = [False, True] + [False] * len(same)
                    self.assertEqual(self.states(sent, expected), expected)
                    count += len(same)
        print(f"counted: {number} pairs are inhibited, and not where one of {count} labels differs", flush=True)

    def test_each_rule_of_the_configuration_is_tested_with_all_its_labels(self):
        tested = yaml.safe_load((HERE / "inhibitions.yml").read_text())
        for rule in yaml.safe_load(CONFIG.read_text())["inhibit_rules"]:
            of_it = [one for one in tested for lesser in one["silences"] if all(
                all(matches(matcher, labels) for matcher in rule[side])
                for side, labels in (("source_matchers", one["of"]), ("target_matchers", lesser)))
                     and ("alertname" not in rule["equal"] or one["of"]["alertname"] == lesser["alertname"])]
            self.assertTrue(of_it, rule)
            labels = {label for one in of_it for label in one["same"]}
            self.assertLessEqual(set(rule["equal"]) - {"alertname"}, labels, rule)

    def test_each_pair_of_two_severities_has_one(self):
        """Two alerts whose expressions differ by nothing but their numbers say the same, at two severities."""
        shapes = {}
        for component in cases.components():
            for key, rule in cases.rules_of(component).items():
                if "alert" in rule:
                    shape = tuple(word.text for word in promql.tokens(rule["expr"]) if word.kind not in ("number", "duration"))
                    shapes.setdefault(shape, []).append(rule)
        pairs = set()
        for alike in shapes.values():
            worse = [rule["alert"] for rule in alike if rule["labels"]["severity"] == "critical"]
            lesser = [rule["alert"] for rule in alike if rule["labels"]["severity"] != "critical"]
            pairs |= {(one, other) for one in worse for other in lesser}
        self.assertEqual({one for one, _ in pairs}, {
            "CriticalCPUUsage", "CriticalMemoryUsage", "CriticalErrorRate", "PersistentVolumeSpaceCritical",
            "CertificateExpiryCritical"})
        # Of other expressions, but of one thing.
        pairs |= {("IafApiErrorBudgetBurn", "IafApiErrorBudgetBurnSlow"),
                  ("AlertmanagerClusterFailedToSendAlerts", "AlertmanagerFailedToSendAlerts")}
        tested = {(one["of"]["alertname"], lesser["alertname"])
                  for one in yaml.safe_load((HERE / "inhibitions.yml").read_text()) for lesser in one["silences"]}
        self.assertLessEqual(pairs, tested)


def matches(matcher, labels):
    """Whether Alertmanager's matcher takes an alert."""
    name, operator, value = re.fullmatch(r'(\w+)\s*(=~|!~|!=|=)\s*"?(.*?)"?', matcher).groups()
    found = labels.get(name, "")
    return {"=": found == value, "!=": found != value, "=~": bool(re.fullmatch(value, found)),
            "!~": not re.fullmatch(value, found)}[operator]


if __name__ == "__main__":
    unittest.main(verbosity=2)
