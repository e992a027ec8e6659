"""reader.py PAGE... [openmetrics]: reads pages with Debian's python3-prometheus-client and prints every sample as hex, one a
line: name, then label name and value alternating in the order of the names, then the value as float.hex(). A bound or
quantile of OpenMetrics, 1.0, is printed as text 0.0.4 has it, 1. What is of one of several pages stands behind PAGE."""
import sys

from prometheus_client import openmetrics, parser
import prometheus_client.openmetrics.parser


def as_hex(text):
    return text.encode("utf-8").hex() or "-"


paths = sys.argv[1:]
is_openmetrics = paths[-1] == "openmetrics"
if is_openmetrics:
    paths.pop()
read = (openmetrics.parser if is_openmetrics else parser).text_string_to_metric_families


def value_of(name, value):
    return value[:-2] if is_openmetrics and name in ("le", "quantile") and value.endswith(".0") else value


for path in paths:
    if len(paths) != 1:
        print("PAGE", path)
    with open(path, encoding="utf-8", newline="") as page:
        for family in read(page.read()):
            print("HELP", family.name, as_hex(family.documentation))
            for sample in family.samples:
                labels = [as_hex(part) for name, value in sorted(sample.labels.items())
                          for part in (name, value_of(name, value))]
                print("SAMPLE", sample.name, *labels, float(sample.value).hex())
