# SPDX-License-Identifier: Apache-2.0
"""What the documents tell the reader to type exists."""

import re
import subprocess
import unittest
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*SOURCE.glob("*.md"), *SOURCE.glob("docs/**/*.md"), *SOURCE.glob("manifests/**/*.md")])


def code_of(document):
    """What stands in code blocks and between backticks."""
    text = document.read_text()
    blocks = re.findall(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)
    rest = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return "\n".join(blocks + re.findall(r"`([^`\n]+)`", rest))


class Commands(unittest.TestCase):
    def test_each_make_target_is_one_of_the_makefile(self):
        self.assertEqual(self.dry_run("no-such-target").returncode, 2)
        for document in DOCUMENTS:
            for target in sorted(set(re.findall(r"\bmake ([a-z][a-z-]+)\b", code_of(document)))):
                with self.subTest(document=document.name, target=target):
                    done = self.dry_run(target)
                    self.assertEqual(done.returncode, 0, done.stderr)

    def test_each_script_is_there(self):
        for document in [*DOCUMENTS, SOURCE / "Makefile", SOURCE / ".ci/run"]:
            text = code_of(document) if document.suffix == ".md" else document.read_text()
            for script in sorted(set(re.findall(r"(?<![\w/])(?:scripts|\.ci)/[\w-]+", text))):
                with self.subTest(document=document.name, script=script):
                    self.assertTrue((SOURCE / script).exists())

    def test_the_installer_is_silent_when_nothing_is_missing(self):
        done = subprocess.run([SOURCE / "scripts/install-dependencies", "run", "test"], capture_output=True, text=True,
                              timeout=20)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))

    def test_the_installer_names_an_unknown_group(self):
        done = subprocess.run([SOURCE / "scripts/install-dependencies", "tset"], capture_output=True, text=True,
                              timeout=20)
        self.assertEqual(done.returncode, 1)
        self.assertIn('no group "tset"', done.stderr)

    def test_help_lists_every_target(self):
        text = (SOURCE / "Makefile").read_text()
        targets = set(re.search(r"^\.PHONY: (.*)$", text, re.MULTILINE).group(1).split())
        printed = subprocess.run(["make", "-C", SOURCE], capture_output=True, text=True, timeout=20).stdout
        self.assertEqual(set(re.findall(r"^  make ([a-z-]+)", printed, re.MULTILINE)), targets)

    @staticmethod
    def dry_run(target):
        return subprocess.run(["make", "-C", SOURCE, "--dry-run", target], capture_output=True, text=True, timeout=20)


if __name__ == "__main__":
    unittest.main()
