# SPDX-License-Identifier: Apache-2.0
"""make run as its user sees it: what it prints, how it ends, what it leaves behind."""

import os
import pty
import re
import signal
import socket
import subprocess
import tempfile
import unittest
from pathlib import Path

from running import BUILD, PYTHON, SOURCE, Running, children_of, is_alive, ports, wait_until

from runner.report import METRICS

# As the kernel names them, which cuts a name after 15 characters.
PROGRAMS = {"localkube", "apiserver", "mcpserver", "controller", "prometheus", "prometheus-aler", "prometheus-node"}


def comparable(output, by_name):
    """What make run prints, without what differs from run to run: ports, durations, widths."""
    for name, port in by_name.items():
        output = re.sub(rf"\b{port}\b", f"<{name}>", output)
    for pattern, instead in ((r"\b[\d.]+ (s|ms|µs)$", "<duration>"), (r"(?m)^  logs .*", "  logs <folder>"),
                             (r"(iaf_reconcile_duration_seconds\n +iaf-controller +)\d+", r"\1<count>"), (r" +", " "),
                             (r"^firing .*\n", "")):  # delivered before or after the status line
        output = re.sub(pattern, instead, output, flags=re.MULTILINE)
    return output.strip()


class Shown(unittest.TestCase):
    """One run with its burst, looked at from all sides."""

    @classmethod
    def setUpClass(cls):
        cls.run_ = Running().__enter__()
        cls.addClassCleanup(cls.run_.__exit__)
        cls.run_.wait_until_shown()
        cls.shown = cls.run_.output

    def test_every_target_is_up(self):
        targets = self.run_.prometheus.targets()
        self.assertEqual(set(targets), {"iaf-apiserver", "iaf-mcpserver", "iaf-controller", "prometheus", "alertmanager",
                                        "node-exporter"})
        self.assertEqual({t["health"] for t in targets.values()}, {"up"})

    def test_every_metric_has_an_answer(self):
        self.assertNotIn("no answer", self.shown)
        for metric in METRICS:
            self.assertIn(f"  {metric}\n", self.shown)

    def test_every_address_answers(self):
        for line in self.run_.lines:
            for url in (word for word in line.split() if word.startswith("http://127.0.0.1:")):
                port, _, path = url.removeprefix("http://127.0.0.1:").partition("/")
                if path == "mcp":
                    continue  # takes POST alone
                name = next(n for n, p in self.run_.ports.items() if p == int(port))
                with self.subTest(url=url):
                    self.assertIn(self.run_.request(name, "GET", "/" + path)[0], (200, 302))

    def test_the_readme_shows_what_is_printed(self):
        readme = (SOURCE / "README.md").read_text()
        shown = re.search(r"```text\n(  starting .*?)```", readme, re.DOTALL).group(1)
        self.maxDiff = None
        self.assertEqual(comparable(self.shown, self.run_.ports).splitlines(),
                         comparable(shown, ports.USUAL).splitlines())

    def test_nothing_is_sent_after_the_burst(self):
        def counted():
            return sorted(line for service in ("apiserver", "mcpserver")
                          for line in self.run_.page(service).splitlines()
                          if "_request_duration_seconds_count{" in line)

        before = counted()
        self.run_.wait_for_scrape()
        self.assertEqual(counted(), before)

    def test_the_programs_listen_on_loopback_alone(self):
        for name, port in self.run_.ports.items():
            with self.subTest(name), socket.socket() as elsewhere:
                # Another loopback address can be bound exactly where nobody listens on all addresses.
                elsewhere.bind(("127.0.0.2", port))


