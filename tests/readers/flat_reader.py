# SPDX-License-Identifier: Apache-2.0
"""flat_reader.py PAGE... openmetrics_2|protobuf: reads pages by the readers of tests/formats and prints every sample as
reader.py does. A histogram and a summary are the series that they are in text, but for bounds and quantiles, which are
float.hex(); a native histogram has NAME_native as well: the sum of its buckets."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "formats"))
import openmetrics_2_test  # noqa: E402
import protobuf_reader  # noqa: E402


def as_hex(text):
    return text.encode().hex() or "-"


def flat(name, labels, value):
    """A composite value's series: of count, sum, and where it has them buckets, quantiles and native buckets."""
    yield name + "_count", labels, value["count"]
    yield name + "_sum", labels, value["sum"]
    if "quantiles" in value:
        for quantile, shown in value["quantiles"]:
            yield name, labels | {"quantile": float(quantile).hex()}, shown
        return
    buckets = {float(bound).hex(): count for bound, count in value["buckets"]}
    for bound, count in ({"inf": value["count"]} | buckets).items():
        yield name + "_bucket", labels | {"le": bound}, count
    if "native" in value:
        yield name + "_native", labels, sum(value["native"])


def of_openmetrics_2(page):
    for name, family in openmetrics_2_test.read(page.decode()).items():
        for labels, value, _, _ in family["samples"]:
            if isinstance(value, float):
                yield name, labels, value
                continue
            parts = {"count": value["count"], "sum": value["sum"], "buckets": [one.split(":") for one in value.get("bucket", [])]}
            if "quantile" in value:
                parts["quantiles"] = [one.split(":") for one in value["quantile"] if one]
            if "schema" in value:
                parts["native"] = [int(value["zero_count"]),
                                   *map(int, value.get("negative_buckets", []) + value.get("positive_buckets", []))]
            yield from flat(name, labels, parts)


def counts_of(deltas):
    count = 0
    for delta in deltas:
        count += int(delta)
        yield count


def of_protobuf(page):
    for family in protobuf_reader.read(page):
        [name], [kind] = family["name"], family["type"]
        for metric in family.get("metric", []):
            labels = protobuf_reader.labels(metric)
            [value] = metric[kind.lower()]
            if "value" in value:
                yield name, labels, value["value"][0]
                continue
            parts = {"count": value["sample_count"][0], "sum": value["sample_sum"][0],
                     "buckets": [(one["upper_bound"][0], one["cumulative_count"][0]) for one in value.get("bucket", [])]}
            if kind == "SUMMARY":
                parts["quantiles"] = [(one["quantile"][0], one["value"][0]) for one in value.get("quantile", [])]
            if "schema" in value:
                parts["native"] = [int(value["zero_count"][0]), *counts_of(value.get("negative_delta", [])),
                                   *counts_of(value.get("positive_delta", []))]
            yield from flat(name, labels, parts)


*paths, form = sys.argv[1:]
for path in paths:
    print("PAGE", path)
    for name, labels, value in {"openmetrics_2": of_openmetrics_2, "protobuf": of_protobuf}[form](Path(path).read_bytes()):
        print("SAMPLE", name, *(as_hex(part) for label in sorted(labels.items()) for part in label), float(value).hex())
