# SPDX-License-Identifier: Apache-2.0
"""What the readers of this folder print: of a page everything that is in it, one a line.

    FAMILY    name type unit help
    SAMPLE    name label value label value ... value       labels by their names, texts as hex, numbers as float.hex()
    CREATED   name label value ... now                     where a series tells when it began
    EXEMPLAR  name label value ... | label value ... value now
    NATIVE    name label value ... schema zero-threshold zero-count n3:1 p-2:7 ...
"""
import re
import time


def as_hex(text):
    return text.encode().hex() or "-"


def shown(name):
    return name if re.fullmatch("[a-zA-Z_:][a-zA-Z0-9_:]*", name) else as_hex(name)


def flat(labels):
    return [as_hex(part) for label in sorted(labels.items()) for part in label]


def moment(seconds):
    return "now" if abs(float(seconds) - time.time()) < 600 else "then"


def family(name, kind, unit, text):
    print("FAMILY", shown(name), kind, unit or "-", as_hex(text))


def sample(name, labels, value):
    print("SAMPLE", shown(name), *flat(labels), float(value).hex())


def created(name, labels, seconds):
    print("CREATED", shown(name), *flat(labels), moment(seconds))


def exemplar(name, labels, own, value, seconds):
    print("EXEMPLAR", shown(name), *flat(labels), "|", *flat(own), float(value).hex(), moment(seconds))


def native(name, labels, schema, threshold, zeros, buckets):
    print("NATIVE", shown(name), *flat(labels), schema, float(threshold).hex(), zeros, *buckets)
