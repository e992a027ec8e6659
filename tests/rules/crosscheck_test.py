# SPDX-License-Identifier: Apache-2.0
"""crosscheck_test.py [--print PROGRAM]: the rules, the code's metrics, the exporters' metrics and the runbooks agree.

PROGRAM prints docs/metrics.md.
"""

import json
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

import cases
import known_metrics
import promql
import promql_labels

ROOT = cases.ROOT
RUNBOOKS = ROOT / "docs/runbooks"
EXPORTERS = Path(__file__).with_name("exporters")
SETTINGS = cases.yaml.safe_load((cases.RULES / "settings.yml").read_text())
# Given at the scrape, by Prometheus Operator's relabelling or by external labels.
OF_TARGETS = {"cluster", "namespace", "job", "instance", "pod", "node", "container", "service", "endpoint", "metrics_path"}
SCRAPE_INTERVAL = 30  # seconds, of the ServiceMonitors

print_program = None


def all_rules():
    """(component, rule) of every rule."""
    return [(component, rule) for component in cases.components() for rule in cases.rules_of(component).values()]


def alerts():
    return [rule for _, rule in all_rules() if "alert" in rule]


def records():
    return {rule["record"]: rule for _, rule in all_rules() if "record" in rule}


# What the designs ask for by name, and of the class of Prometheus' mixin.
NAMED = {
    "plue": "PodCrashLooping PodNotReady PodFrequentRestarts HighCPUUsage CriticalCPUUsage HighMemoryUsage CriticalMemoryUsage"
            " ServiceDown HighErrorRate CriticalErrorRate SlowResponseTime DatabaseConnectionFailure HighDatabaseConnections"
            " PersistentVolumeSpaceLow PersistentVolumeSpaceCritical CertificateExpiringSoon CertificateExpiryCritical"
            " DeploymentReplicasMismatch DeploymentGenerationMismatch NodeNotReady NodeMemoryPressure NodeDiskPressure",
    "fawkes": "PlatformServiceDown HighMemoryUsage PodCrashLooping",
    "oversight": "instance:node_cpu:rate5m instance:node_memory_usage:percentage job:http_requests:rate5m job:http_errors:rate5m"
                 " job:http_request_duration:p95_5m instance:db_connections:usage business:active_users:count"
                 " business:transactions:rate1h business:revenue:rate1m",
    "prometheus": "".join(f" Prometheus{name}" for name in (
        "BadConfig", "SDRefreshFailure", "NotificationQueueRunningFull", "ErrorSendingAlertsToAnyAlertmanager",
        "NotConnectedToAlertmanagers", "TSDBReloadsFailing", "TSDBCompactionsFailing", "NotIngestingSamples",
        "DuplicateTimestamps", "OutOfOrderTimestamps", "RemoteStorageFailures", "RemoteWriteBehind",
        "RemoteWriteDesiredShards", "RuleFailures", "MissingRuleEvaluations", "TargetLimitHit", "LabelLimitHit",
        "ScrapeBodySizeLimitHit", "ScrapeSampleLimitHit", "TargetSyncFailure", "HighQueryLoad")),
    "alertmanager": "".join(f" Alertmanager{name}" for name in (
        "FailedReload", "MembersInconsistent", "FailedToSendAlerts", "ClusterFailedToSendAlerts", "ConfigInconsistent",
        "ClusterDown", "ClusterCrashlooping")),
    "general": "Watchdog InfoInhibitor",
}


class Labels:
    """metric -> the labels that a series of this name can have; None for a name that nobody shows."""

    def __init__(self):
        self.known = known_metrics.known()
        self.found = {}

    def __call__(self, metric):
        if metric not in self.found:
            self.found[metric] = self.of(metric)
        return self.found[metric]

    def of(self, metric):
        if metric in records():
            self.found[metric] = OF_TARGETS  # of one that reads itself
            return promql_labels.labels_of(records()[metric]["expr"], self)
        if metric not in self.known:
            return None
        own = set().union(*(set(m.labels) for m in self.known[metric]))
        # Where the scrape gives a label that the exporter gives too, the exporter's is renamed.
        return own | OF_TARGETS | {f"exported_{label}" for label in own & OF_TARGETS} | (
            {"le"} if metric.endswith("_bucket") else set())


