# SPDX-License-Identifier: Apache-2.0
"""Child processes that never outlive us, and waiting that a signal or a death interrupts."""

import ctypes
import os
import signal
import subprocess
import time

END = {signal.SIGINT, signal.SIGTERM, signal.SIGHUP}
WAKING = END | {signal.SIGCHLD}
PR_SET_PDEATHSIG = 1
libc = ctypes.CDLL(None, use_errno=True)


class Ended(Exception):
    """A signal asks to end."""


class Failed(Exception):
    """The run cannot go on; the text says why."""


class Children:
    """Starts programs, notices when one dies, stops all.

    Our signals stay blocked and are taken where we wait, so that nothing is interrupted half-way.
    """

    def __init__(self, logs):
        self.logs = logs
        self.in_a_hurry = False  # a second signal came
        self.running = {}  # name -> Popen, in the order of their start
        signal.pthread_sigmask(signal.SIG_BLOCK, WAKING)

    def start(self, name, arguments):
        parent = os.getpid()

        def in_child():
            # Even if we are killed hard; and if that happened already, the parent is another.
            libc.prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)
            signal.pthread_sigmask(signal.SIG_UNBLOCK, WAKING)
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)

        with open(self.log_of(name), "wb") as log:
            self.running[name] = subprocess.Popen(
                arguments,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,  # Ctrl-C of the terminal comes to us alone
                preexec_fn=in_child,
            )

    def log_of(self, name):
        return self.logs / f"{name}.log"

    def last_lines(self, name, count=8):
        text = self.log_of(name).read_text(errors="replace")
        return text.splitlines()[-count:]

    def check(self):
        """Raises Failed when a child has died."""
        for name, process in self.running.items():
            status = process.poll()
            if status is None:
                continue
            how = f"was killed by {signal.Signals(-status).name}" if status < 0 else f"ended with status {status}"
            lines = self.last_lines(name)
            last = "\n".join("    " + line for line in lines) if lines else "    (it wrote nothing)"
            raise Failed(f"{name} {how}; the end of {self.log_of(name)}:\n{last}")

    def wait(self, seconds):
        """Waits, unless a signal or the death of a child comes first."""
        end = time.monotonic() + seconds
        while True:
            got = signal.sigtimedwait(WAKING, max(0, end - time.monotonic()))
            if got and got.si_signo in END:
                raise Ended
            self.check()
            if got is None:
                return

    def wait_until(self, condition, seconds, otherwise):
        """Waits until a condition holds; raises Failed with the text that otherwise() makes when it never does."""
        end = time.monotonic() + seconds
        while not condition():
            if time.monotonic() > end:
                raise Failed(otherwise())
            self.wait(0.05)

    def stop(self, names=None, seconds=10):
        """SIGTERM, then SIGKILL for who takes too long or when a second signal comes. Returns who was killed."""
        chosen = {n: p for n, p in self.running.items() if names is None or n in names}
        for process in chosen.values():
            if process.poll() is None:
                process.terminate()
        end = time.monotonic() + seconds
        while not self.in_a_hurry and any(p.poll() is None for p in chosen.values()):
            got = signal.sigtimedwait(WAKING, max(0, end - time.monotonic()))
            if got is None:
                break
            self.in_a_hurry = got.si_signo in END
        killed = [n for n, p in chosen.items() if p.poll() is None]
        for name in killed:
            chosen[name].kill()
        for name, process in chosen.items():
            process.wait()
            del self.running[name]
        return killed
