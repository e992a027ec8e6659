# SPDX-License-Identifier: Apache-2.0
"""Debian's Prometheus and Alertmanager on loopback, for as long as a test class runs."""

import json
import shutil
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

import cases

sys.path.insert(0, str(cases.ROOT / "scripts"))
from runner import ports  # noqa: E402


class Server:
    def __init__(self, test, address, command):
        """Starts a command that listens on an address, until the test class ends; ready when it says so."""
        self.address = address
        process = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        test.addClassCleanup(process.stderr.close)
        test.addClassCleanup(process.wait, 20)
        test.addClassCleanup(process.terminate)

        def is_ready():
            if process.poll() is not None:
                raise AssertionError(f"{command[0]} ended:\n{process.stderr.read()}")
            try:
                return self.ask("/-/ready") is not None
            except OSError:
                return False

        wait_until(is_ready, 20, f"{command[0]} ready")

    def ask(self, path, body=None):
        request = urllib.request.Request(f"http://{self.address}{path}", headers={"Content-Type": "application/json"},
                                         data=None if body is None else json.dumps(body).encode())
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.read()


def wait_until(condition, seconds, what):
    """The first true answer of a condition."""
    end = time.monotonic() + seconds
    while not (answer := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)
    return answer


def started(test, program, configuration, storage, *options):
    """A program of Debian's on a free port, with a configuration and a folder for what it stores."""
    folder = Path(test.enterClassContext(tempfile.TemporaryDirectory()))
    (folder / "configuration.yml").write_text(configuration)
    address = f"{ports.ADDRESS}:{ports.free_block()}"
    return Server(test, address, [shutil.which(program), f"--config.file={folder}/configuration.yml", f"--{storage}={folder}/data",
                                  f"--web.listen-address={address}", "--log.level=error", *options])


def alertmanager(test, configuration):
    return started(test, "prometheus-alertmanager", configuration, "storage.path", "--cluster.listen-address=")


def prometheus(test, configuration):
    return started(test, "prometheus", configuration, "storage.tsdb.path")
