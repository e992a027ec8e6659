# SPDX-License-Identifier: Apache-2.0
"""Where the run is shown: colour, one moving line, and Ctrl-C under make."""

import os
import signal
import sys
from pathlib import Path


def _style(code):
    on = sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"
    return (lambda text: f"\x1b[{code}m{text}\x1b[0m") if on else (lambda text: text)


bold, dim, green, red = _style(1), _style(2), _style(32), _style(31)


def say(text=""):
    print(text, flush=True)


class StatusLine:
    """One line that is rewritten on a terminal; elsewhere, a line for each change."""

    def __init__(self):
        self.shown = None

    def show(self, text, hint=""):
        if sys.stdout.isatty():
            width = os.get_terminal_size(sys.stdout.fileno()).columns or 80
            print("\r\x1b[K" + f"{text}   {hint}"[: width - 1], end="", flush=True)
        elif text != self.shown:
            say(text)
        self.shown = text

    def clear(self):
        """Makes room for a line that stays; the next show() writes this one again."""
        if self.shown is not None and sys.stdout.isatty():
            print("\r\x1b[K", end="", flush=True)

    def end(self):
        self.clear()
        self.shown = None


def _caught_signals(pid):
    for line in Path(f"/proc/{pid}/status").read_text().splitlines():
        if line.startswith("SigCgt:"):
            return int(line.split()[1], 16)
    return 0


class UnderMake:
    """Ctrl-C for a run that make started.

    make ends with status 130 on SIGINT whatever its child says, and one sent to make alone never reaches us.
    So on a terminal we take the foreground, where Ctrl-C comes to us alone; elsewhere we see that make
    has stopped to catch the signal, which it does when one came.
    """

    def __init__(self):
        self.before = None
        self.make = None
        try:
            parent = os.getppid()
            if Path(f"/proc/{parent}/comm").read_text().strip() == "make" and self._catches(parent):
                self.make = parent
            if self.make and sys.stdin.isatty() and os.tcgetpgrp(0) == os.getpgrp() != os.getpid():
                self.before = os.getpgrp()
                signal.signal(signal.SIGTTOU, signal.SIG_IGN)
                signal.signal(signal.SIGTSTP, signal.SIG_IGN)  # nobody could bring us back
                os.setpgid(0, 0)
                os.tcsetpgrp(0, os.getpid())
        except OSError:
            pass

    @staticmethod
    def _catches(pid):
        return bool(_caught_signals(pid) >> (signal.SIGINT - 1) & 1)

    def is_ending(self):
        try:
            return self.make is not None and not self._catches(self.make)
        except OSError:
            return True

    def give_back(self):
        if self.before is not None:
            try:
                os.tcsetpgrp(0, self.before)
            except OSError:
                pass
