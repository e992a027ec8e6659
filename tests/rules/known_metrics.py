# SPDX-License-Identifier: Apache-2.0
"""known_metrics.py [--write]: the metrics that a rule may read, and where they are known from.

Our own are those of docs/metrics.md; those of exporters are recorded (exporters/*.prom) or taken from their documents
(exporters/documented.yml), and listed in docs/exporter-metrics.md, which --write writes.
"""

import re
import sys
from pathlib import Path
from typing import NamedTuple

import yaml

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
OURS = ROOT / "docs/metrics.md"
LIST = ROOT / "docs/exporter-metrics.md"
SERIES = {"histogram": ("_bucket", "_count", "_sum"), "summary": ("", "_count", "_sum")}

HEAD = """\
# Metrics of exporters

What rules and dashboards may read of others. Written by `tests/rules/known_metrics.py --write` from the pages that
scripts/record-exporters records, and from documents where no package of Debian 12 can show the metric. Labels that
Prometheus adds at the scrape (job, instance, namespace, …) are not listed.
"""


class Metric(NamedTuple):
    name: str
    type: str
    labels: tuple
    source: str
    buckets: tuple = ()


def recorded():
    found = []
    for page in sorted((HERE / "exporters").glob("*.prom")):
        lines = page.read_text().splitlines()
        source = lines[0].removeprefix("# Source: ").partition(",")[0]
        types, labels = {}, {}
        for line in lines[2:]:
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split()
                types[name] = kind
            elif not line.startswith("#"):
                sample = re.match(r"[\w:]+", line)[0]
                name = next((n for n in (sample, re.sub(r"_(bucket|count|sum)$", "", sample)) if n in types), sample)
                labels.setdefault(name, set()).update(re.findall(r'(\w+)=""', line))
        found += [Metric(name, types.get(name, "untyped"), tuple(sorted(labels[name] - {"le", "quantile"})), source)
                  for name in sorted(labels) if not name.startswith("go_")]
    return found


def documented():
    return [Metric(name, about["type"], tuple(sorted(about["labels"])),
                   f"{exporter['exporter']} {exporter['version']} ({exporter['document']})")
            for exporter in yaml.safe_load((HERE / "exporters/documented.yml").read_text())
            for name, about in exporter["metrics"].items()]


def ours():
    """The table of docs/metrics.md."""
    rows = re.findall(r"^\| `(\w+)` \| ([\w ]+) \| (.*?) \| .*? \| (.*?) ?\|$", OURS.read_text(), re.MULTILINE)
    return [Metric(name, kind, tuple(re.findall(r"`(\w+)`", labels)), "iafmetrics", tuple(map(float, buckets.split())))
            for name, kind, labels, buckets in rows]


def known():
    """name of a series -> its metrics: two exporters may show one of the same name."""
    found = {}
    for metric in [*ours(), *recorded(), *documented()]:
        for suffix in SERIES.get(metric.type, ("",)):
            found.setdefault(metric.name + suffix, []).append(metric)
    return found


def text():
    lines = [HEAD]
    for title, metrics in (("Recorded", recorded()), ("Documented", documented())):
        lines += [f"## {title}", "", "| metric | type | labels | source |", "|---|---|---|---|"]
        lines += [f"| `{m.name}` | {m.type} | {', '.join(f'`{label}`' for label in m.labels)} | {m.source} |"
                  for m in metrics]
        lines.append("")
    return "\n".join(lines)


if __name__ == "__main__":
    if sys.argv[1:] == ["--write"]:
        LIST.write_text(text())
