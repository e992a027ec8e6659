# SPDX-License-Identifier: Apache-2.0
"""A run of scripts/run beside all others: on free ports, read line by line, ended in bounded time."""

import http.client
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

SOURCE = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(SOURCE / "scripts"))
sys.dont_write_bytecode = True

from runner import ports  # noqa: E402
from runner.children import PR_SET_PDEATHSIG, libc  # noqa: E402
from runner.prometheus import Prometheus  # noqa: E402

BUILD = Path(os.environ.get("IAFMETRICS_BUILD", SOURCE / "build/dev"))
PYTHON = "/usr/bin/python3"


def wait_until(condition, seconds=30, what="condition"):
    """The first true answer of a condition."""
    end = time.monotonic() + seconds
    while True:
        answer = condition()
        if answer:
            return answer
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(0.05)


def is_alive(pid):
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def children_of(pid):
    """name -> pid of the living children of a process."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            text = stat.read_text()
        except OSError:
            continue
        name, _, rest = text.partition("(")[2].rpartition(")")
        state, parent = rest.split()[:2]
        if int(parent) == pid and state != "Z":
            found[name] = int(stat.parent.name)
    return found


def end_with_parent():
    """Also when the test is killed because it took too long."""
    libc.prctl(PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)


class Running:
    """The command, started; `with` ends it where the test has not ended it."""

    def __init__(self, *options, command=None, first=None):
        self.first = first or ports.free_block()
        self.ports = ports.block(self.first)
        self.prometheus = Prometheus(f"{ports.ADDRESS}:{self.ports['prometheus']}")
        command = command or [PYTHON, str(SOURCE / "scripts/run"), "--build", str(BUILD),
                              "--ports-from", str(self.first), *options]
        self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT, text=True, cwd=SOURCE, preexec_fn=end_with_parent)
        self.lines = []
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.rstrip("\n"))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        self.reader.join(10)
        self.process.stdout.close()
        shutil.rmtree(BUILD / "run" / str(self.first), ignore_errors=True)  # what a failed run leaves to be read

    @property
    def output(self):
        return "\n".join(self.lines)

    def wait_for(self, text, seconds=90):
        def seen():
            if text in self.output:
                return True
            if self.process.poll() is not None and not self.reader.is_alive():
                raise AssertionError(f"ended with {self.process.returncode} before {text!r}:\n{self.output}")
            return False

        wait_until(seen, seconds, f"{text!r} in\n{self.output}")

    def wait_until_shown(self):
        """Until the last thing before Ctrl-C is printed: the status line."""
        self.wait_for("targets up ·")

    def end(self, sent=signal.SIGINT, seconds=30):
        self.process.send_signal(sent)
        return self.status(seconds)

    def status(self, seconds=30):
        status = self.process.wait(seconds)
        self.reader.join(10)
        return status

    def request(self, port, method, path, body=None, headers=None):
        """Status, headers and body of one request to a port of the run, by name."""
        connection = http.client.HTTPConnection(ports.ADDRESS, self.ports[port], timeout=20)
        try:
            if body is not None and not isinstance(body, bytes):
                body = json.dumps(body).encode()
            connection.request(method, path, body, {"Content-Type": "application/json", **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def page(self, service):
        status, headers, body = self.request(f"{service} metrics", "GET", "/metrics")
        # prometheus-cpp's Exposer, which serves the controller's page, does not say the version.
        kind = "text/plain; charset=utf-8" if service == "controller" else "text/plain; version=0.0.4"
        assert status == 200 and headers["Content-Type"].startswith(kind), (status, headers["Content-Type"])
        return body.decode()

    def wait_for_scrape(self):
        """Until each target was scraped twice from now on: one may have begun before now."""
        for _ in range(2):
            before = self.prometheus.scrapes()
            wait_until(lambda: all(t != before.get(job) for job, t in self.prometheus.scrapes().items()),
                       60, "a scrape")
