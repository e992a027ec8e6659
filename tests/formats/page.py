# SPDX-License-Identifier: Apache-2.0
"""observed_page, as long as a test class runs."""

import os
import subprocess


def served(test):
    """The address of its page."""
    program = subprocess.Popen([os.environ["OBSERVED_PAGE"]], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    test.addClassCleanup(program.stdout.close)
    test.addClassCleanup(program.wait, 20)
    test.addClassCleanup(program.stdin.close)
    return f"127.0.0.1:{program.stdout.readline().strip()}"
