# SPDX-License-Identifier: Apache-2.0
"""A page in protobuf, decoded by protoc and metrics.proto."""

import subprocess
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def messages(page):
    """Each with its length before it."""
    at = 0
    while at != len(page):
        begin = at
        size = shift = 0
        while True:
            byte = page[at]
            at += 1
            size |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                break
        assert at + size <= len(page)
        at += size
        yield page[begin:at]


def decoded(kind, message):
    """What protoc prints: messages as dictionaries of lists."""
    text = subprocess.run(["protoc", f"--decode=io.prometheus.client.{kind}", f"--proto_path={FOLDER}", "metrics.proto"],
                          input=message, capture_output=True, check=True, timeout=20).stdout.decode()
    open_ones = [{}]
    for line in text.split("\n")[:-1]:
        name, _, value = line.strip().partition(" ")
        if name == "}":
            open_ones.pop()
        elif value == "{":
            inner = {}
            open_ones[-1].setdefault(name, []).append(inner)
            open_ones.append(inner)
        elif value.startswith('"'):
            text_value = value[1:-1].encode().decode("unicode_escape").encode("latin-1").decode()
            open_ones[-1].setdefault(name.rstrip(":"), []).append(text_value)
        else:
            open_ones[-1].setdefault(name.rstrip(":"), []).append(value)
    [whole] = open_ones
    return whole


def read(page):
    """The families of a delimited page, in one run of protoc: a message that repeats them has their field before each."""
    return decoded("Page", b"".join(b"\x0a" + message for message in messages(page)))["family"]


def labels(metric):
    return {label["name"][0]: label.get("value", [""])[0] for label in metric.get("label", [])}
