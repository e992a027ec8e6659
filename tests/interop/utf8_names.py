# SPDX-License-Identifier: Apache-2.0
"""utf8_names.py PROGRAM: what utf8_names_page shows, prometheus_client reads: names, labels, types and values."""

import subprocess
import sys

import prometheus_client.openmetrics.parser
import prometheus_client.parser

LABELS = {"http.route": "/", "plain": 'a"b'}
WIDE = {'straße "\\\n=,}': 'x\n"\\'}


def expected():
    duration = "http.server.request.duration"
    return {
        (duration, "histogram"): {(duration + "_bucket", 1, (*LABELS.items(), ("le", "0.5"))),
                                  (duration + "_bucket", 1, (*LABELS.items(), ("le", "+Inf"))),
                                  (duration + "_count", 1, (*LABELS.items(),)),
                                  (duration + "_sum", .25, (*LABELS.items(),))},
        ("http.requests", "counter"): {("http.requests_total", 7, ())},
        ('größe\n"\\ {}#', "gauge"): {('größe\n"\\ {}#', -1.5, (*WIDE.items(),))},
        ("plain", "gauge"): {("plain", 2, ())},
    }


for kind, parser in (("text", prometheus_client.parser), ("openmetrics", prometheus_client.openmetrics.parser)):
    page = subprocess.run([sys.argv[1], kind], capture_output=True, check=True).stdout.decode()
    read = {(family.name, family.type): {(sample.name, sample.value, (*sample.labels.items(),)) for sample in family.samples}
            for family in parser.text_string_to_metric_families(page)}
    assert read == expected(), f"{kind}:\n{page}\n{read}"
    print(kind, "is read")
