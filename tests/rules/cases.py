# SPDX-License-Identifier: Apache-2.0
"""The rules, their cases, and promtool's tests made of both.

A case file says, for each rule, which series there are, how they run, and what is to be seen at which time:

    HighErrorRate:
      summary: A service answers with errors.
      labels: {severity: warning, cluster: eu, namespace: shop, job: api}        # all that the alert is to have
      series:
        good: http_request_duration_seconds_count{cluster="eu", …, status_code="200"}
        bad:  http_request_duration_seconds_count{cluster="eu", …, status_code="500"}
      cases:
        fires: {good: 98/m, bad: 2/m, at: {5m: quiet, 6m: "2.0 % of the requests to api are answered with a 5xx."}}

Where two rules of a file have one name, theirs here are `Name severity`. The numbers and services of the rules are
those of settings.yml beside this file, not those that a platform has chosen. A series that a case does not name is
not there. How one runs:

    5                       is 5 all the time
    3/m                     grows by 3 each minute, from 0
    1/4m                    grows by 1 every 4 minutes
    5 20m 9                 is 5 until minute 20, then 9
    3/m 20m gone            is not scraped any more from minute 20 on
    gone 20m 3/m            appears at minute 20
    3/m 20m reset 3/m       starts again at 0
    9/m 4m 2/m 5m again     grows by 9, in each fifth minute by 2

A record that a case gives as a series is that series, and is not made by its rule: so a threshold on it is met exactly.

Scrapes and evaluations are at the same times, an `interval` apart; with `late: 15s`, each scrape is 15 seconds later.

What is seen: `quiet`; the description of an alert that has `labels`; or a list of them, {says: …, label: value, …},
whose labels are laid over `labels`. Of a record: its value, or `none`, or a list of {value: …, label: value, …}.
"""

import concurrent.futures
import functools
import importlib.machinery
import importlib.util
import json
import math
import os
import re
import subprocess
import tempfile
from pathlib import Path

import promql
import yaml

ROOT = Path(__file__).resolve().parents[2]
RULES = ROOT / "manifests/rules"
CASES = Path(__file__).with_name("cases")
SETTINGS = yaml.safe_load(Path(__file__).with_name("settings.yml").read_text())  # those that the cases are written for

# scripts/rules, which writes settings into rules.
_loader = importlib.machinery.SourceFileLoader("rules", str(ROOT / "scripts/rules"))
writer = importlib.util.module_from_spec(importlib.util.spec_from_loader("rules", _loader))
_loader.exec_module(writer)

UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}


def seconds(duration):
    """3600 of "1h" or "30m30m"."""
    parts = re.findall(r"(\d+)([smhd])", str(duration))
    if "".join(n + u for n, u in parts) != str(duration):
        raise ValueError(f"not a duration: {duration!r}")
    return sum(int(n) * UNITS[u] for n, u in parts)


def duration(total):
    """"1h30m" of 5400."""
    text = ""
    for unit, size in (("d", 86400), ("h", 3600), ("m", 60), ("s", 1)):
        count, total = divmod(total, size)
        text += f"{count}{unit}" if count else ""
    return text or "0s"


def components():
    return [file.name.removesuffix(".rules.yml") for file in sorted(RULES.glob("*.rules.yml"))]


def rule_file(component):
    return RULES / f"{component}.rules.yml"


@functools.cache
def groups_of(component):
    """The groups of a rule file, with the settings that the cases are written for."""
    return groups_in(rule_file(component))


def groups_in(file):
    """The groups of a rule file, wherever it is."""
    return yaml.safe_load(writer.with_settings(file, file.read_text(), SETTINGS))["groups"]


def name_of(rule):
    return rule.get("alert") or rule["record"]


@functools.cache
def rules_of(component):
    """key -> rule, of one component. The key is the name, and `Name severity` where several have it."""
    return keyed([rule for group in groups_of(component) for rule in group["rules"]])


def keyed(rules):
    names = [name_of(rule) for rule in rules]
    found = {}
    for rule in rules:
        name = name_of(rule)
        key = name if names.count(name) == 1 else f"{name} {rule.get('labels', {}).get('severity')}"
        if key in found:
            raise ValueError(f"two rules are {key}: nothing tells them apart")
        found[key] = rule
    return found


@functools.cache
def cases_of(component):
    """key -> what the case file says about the rule."""
    return yaml.safe_load((CASES / f"{component}.yml").read_text())


# ---- How a series runs -----------------------------------------------------------------------

TIME = re.compile(r"(\d+[smhd])+$")


