"""reader.py PAGE... [openmetrics]: reads pages with Debian's python3-prometheus-client and prints what printing.py says, and of
each family HELP too. A bound or quantile of OpenMetrics, 1.0, is printed as text 0.0.4 has it, 1. What is of one of several
pages stands behind PAGE."""
import sys

from prometheus_client import openmetrics, parser
import prometheus_client.openmetrics.parser

import printing

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
            print("HELP", family.name, printing.as_hex(family.documentation))
            printing.family(family.name, family.type, family.unit, family.documentation)
            for sample in family.samples:
                labels = {name: value_of(name, value) for name, value in sample.labels.items()}
                if is_openmetrics and sample.name == family.name + "_created":
                    printing.created(family.name, labels, sample.value)
                    continue
                printing.sample(sample.name, labels, sample.value)
                if sample.exemplar:
                    printing.exemplar(sample.name, labels, sample.exemplar.labels, sample.exemplar.value, sample.exemplar.timestamp)