class Names(unittest.TestCase):
    def test_what_the_designs_name_is_there_under_its_name(self):
        for component, names in NAMED.items():
            has = {cases.name_of(rule) for rule in cases.rules_of(component).values()}
            self.assertLessEqual(set(names.split()), has, component)
        self.assertEqual([len(NAMED[component].split()) for component in ("plue", "fawkes", "oversight")], [22, 3, 9])


class Documents(unittest.TestCase):
    def test_the_list_of_our_metrics_is_what_the_code_shows(self):
        if not print_program:
            self.skipTest("no --print")
        printed = subprocess.run([print_program], capture_output=True, text=True, check=True).stdout
        self.assertEqual(known_metrics.OURS.read_text(), printed)

    def test_the_list_of_our_metrics_has_every_declaration(self):
        listed, found = {metric.name for metric in known_metrics.ours()}, 0
        files = [*(ROOT / "include").rglob("*.hpp"), *(ROOT / "examples").glob("*/*metrics*.hpp")]
        for file in files:
            text = re.sub(r"//.*", "", file.read_text())
            for name in re.findall(r'_spec(?:<[^>]*>)?\s+\w+\{\s*"(\w+)"', text):
                self.assertIn(name, listed, file.name)
        for file in (ROOT / "include/iafmetrics/collectors").glob("*.hpp"):
            for name in re.findall(r'out\.(?:counter|gauge)\(\s*"(\w+)"', re.sub(r"//.*", "", file.read_text())):
                found += 1
                self.assertIn(name, listed, file.name)
        self.assertGreater(found, 15)

    def test_the_list_of_exporters_is_as_it_is_written(self):
        self.assertEqual(known_metrics.LIST.read_text(), known_metrics.text(), "run tests/rules/known_metrics.py --write")


    def test_each_list_of_the_settings_is_named_where_a_platform_looks_for_it(self):
        for file in ("CHANGELOG.md", "docs/rules.md"):
            for name, value in SETTINGS.items():
                if isinstance(value, (list, dict)):
                    self.assertIn(f"`{name}`", (ROOT / file).read_text(), file)