def pieces_of(shape, until):
    """[(from when in seconds, what)] of a shape."""
    pieces, start, last = [], 0, 0
    for word in str(shape).split():
        if TIME.match(word):
            start = last = seconds(word)
        elif word == "again":
            once = list(pieces)
            for begin in range(last, until + 1, last):
                pieces += [(begin + start, what) for start, what in once]
        else:
            pieces.append((start, word))
    return pieces


def values(shape, interval, until, late=0):
    """One value for each scrape from late to until; None where the series is not there, "stale" where it ends."""
    pieces = pieces_of(shape, until)
    level, step, every, begun, seen = 0.0, 0.0, 60, 0, True
    found = []

    def at(now):
        return level + step * ((now - begun) // every)

    for now in range(late, until + 1, interval):
        while pieces and pieces[0][0] <= now:
            start, word = pieces.pop(0)
            level, begun = at(start), start
            if word == "gone":  # it runs on as before, unseen
                seen = False
                continue
            seen = True
            if word == "reset":
                level = 0.0
            elif "/" in word:
                text, _, time = word.partition("/")
                step, every = float(text), 60 if time == "m" else seconds(time)
            else:
                level, step = float(word), 0.0
        ended = not seen and found and isinstance(found[-1], float)
        found.append(at(now) if seen else "stale" if ended else None)  # stale, as Prometheus marks what is gone
    return found


def spread(samples, interval, late):
    """One value for each `late` seconds: the samples, each that much later, and nothing between them."""
    return [value for sample in samples for value in (None, sample, *[None] * (interval // late - 2))] if late else samples


def notation(samples):
    """promtool's text for the samples, with runs of equal steps written as one: 0+3x9."""
    words, i = [], 0
    while i < len(samples):
        value = samples[i]
        if not isinstance(value, float):
            same = 1
            while value is None and i + same < len(samples) and samples[i + same] is None:
                same += 1
            words.append("stale" if value else f"_x{same}")
            i += same
            continue
        step, run = None, 0
        while i + run + 1 < len(samples) and isinstance(samples[i + run + 1], float):
            next_step = samples[i + run + 1] - samples[i + run]
            if step is not None and next_step != step:
                break
            if value + next_step * (run + 1) != samples[i + run + 1]:  # promtool adds up; it has to come out the same
                break
            step, run = next_step, run + 1
        words.append(f"{value:.17g}{step:+.17g}x{run}" if run else f"{value:.17g}")
        i += run + 1
    return " ".join(words)


# ---- promtool's tests ------------------------------------------------------------------------

def test_of(rule, about, what, case, names):
    """promtool's test of one case: that each of the names says what the rule is to say."""
    at = {str(time): seen for time, seen in case["at"].items()}
    interval = seconds(interval_of(about, case))
    until = math.ceil(max(map(seconds, at)) / interval) * interval
    series, also = about.get("series", {}), case.get("also", {})
    late = seconds(case.get("late", "0s"))
    if late and (interval % late or interval == late):
        raise ValueError(f"{name_of(rule)}, {what}: an interval is not some times {late} s")
    unknown = set(case) - set(series) - {"at", "also", "interval", "late"}
    if unknown:
        raise ValueError(f"{name_of(rule)}, {what}: no series {', '.join(sorted(unknown))}")
    runs = {**{series[key]: case[key] for key in series if key in case}, **also}
    test = {"interval": duration(late or interval), "input_series": [
        {"series": selector, "values": notation(spread(values(shape, interval, until, late), interval, late))}
        for selector, shape in runs.items()]}
    if "alert" in rule:
        test["alert_rule_test"] = [
            {"alertname": name, "eval_time": time, "exp_alerts": [
                expected_alert(rule, about, one) for one in listed(seen, "says", "quiet")]}
            for time, seen in at.items() for name in names]
    else:
        test["promql_expr_test"] = [
            # promtool compares exactly; a millionth is exact enough.
            {"expr": f"round({name}, 1e-6)", "eval_time": time, "exp_samples": [
                expected_sample(about, one) for one in listed(seen, "value", "none")]}
            for time, seen in at.items() for name in names]
    return test


def interval_of(about, case):
    return case.get("interval", about.get("interval", "1m"))


def listed(seen, key, nothing):
    if seen == nothing:
        return []
    return seen if isinstance(seen, list) else [{key: seen}]


def labels_over(about, one, *without):
    over = {**about.get("labels", {}), **{k: v for k, v in one.items() if k not in without}}
    return {label: str(value) for label, value in over.items() if value is not None}


def expected_alert(rule, about, one):
    """Of the rule itself it takes nothing but the name: what a user sees and routes on stands in the case file."""
    return {"exp_labels": labels_over(about, one, "says"), "exp_annotations": {
        "summary": about["summary"], "description": one["says"],
        "runbook_url": f"{SETTINGS['runbooks']}/{rule['alert']}.md"}}


def expected_sample(about, one):
    labels = ",".join(f"{label}={json.dumps(value)}" for label, value in labels_over(about, one, "value").items())
    return {"labels": "{" + labels + "}", "value": one["value"]}


def given_records(component, about, case):
    """The records that a case has as series."""
    series = about.get("series", {})
    metrics = {text.partition("{")[0] for text in (*(series[key] for key in series if key in case), *case.get("also", {}))}
    return frozenset(metrics & {rule.get("record") for rule in rules_of(component).values()})


def with_its_records(component, rule, given):
    """Groups of one rule each: the records that a rule reads and that are not given, and the rule."""
    records = {one["record"]: one for one in rules_of(component).values()
               if "record" in one and one != rule and one["record"] not in given}
    needed = []

    def need(expression):
        for selector in promql.selectors(expression):
            if read := records.pop(selector.metric, None):
                need(read["expr"])
                needed.append(read)

    need(rule["expr"])
    return [{"name": f"group{i}", "rules": [r]} for i, r in enumerate([*needed, rule])]


def reading(expression, metric, other):
    """The expression with another metric in the place of one: a record that reads itself does so under any name."""
    return re.sub(rf"(?<![\w:]){re.escape(metric)}(?![\w:])", other, expression)


# One thread each: they run beside each other. They live for seconds: what they leave behind is seldom worth collecting.
ENVIRONMENT = {**os.environ, "GOMAXPROCS": "1", "GOGC": "800"}


def scratch_folder():
    """A temporary folder, in memory where there is one: promtool makes a database for each test."""
    memory = Path("/dev/shm")
    return tempfile.TemporaryDirectory(dir=memory if os.access(memory, os.W_OK) else None)


def promtool_test(component, key, folder, variants=None, titles=None):
    """Which variants of a rule (name -> rule; itself where none are given) fail one of its cases (all, or those of the
    titles); and what promtool said. folder is for the files.

    Only the rule and the records that it reads are loaded: a whole file takes ten times as long."""
    rule, about = rules_of(component)[key], cases_of(component)[key]
    variants = variants or {name_of(rule): rule}
    kind = "alert" if "alert" in rule else "record"
    base = f"{folder}/{component}.{key.replace(' ', '.')}"
    # The evaluation interval and the rules belong to a file: cases of another interval have a file of their own, and those
    # to which other records are given.
    tests = {}
    for what in titles or about["cases"]:
        case = about["cases"][what]
        alike = interval_of(about, case), given_records(component, about, case)
        tests.setdefault(alike, []).append(test_of(rule, about, what, case, list(variants)))
    files = []
    for number, ((interval, given), of_alike) in enumerate(tests.items()):
        groups = with_its_records(component, rule, given)
        groups[-1]["rules"] = [{**variant, kind: name, "expr": reading(variant["expr"], name_of(rule), name)}
                               for name, variant in variants.items()]
        Path(f"{base}.{number}.rules.yml").write_text(json.dumps({"groups": groups}))
        files.append(f"{base}.{number}.test.yml")
        Path(files[-1]).write_text(json.dumps({
            "rule_files": [f"{base}.{number}.rules.yml"], "evaluation_interval": interval,
            "group_eval_order": [group["name"] for group in groups], "tests": of_alike}))
    done = subprocess.run(["promtool", "test", "rules", *files], capture_output=True, text=True,
                          env={**ENVIRONMENT, "TMPDIR": str(folder)})
    said = done.stdout + done.stderr
    # A rule that cannot be evaluated (two series where one may match) ends the test of all: the rest is tried again.
    errors = set(re.findall(r"rule: (\S+), time: \w+, err:", said)) & set(variants)
    if errors and set(variants) - errors:
        failed, more = promtool_test(component, key, folder, {n: v for n, v in variants.items() if n not in errors}, titles)
        return failed | errors, said + more
    failed = (set(re.findall(r"alertname: (\S+), time", said) + re.findall(r'expr: "round\(([^,"]+),', said))
              & set(variants)) | errors
    if (done.returncode != 0) != bool(failed):
        raise SystemExit(f"promtool did not come to the tests of {key}:\n{said}")
    return failed, said


def in_parallel(function, items):
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        return list(pool.map(function, items))
