# SPDX-License-Identifier: Apache-2.0
"""flat_reader.py PAGE... openmetrics_2|protobuf: reads pages by the readers of tests/formats and prints what printing.py says.
A histogram and a summary are the series that they are in text, but for bounds and quantiles, which are float.hex()."""
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "formats"))
import openmetrics_2_test  # noqa: E402
import printing  # noqa: E402
import protobuf_reader  # noqa: E402


def composite(name, labels, value):
    """A composite value's series: of count, sum, and where it has them buckets, quantiles and native buckets."""
    printing.sample(name + "_count", labels, value["count"])
    printing.sample(name + "_sum", labels, value["sum"])
    if "quantiles" in value:
        for quantile, shown in value["quantiles"]:
            printing.sample(name, labels | {"quantile": float(quantile).hex()}, shown)
        return
    buckets = {float(bound).hex(): count for bound, count in value["buckets"]}
    for bound, count in ({"inf": value["count"]} | buckets).items():
        printing.sample(name + "_bucket", labels | {"le": bound}, count)


def native(sign, spans, counts):
    """The buckets of one side: spans of offset and length, and the count of each."""
    counts, index, buckets = iter(counts), 0, []
    for offset, length in spans:
        index += int(offset)
        for index in range(index, index + int(length)):
            count = int(next(counts))
            if count:  # what is between two spans that are close
                buckets.append(f"{sign}{index}:{count}")
        index += 1 if int(length) else 0
    assert list(counts) == []
    return buckets


def of_openmetrics_2(page):
    for name, family in openmetrics_2_test.read(page.decode()).items():
        printing.family(name, family["TYPE"], family.get("UNIT"), family["HELP"])
        for labels, value, start, exemplars in family["samples"]:
            if start is not None:
                printing.created(name, labels, start)
            for exemplar in exemplars:
                printing.exemplar(name, labels, *exemplar)
            if isinstance(value, float):
                printing.sample(name, labels, value)
                continue
            parts = {"count": value["count"], "sum": value["sum"], "buckets": [one.split(":") for one in value.get("bucket", [])]}
            if "quantile" in value:
                parts["quantiles"] = [one.split(":") for one in value["quantile"] if one]
            if "schema" in value:
                buckets = [bucket for side in ("negative", "positive")
                           for bucket in native(side[0], (span.split(":") for span in value.get(side + "_spans", [])),
                                                value.get(side + "_buckets", []))]
                printing.native(name, labels, value["schema"], value["zero_threshold"], value["zero_count"], buckets)
            composite(name, labels, parts)


def counts_of(deltas):
    count = 0
    for delta in deltas:
        count += int(delta)
        yield count


def seconds(timestamp):
    return int(timestamp["seconds"][0]) + int(timestamp.get("nanos", ["0"])[0]) / 1e9


def proto_exemplars(name, labels, exemplars):
    for one in exemplars:
        printing.exemplar(name, labels, protobuf_reader.labels(one), one["value"][0], seconds(one["timestamp"][0]))


def proto_histogram(name, labels, value):
    for bucket in value.get("bucket", []):
        proto_exemplars(name + "_bucket", labels | {"le": float(bucket["upper_bound"][0]).hex()}, bucket.get("exemplar", []))
    proto_exemplars(name, labels, value.get("exemplars", []))
    if "schema" in value:
        buckets = [bucket for side in ("negative", "positive")
                   for bucket in native(side[0], ((span["offset"][0], span["length"][0]) for span in value.get(side + "_span", [])),
                                        counts_of(value.get(side + "_delta", [])))]
        printing.native(name, labels, value["schema"][0], value["zero_threshold"][0], value["zero_count"][0], buckets)


def of_protobuf(page):
    for family in protobuf_reader.read(page):
        [name], [kind] = family["name"], family["type"]
        printing.family(name, kind.lower(), family.get("unit", [""])[0], family["help"][0])
        for metric in family.get("metric", []):
            labels = protobuf_reader.labels(metric)
            [value] = metric[kind.lower()]
            for start in value.get("created_timestamp", []):
                printing.created(name, labels, seconds(start))
            if "value" in value:
                printing.sample(name, labels, value["value"][0])
                proto_exemplars(name, labels, value.get("exemplar", []))
                continue
            parts = {"count": value["sample_count"][0], "sum": value["sample_sum"][0],
                     "buckets": [(one["upper_bound"][0], one["cumulative_count"][0]) for one in value.get("bucket", [])]}
            if kind == "SUMMARY":
                parts["quantiles"] = [(one["quantile"][0], one["value"][0]) for one in value.get("quantile", [])]
            else:
                proto_histogram(name, labels, value)
            composite(name, labels, parts)


*paths, form = sys.argv[1:]
for path in paths:
    print("PAGE", path)
    {"openmetrics_2": of_openmetrics_2, "protobuf": of_protobuf}[form](Path(path).read_bytes())
