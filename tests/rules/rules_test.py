# SPDX-License-Identifier: Apache-2.0
"""promtool's unit tests of every rule, made of the case files; and that these are what they say."""

import re
import shutil
import subprocess
import tempfile
import unittest
from pathlib import Path

import cases
import promql
import yaml

RESETTING = {"rate", "increase", "irate"}  # functions of counters


def words_of(shape):
    return str(shape).split()


def is_gone_later(shape):
    return "gone" in words_of(shape)[1:]


def appears_later(shape):
    words = words_of(shape)
    return words[0] == "gone" and len(words) > 1


def runs_of(about, case):
    """(series, shape) of each series of a case."""
    named = {about["series"][key]: shape for key, shape in case.items() if key in about.get("series", {})}
    return [(promql.selectors(series)[0], shape) for series, shape in {**named, **case.get("also", {})}.items()]


def reads(component, expression):
    """The selectors of an expression, and of the records of its file that it reads."""
    records = {rule["record"]: rule for rule in cases.rules_of(component).values() if "record" in rule}
    unread = set(records)

    def of(expression):
        for selector in promql.selectors(expression):
            if selector.metric not in records:
                yield selector
            elif selector.metric in unread:
                unread.remove(selector.metric)
                yield from of(records[selector.metric]["expr"])

    return list(of(expression))


def selects(selector, series):
    labels = {label: value for label, _, value in series.matchers}
    matches = {"=": lambda a, b: a == b, "!=": lambda a, b: a != b, "=~": lambda a, b: re.fullmatch(b, a),
               "!~": lambda a, b: not re.fullmatch(b, a)}
    return selector.metric == series.metric and all(matches[operator](labels.get(label, ""), value)
                                                    for label, operator, value in selector.matchers)


def is_missing(selectors, runs):
    """Whether one of the selectors finds no series, or a series goes."""
    return any(is_gone_later(shape) for _, shape in runs) or any(
        not any(selects(selector, series) for series, _ in runs) for selector in selectors)


# What a case has to be, to be called so. Of a rule's selectors and a case's series and what is seen of it.
KINDS = {
    "fires": lambda selectors, runs, seen: any(one != "quiet" for one in seen),
    "under": lambda selectors, runs, seen: runs and all(one == "quiet" for one in seen),
    "value": lambda selectors, runs, seen: any(one != "none" for one in seen),
    "none": lambda selectors, runs, seen: runs and all(one == "none" for one in seen),
    "missing": lambda selectors, runs, seen: is_missing(selectors, runs),
    "new": lambda selectors, runs, seen: any(appears_later(shape) for _, shape in runs),
    "reset": lambda selectors, runs, seen: any("reset" in words_of(shape) for _, shape in runs),
}


