"""Reads a text page with Debian's python3-prometheus-client and prints every sample as hex, one a line:
name, then label name and value alternating in the order of the names, then the value as float.hex()."""
import sys

from prometheus_client.parser import text_string_to_metric_families


def as_hex(text):
    return text.encode("utf-8").hex() or "-"


with open(sys.argv[1], encoding="utf-8", newline="") as page:
    for family in text_string_to_metric_families(page.read()):
        print("HELP", family.name, as_hex(family.documentation))
        for sample in family.samples:
            labels = [as_hex(part) for item in sorted(sample.labels.items()) for part in item]
            print("SAMPLE", sample.name, *labels, float(sample.value).hex())
