# SPDX-License-Identifier: Apache-2.0
"""Which ports a run takes, and who has them already."""

import os
import socket
from pathlib import Path

ADDRESS = "127.0.0.1"

# Name -> port, as the services' documents give them. A block of other ports has the same order.
USUAL = {
    "apiserver": 8080,
    "apiserver metrics": 9091,
    "mcpserver": 8081,
    "mcpserver metrics": 9092,
    "controller metrics": 9090,
    "controller health": 8082,
    "localkube": 8001,
    "prometheus": 9095,
    "alertmanager": 9096,
    "alert receiver": 9097,
    "node-exporter": 9100,
}


def block(first):
    """The ports of a run beside another one: first, first + 1, …"""
    return {name: first + i for i, name in enumerate(USUAL)}


def is_free(port):
    with socket.socket() as s:
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            s.bind((ADDRESS, port))
        except OSError:
            return False
    return True


def free_block(start=20000, end=30000):
    """The first port of a block that is free now. Below the ports that the kernel gives to clients."""
    step = len(USUAL)
    offset = os.getpid() * step
    for i in range(start, end, step):
        first = start + (i - start + offset) % (end - start)
        if all(is_free(port) for port in range(first, first + step)):
            return first
    raise RuntimeError(f"no {step} free ports in a row from {start} to {end}")


def user_of(port):
    """"nginx (pid 123)" for the process that listens on a port, or None where that cannot be seen."""
    inodes = set()
    for table in ("/proc/net/tcp", "/proc/net/tcp6"):
        try:
            lines = Path(table).read_text().splitlines()[1:]
        except OSError:
            continue
        for fields in map(str.split, lines):
            if fields[3] == "0A" and int(fields[1].rpartition(":")[2], 16) == port:
                inodes.add(f"socket:[{fields[9]}]")
    for process in Path("/proc").glob("[0-9]*"):
        try:
            for descriptor in (process / "fd").iterdir():
                if os.readlink(descriptor) in inodes:
                    return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
        except OSError:
            continue
    return None


def in_use(ports):
    """One line for each port that is taken."""
    lines = []
    for name, port in ports.items():
        if not is_free(port):
            user = user_of(port)
            lines.append(f"port {port} ({name}) is in use" + (f" by {user}" if user else ""))
    return lines