class Cases(unittest.TestCase):
    def test_each_rule_has_its_cases(self):
        """Fires; quiet just under; and what happens when series go, come and start anew. Records have two at least."""
        for component in cases.components():
            about = cases.cases_of(component)
            rules = cases.rules_of(component)
            self.assertEqual(sorted(about), sorted(rules), component)
            for key, rule in rules.items():
                with self.subTest(key):
                    kinds = {title.split()[0] for title in about[key]["cases"]}
                    words = {token.text for token in promql.tokens(rule["expr"])}
                    wanted = {"fires", "under", "missing", "new"} if "alert" in rule else {"value", "missing"}
                    if words & RESETTING:
                        wanted |= {"reset"}
                    if not promql.selectors(rule["expr"]):
                        wanted = {"fires"}
                    self.assertLessEqual(wanted, kinds)

    def test_each_case_is_of_the_kind_that_it_is_called(self):
        for component in cases.components():
            for key, rule in cases.rules_of(component).items():
                about = cases.cases_of(component)[key]
                selectors = reads(component, rule["expr"])
                for title, case in about["cases"].items():
                    with self.subTest(f"{key}: {title}"):
                        runs, seen = runs_of(about, case), list(case["at"].values())
                        self.assertTrue(KINDS[title.split()[0]](selectors, runs, seen))

    def test_a_case_that_is_not_of_its_kind_is_found(self):
        up = promql.Selector("up", [("job", "=", "api")])
        series = [(up, "1 5m 0")]
        for kind, runs, seen in (("fires", series, ["quiet"]), ("under", series, ["quiet", "It fires."]), ("under", [], ["quiet"]),
                                 ("value", series, ["none"]), ("none", series, [1]), ("missing", series, ["quiet"]), ("new", series, ["quiet"]),
                                 ("reset", series, ["quiet"])):
            self.assertFalse(KINDS[kind]([up], runs, seen), kind)

    def test_each_series_has_the_labels_that_it_has_in_a_cluster(self):
        """Those of Prometheus Operator's relabelling; with honor_labels the exporter's own win. A probe's target is no
        pod, and a volume is nobody's."""
        target = {"cluster", "namespace", "job", "instance", "pod", "container", "endpoint", "service"}
        for component in cases.components():
            for key, about in cases.cases_of(component).items():
                also = [series for case in about["cases"].values() for series in case.get("also", ())]
                for text in [*about.get("series", {}).values(), *also]:
                    (series,) = promql.selectors(text)
                    without = {"probe": {"pod", "container", "endpoint", "service"}, "kubelet": {"pod", "container"},
                               "job:iaf": target - {"cluster", "namespace", "job"},
                               "ALERTS": target - {"cluster", "namespace"}}.get(series.metric.partition("_")[0], set())
                    labels = {label for label, _, _ in series.matchers}
                    self.assertLessEqual(target - without, labels, f"{key}: {text}")

    def test_a_second_rule_of_a_name_needs_cases_of_its_own(self):
        warning = {"alert": "HighLoad", "labels": {"severity": "warning"}}
        critical = {"alert": "HighLoad", "labels": {"severity": "critical"}}
        self.assertEqual(cases.keyed([warning]), {"HighLoad": warning})
        self.assertEqual(cases.keyed([warning, critical]), {"HighLoad warning": warning, "HighLoad critical": critical})
        with self.assertRaisesRegex(ValueError, "two rules are HighLoad warning"):
            cases.keyed([warning, warning])

    def test_every_rule_of_every_file_has_a_key(self):
        for component in cases.components():
            count = sum(len(group["rules"]) for group in cases.groups_of(component))
            self.assertEqual(len(cases.rules_of(component)), count)