class Ending(unittest.TestCase):
    def start(self):
        running = self.enterContext(Running("--no-burst"))
        running.wait_for("starting  ")
        children = children_of(running.process.pid)
        self.assertEqual(set(children), PROGRAMS)
        return running, children

    def assert_gone(self, children):
        wait_until(lambda: not any(map(is_alive, children.values())), 10, f"end of {children}")

    def assert_stops(self, running, children, sent):
        self.assertEqual(running.end(sent), 0, running.output)
        self.assert_gone(children)
        self.assertTrue(running.output.endswith("stopped; no child is left"), running.output)

    def test_sigint_stops_every_child(self):
        running, children = self.start()
        running.wait_until_shown()
        self.assert_stops(running, children, signal.SIGINT)

    def test_sigterm_stops_every_child_also_before_all_are_up(self):
        self.assert_stops(*self.start(), signal.SIGTERM)

    def test_a_dead_child_ends_the_run_with_its_last_lines(self):
        running, children = self.start()
        os.kill(children["mcpserver"], signal.SIGKILL)
        self.assertEqual(running.status(), 1)
        self.assert_gone(children)
        self.assertIn("mcpserver was killed by SIGKILL", running.output)
        self.assertIn('"component":"mcpserver"', running.output)

    def test_children_die_with_a_runner_that_is_killed(self):
        running, children = self.start()
        self.assertEqual(running.end(signal.SIGKILL), -signal.SIGKILL)
        self.assert_gone(children)

    def test_a_hung_child_does_not_hold_up_the_second_signal(self):
        running, children = self.start()
        os.kill(children["localkube"], signal.SIGSTOP)
        running.process.send_signal(signal.SIGINT)
        wait_until(lambda: not is_alive(children["apiserver"]), 15, "end of apiserver")
        self.assertEqual(running.end(signal.SIGINT, 5), 1)
        self.assertRegex(running.output, "had to be killed: .*localkube$")
        self.assert_gone(children)


def one_line_makefile(test):
    """The command of a Makefile that stands for ours, which would build; and the first port of its run."""
    folder = test.enterContext(tempfile.TemporaryDirectory())
    first = ports.free_block()
    Path(folder, "Makefile").write_text(
        f"run:\n\t@{PYTHON} {SOURCE}/scripts/run --build {BUILD} --ports-from {first} --no-burst\n")
    return ["make", "-C", folder, "--no-print-directory", "run"], first


class OnTerminal(unittest.TestCase):
    def test_ctrl_c_ends_make_with_status_0(self):
        command, first = one_line_makefile(self)
        pid, terminal = pty.fork()
        if pid == 0:
            os.environ["TERM"] = "xterm"
            os.execvp(command[0], command)
        self.addCleanup(os.close, terminal)
        shown = b""
        while b"Ctrl-C stops" not in shown:
            shown += os.read(terminal, 65536)
        os.write(terminal, b"\x03")
        try:
            while more := os.read(terminal, 65536):
                shown += more
        except OSError:  # the other end is closed
            pass
        self.assertEqual(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]), 0, shown.decode())
        self.assertIn(b"stopped; no child is left", shown)
        self.assertFalse(ports.in_use(ports.block(first)))


class UnderMake(unittest.TestCase):
    def test_a_signal_to_make_alone_stops_everything(self):
        command, first = one_line_makefile(self)
        with Running(command=command, first=first) as running:
            running.wait_until_shown()
            running.end(signal.SIGINT)
            self.assertIn("stopped; no child is left", running.output)
            self.assertFalse(ports.in_use(ports.block(first)))


class Refusing(unittest.TestCase):
    def test_ports_in_use_are_named_before_anything_starts(self):
        first = ports.free_block()
        taken = ports.block(first)["controller metrics"]
        with socket.create_server((ports.ADDRESS, taken)):
            with Running(first=first) as running:
                self.assertEqual(running.status(), 1)
                self.assertIn(f"port {taken} (controller metrics) is in use by python3 (pid {os.getpid()})",
                              running.output)
                self.assertNotIn("starting", running.output)

    def test_wrong_options_are_named(self):
        for options, name in ((["--ports-from", "x"], "--ports-from"), (["--ports-from", "70000"], "--ports-from"),
                              (["--prots"], "--prots")):
            with self.subTest(options):
                done = subprocess.run([PYTHON, SOURCE / "scripts/run", *options], capture_output=True, text=True,
                                      timeout=20)
                self.assertEqual(done.returncode, 2)
                self.assertIn(name, done.stderr)

    def test_a_build_without_programs_is_named(self):
        with tempfile.TemporaryDirectory() as empty:
            done = subprocess.run([PYTHON, SOURCE / "scripts/run", "--build", empty], capture_output=True, text=True,
                                  timeout=20)
        self.assertEqual(done.returncode, 1)
        self.assertIn("localkube is not built", done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)