class Metrics(unittest.TestCase):
    def test_each_metric_and_label_of_a_rule_exists_where_it_is_read(self):
        labels, count = Labels(), 0
        for component, rule in all_rules():
            with self.subTest(f"{component}: {cases.name_of(rule)}"):
                made = promql_labels.labels_of(rule["expr"], labels) | set(rule.get("labels", ()))
                described = set(re.findall(r"\$labels\.(\w+)", str(rule.get("annotations", ""))))
                self.assertLessEqual(described, made, "a description reads labels that the alert has not")
                count += 1
        print(f"counted: labels of {count} rules checked", flush=True)

    def test_a_wrong_metric_and_a_wrong_label_are_found(self):
        record = "job:iaf_source_store_bytes:max"
        requests, client = "http_request_duration_seconds_count", "http_client_request_duration_seconds_count"
        for wrong, reason in (
                ("http_requests_total", "nobody shows"),
                ('up{jobs="a"}', "up has no label jobs"),
                (f"sum by (status) ({requests})", "there is no status"),
                (f"sum without (status) ({requests})", "there is no status"),
                (f"sum by (route) (sum by (job) ({requests}))", "there is no route"),
                (f'{record}{{instance="a"}}', "has no label instance"),
                (f"max by (instance) ({record})", "there is no instance"),
                (f"sum by (job) (rate({requests}[5m])) / sum by (job, route) (rate({requests}[5m]))", "only one side has route"),
                (f"rate({requests}[5m]) / rate({client}[5m])", "never finds a pair"),
                (f"{record} and on (instance) up", "the left side has no instance"),
                (f"up unless on (metric) {record}", "the left side has no metric"),
                (f"{record} * ignoring (instance) {record}", "neither side has instance"),
                (f"up * on (job) group_left (version) {record}", "the left side|no version to bring"),
                (f"histogram_quantile(0.9, sum by (job) ({requests}))", "there is no le"),
                ('sum by (job, pod) (absent(up{job="a"}))', "there is no pod"),
                ("rate(alertmanager_notifications_failed_total[5m]) / rate(alertmanager_notifications_total[5m])",
                 "only one side has reason")):
            with self.subTest(wrong), self.assertRaisesRegex(promql_labels.Mistake, reason):
                promql_labels.labels_of(wrong, Labels())

    def test_each_threshold_on_a_quantile_is_an_edge_of_the_buckets(self):
        known, found = known_metrics.known(), 0
        for _, rule in all_rules():
            words = promql.tokens(rule["expr"])
            if not any(word.text == "histogram_quantile" for word in words):
                continue
            (bucket,) = [s.metric for s in promql.selectors(rule["expr"])]
            for word, following in zip(words, words[1:]):
                if word.kind == "comparator" and following.text != "0":
                    found += 1
                    for metric in known[bucket]:
                        self.assertIn(float(following.text), metric.buckets, cases.name_of(rule))
        self.assertEqual(found, 2)  # SlowResponseTime, IafReconcileSlow

    def test_each_window_holds_four_scrapes(self):
        for _, rule in all_rules():
            for window in re.findall(r"\[(\w+)\]", rule["expr"]):
                self.assertGreaterEqual(cases.seconds(window), 4 * SCRAPE_INTERVAL, cases.name_of(rule))


class Alerts(unittest.TestCase):
    def test_each_says_what_whoever_is_paged_needs(self):
        for rule in alerts():
            name, notes = rule["alert"], rule["annotations"]
            with self.subTest(name):
                self.assertRegex(name, r"^([A-Z][A-Za-z0-9]+){1,40}$")
                self.assertIn(rule["labels"]["severity"], ("critical", "warning", "info", "none"))
                self.assertRegex(notes["summary"], r"^[A-Z][^{]*\.$")
                self.assertTrue("{{" in notes["description"] or name == "Watchdog")
                self.assertEqual(notes["runbook_url"], f"{SETTINGS['runbooks']}/{name}.md")
                self.assertNotIn("$value", str(rule["labels"]))

    def test_none_but_a_state_of_this_moment_fires_at_once(self):
        at_once = {rule["alert"] for rule in alerts() if "for" not in rule}
        self.assertEqual(at_once, {"PodFrequentRestarts", "Watchdog", "InfoInhibitor"})

    def test_two_of_one_name_differ_in_their_scope(self):
        names = [rule["alert"] for rule in alerts()]
        self.assertEqual({name for name in names if names.count(name) > 1}, {"HighMemoryUsage", "PodCrashLooping"})

    def test_groups_are_small_and_named_once(self):
        names = [group["name"] for component in cases.components() for group in cases.groups_of(component)]
        self.assertEqual(len(names), len(set(names)))
        for component in cases.components():
            for group in cases.groups_of(component):
                self.assertLessEqual(len(group["rules"]), 20)


class BesideKubePrometheusStack(unittest.TestCase):
    def test_the_values_in_the_document_switch_off_what_would_be_doubled(self):
        text = (ROOT / "docs/rules.md").read_text()
        (block,) = re.findall(r"```yaml\n(defaultRules:\n.*?)```", text, re.DOTALL)
        values = cases.yaml.safe_load(block)["defaultRules"]
        self.assertEqual(values["rules"], {"prometheus": False, "alertmanager": False})
        general = {rule["alert"] for rule in cases.rules_of("general").values()}
        self.assertEqual(values["disabled"], {name: True for name in general})
        doubled = {rule["alert"] for component, rule in all_rules() if component in ("prometheus", "alertmanager")}
        self.assertEqual({name for name in doubled if not name.startswith(("Prometheus", "Alertmanager"))}, set())
        for component in ("prometheus", "alertmanager", "general"):
            self.assertIn("docs/rules.md says which values", cases.rule_file(component).read_text())
            self.assertIn(f"iaf-{component}`", text)