class Rules(unittest.TestCase):
    def test_promtool_finds_nothing_to_complain_about(self):
        for component in cases.components():
            with self.subTest(component):
                self.check_rules(cases.rule_file(component))

    def check_rules(self, file):
        done = subprocess.run(["promtool", "check", "rules", "--lint=all", "--lint-fatal", file], capture_output=True,
                              text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_promtool_passes_every_case(self):
        rules = [(component, key) for component in cases.components() for key in cases.rules_of(component)]
        with cases.scratch_folder() as folder:
            results = cases.in_parallel(lambda one: cases.promtool_test(*one, Path(folder)), rules)
        for (component, key), (failed, said) in zip(rules, results):
            with self.subTest(f"{component}: {key}"):
                self.assertFalse(failed, said)
        alerts = [key for component, key in rules if "alert" in cases.rules_of(component)[key]]
        count = sum(len(cases.cases_of(component)[key]["cases"]) for component, key in rules)
        print(f"counted: {count} cases of {len(alerts)} alerts and {len(rules) - len(alerts)} records", flush=True)


class Settings(unittest.TestCase):
    """What a platform changes in settings.yml breaks no test: cases are for the settings of tests/rules/settings.yml."""

    OTHERS = {"alert_cpu_threshold": 70.5, "alert_memory_threshold": 90, "alert_error_rate_threshold": 0.25,
              "iaf_services": {"iaf": ["iaf-apiserver"]}, "plue_services": {"shop": ["api"], "mail": ["imap.v2", "smtp"]}, "platform_services": {},
              "exporter_jobs": ["kube-state-metrics", "prometheus-node-exporter"],
              "iaf_api_error_budget": 5e-05, "iaf_source_store_capacity": 5e12, "runbooks": "https://docs.example/runbooks"}

    def setUp(self):
        self.folder = Path(self.enterContext(tempfile.TemporaryDirectory()))
        for file in (*cases.RULES.glob("*.rules.yml"), cases.RULES / "settings.yml"):
            shutil.copy(file, self.folder)

    def write(self, settings):
        (self.folder / "settings.yml").write_text(yaml.safe_dump(settings))
        done = subprocess.run([cases.ROOT / "scripts/rules", "--folder", self.folder], capture_output=True, text=True)
        return done.returncode, done.stdout + done.stderr

    def of_platform(self):
        return yaml.safe_load((cases.RULES / "settings.yml").read_text())

    def test_the_cases_know_each_setting_and_no_other(self):
        self.assertEqual(set(cases.SETTINGS), set(self.of_platform()))
        self.assertEqual(set(self.OTHERS), set(self.of_platform()))

    def test_other_settings_make_other_rules_that_promtool_accepts_and_the_same_that_are_tested(self):
        self.assertEqual(self.write(self.OTHERS)[0], 0)
        changed = 0
        for component in cases.components():
            file = self.folder / cases.rule_file(component).name
            changed += file.read_text() != cases.rule_file(component).read_text()
            Rules.check_rules(self, file)
            self.assertEqual(cases.groups_in(file), cases.groups_of(component))
        self.assertEqual(changed, 6)  # those with runbooks
        plue = (self.folder / "plue.rules.yml").read_text()
        self.assertIn('up{job=~"kube-state-metrics|prometheus-node-exporter"}[1d]) # exporter_jobs', plue)
        for text in ("> 70.5 # alert_cpu_threshold", "> 0.25 # alert_error_rate", 'up{namespace="mail", job="smtp"}',
                     'last_over_time(up{namespace="mail", job=~"imap[.]v2|smtp"}[1h])'):
            self.assertIn(text, plue)
        self.assertNotIn('job="electric"', plue)
        iaf = (self.folder / "iaf.rules.yml").read_text()
        self.assertIn("> 14.4 * 0.00005 # iaf_api_error_budget", iaf)
        self.assertIn("> 5000000000000 # iaf_source_store_capacity", iaf)

    def test_written_twice_is_as_written_once_and_back_is_as_before(self):
        self.assertEqual(self.write(self.OTHERS)[0], 0)
        self.assertEqual(self.write(self.OTHERS), (0, ""))
        self.write(self.of_platform())
        for component in cases.components():
            file = self.folder / cases.rule_file(component).name
            self.assertEqual(file.read_text(), cases.rule_file(component).read_text())

    def test_a_wrong_setting_is_named(self):
        for name, value, reason in (("alert_cpu_threshold", "many", "not a number"), ("alert_cpu_threshold", True, "not a number"),
                                    ("plue_services", ["api"], "not lists of jobs by namespace"),
                                    ("plue_services", {"shop": ['"']}, "no name of a namespace or a job"),
                                    ("exporter_jobs", {"monitoring": ["kubelet"]}, "not a list of jobs"),
                                    ("exporter_jobs", [".*"], "no name of a job"),
                                    ("alert_disk_threshold", 1, "no rule names")):
            status, said = self.write({**self.of_platform(), name: value})
            self.assertEqual(status, 1)
            self.assertRegex(said, f"^scripts/rules: .*{re.escape(reason)}.*\n$")
            self.assertIn(name, said)
        missing = self.of_platform()
        del missing["alert_cpu_threshold"]
        self.assertIn("names the setting alert_cpu_threshold", self.write(missing)[1])


if __name__ == "__main__":
    unittest.main(verbosity=2)
