# SPDX-License-Identifier: Apache-2.0
"""promtool's unit tests of every rule, made of the case files."""

import subprocess
import tempfile
import unittest
from pathlib import Path

import cases
import promql

RESETTING = {"rate", "increase", "irate"}  # functions of counters


class Rules(unittest.TestCase):
    def test_promtool_finds_nothing_to_complain_about(self):
        for component in cases.components():
            with self.subTest(component):
                done = subprocess.run(["promtool", "check", "rules", "--lint=all", "--lint-fatal",
                                       cases.rule_file(component)], capture_output=True, text=True)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_rule_has_its_cases(self):
        """Fires; quiet just under; and what happens when series go, come and start anew. Records have two at least."""
        for component in cases.components():
            about = cases.cases_of(component)
            rules = cases.rules_of(component)
            self.assertEqual(sorted(about), sorted(rules), component)
            for name, rule in rules.items():
                with self.subTest(name):
                    kinds = {case.split()[0] for case in about[name]["cases"]}
                    words = {token.text for token in promql.tokens(rule["expr"])}
                    wanted = {"fires", "under", "missing", "new"} if "alert" in rule else {"value", "missing"}
                    if words & RESETTING:
                        wanted |= {"reset"}
                    if not promql.selectors(rule["expr"]):
                        wanted = {"fires"}
                    self.assertLessEqual(wanted, kinds)

    def test_promtool_passes_every_case(self):
        with tempfile.TemporaryDirectory() as folder:
            rules = [(component, name, rule) for component in cases.components()
                     for name, rule in cases.rules_of(component).items()]

            def test(item):
                component, name, rule = item
                return cases.promtool_test(component, rule, Path(folder) / f"{component}.{name}")

            for (component, name, _), (failed, said) in zip(rules, cases.in_parallel(test, rules)):
                with self.subTest(f"{component}: {name}"):
                    self.assertFalse(failed, said)


if __name__ == "__main__":
    unittest.main(verbosity=2)