class Runbooks(unittest.TestCase):
    # What they look for in a log, that Debian's builds do not have.
    NOT_IN_DEBIAN = {"failed to (list|watch)": "Debian builds Prometheus without the discovery of Kubernetes, which logs it"}

    LOGS = r"logs .*(?:-c |deployment/)([\w-]+).*\| grep(?: -i(E?))? '([^'\n]+)'"
    PROGRAMS = {"prometheus": "prometheus", "alertmanager": "prometheus-alertmanager"}
    # Of our own, the sources.
    SOURCES = {"iaf-apiserver": ("examples/apiserver", "shims/http_service"), "iaf-controller": ("examples/controller",)}

    def test_what_they_look_for_in_a_log_is_what_the_program_writes(self):
        """Each text, and each part of an alternative, stands in the program, and not only in the help of a metric. A single
        word would be found among its symbols, whatever it logs."""
        texts = {name: Path(shutil.which(program)).read_bytes().lower() for name, program in self.PROGRAMS.items()}
        texts |= {name: b"".join(file.read_bytes().lower() for folder in folders for file in (ROOT / folder).rglob("*.cpp"))
                  for name, folders in self.SOURCES.items()}
        helps = {name: re.findall("# HELP .*", (EXPORTERS / f"{name}.prom").read_text()) for name in self.PROGRAMS}
        found, greps = 0, 0
        for file in sorted(RUNBOOKS.glob("*.md")):
            greps += len(re.findall(r"logs .*\| grep", file.read_text()))
            for program, alternatives, pattern in re.findall(self.LOGS, file.read_text()):
                found += 1
                if pattern in self.NOT_IN_DEBIAN:
                    continue
                for text in pattern.lower().split("|") if alternatives else [pattern.lower()]:
                    with self.subTest(f"{file.stem}: {text}"):
                        self.assertTrue(program in self.SOURCES or re.search(r"\w \w", text), "a single word")
                        in_helps = sum(text in one.lower() for one in helps.get(program, ()))
                        self.assertGreater(texts[program].count(text.encode()), in_helps)
        self.assertEqual(found, greps)

    def test_there_is_one_for_each_alert_and_for_nothing_else(self):
        self.assertEqual({file.stem for file in RUNBOOKS.glob("*.md")}, {rule["alert"] for rule in alerts()})

    def test_each_says_why_what_to_look_at_and_what_to_do(self):
        for file in RUNBOOKS.glob("*.md"):
            with self.subTest(file.stem):
                text = file.read_text()
                self.assertTrue(text.startswith(f"# {file.stem}\n"))
                self.assertEqual(re.findall(r"^## (\w+)$", text, re.MULTILINE), ["Cause", "Check", "Act"])
                self.assertRegex(text, r"(?s)## Check\n\n```(promql|sh)\n.+?```")
                self.assertRegex(text, r"(?s)## Act\n\n- ")

    def test_their_queries_are_ones_that_prometheus_can_answer(self):
        labels, rules = Labels(), []
        for file in sorted(RUNBOOKS.glob("*.md")):
            for block in re.findall(r"(?s)```promql\n(.*?)```", file.read_text()):
                for query in block.strip().split("\n"):
                    rules.append({"record": f"query_{len(rules)}", "expr": query})
                    with self.subTest(file.stem):
                        promql_labels.labels_of(query, labels)
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            json.dump({"groups": [{"name": "runbooks", "rules": rules}]}, file)
            file.flush()
            done = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    if "--print" in sys.argv:
        print_program = sys.argv.pop(sys.argv.index("--print") + 1)
        sys.argv.remove("--print")
    unittest.main(verbosity=2)
