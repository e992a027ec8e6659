# SPDX-License-Identifier: Apache-2.0
"""mutants.py [COMPONENT|RULE]…: breaks each rule in one place at a time; a test of that rule has to fail each time.

What is broken: each comparator (turned round; with and without the boundary), each matcher (turned round), what it
compares with (another text; without each of a choice), each and, or and unless, each rate, increase and max_over_time
(another), each sum, max, min, avg and count (another of these; the value of a group is 1 whatever it groups), each
by, without, on and ignoring (left out), each label of them, each number (a tenth more, a tenth less; 1 for 0), each
window, offset and `for` (half, double); each label and annotation of an alert (another text, and without it).
promtool says whether a test fails.
Prints the count; fails where a mutant survives, and where one that is listed as changing nothing is found or is none.
"""

import collections
import re
import sys
from pathlib import Path

import cases
import promql

MATCHERS = {"=": "!=", "!=": "=", "=~": "!~", "!~": "=~"}
SET_OPERATORS = {"and": "unless", "unless": "and", "or": "and"}
AGGREGATIONS = {"sum": ("max",), "max": ("min", "sum"), "min": ("max",), "avg": ("max", "min"), "count": ("sum",)}
FUNCTIONS = {"rate": "increase", "increase": "rate", "max_over_time": "min_over_time"}
COMPARATORS = {">": ("<", ">="), "<": (">", "<="), ">=": ("<", ">"), "<=": (">", "<"), "==": ("!=",), "!=": ("==",)}

# Broken in a way that changes nothing, each with the reason. A name, the place and what is broken there.
EQUIVALENT = {
    ("Watchdog", "line 1", "1 becomes 1.1"): "an alert fires on any value",
    ("Watchdog", "line 1", "1 becomes 0.9"): "an alert fires on any value",
    ("PodFrequentRestarts", "line 5", "5 becomes 5.5"): "restarts are rounded to whole numbers",
    ("CertificateExpiringSoon", "line 1", "0 becomes 1"): "no certificate expires in the first second of 1970",
    ("CertificateExpiryCritical", "line 1", "0 becomes 1"): "no certificate expires in the first second of 1970",
    ("AlertmanagerClusterCrashlooping", "line 1", "4 becomes 4.4"): "restarts are whole numbers",
    ("job:http_request_duration_seconds:p95_rate5m", "line 3", ">= becomes >"): "no quantile of durations is 0",
    ("job:http_request_duration:p95_5m", "line 3", ">= becomes >"): "no quantile of durations is 0",
    **{(f"job:iaf_api_request_errors:ratio_rate{window}", "line 3", f"{window} becomes {double}"):
       "a longer window has a zero more often, and the divisor has none to divide it by"
       for window, double in (("5m", "10m"), ("30m", "1h"), ("1h", "2h"), ("2h", "4h"), ("6h", "12h"), ("1d", "2d"),
                              ("3d", "6d"))},
    **{(name, f"line {line}", what): "what is summed is 0 or more: the sum is above 0 where the greatest is"
       for name, line, what in (
           ("PodCrashLooping", 1, "max becomes sum"), ("PodNotReady", 1, "max becomes sum"), ("NodeNotReady", 1, "max becomes sum"),
           ("DeploymentReplicasMismatch", 5, "max becomes sum"), ("DeploymentGenerationMismatch", 12, "max becomes sum"),
           *((alert, line, "sum becomes max") for alert, lines in (
               ("PodCrashLooping", (6, 9)), ("IafSeriesDropped", (1, 3)), ("IafObservationsRefused", (1, 3)), ("DatabaseConnectionFailure", (1, 4, 5)),
               ("PrometheusNotIngestingSamples", (1, 4, 5))) for line in lines))},
    ("InfoInhibitor", "line 2", "on is left out"): "both sides have these labels alone",
    **{(name, f"line {line}", "increase becomes rate"): "the one is above 0 where the other is"
       for name, lines in (("PodCrashLooping", (7, 10)), ("IafSeriesDropped", (1,)), ("IafObservationsRefused", (1,)),
                           ("DatabaseConnectionFailure", (1, 4, 5)), *((f"Prometheus{name}", (1,)) for name in (
                               "SDRefreshFailure", "RuleFailures", "MissingRuleEvaluations", "TargetLimitHit", "LabelLimitHit",
                               "ScrapeBodySizeLimitHit", "ScrapeSampleLimitHit"))) for line in lines},
    ("PrometheusNotIngestingSamples", "line 1", "rate becomes increase"): "the one is 0 where the other is",
    ("AlertmanagerMembersInconsistent", "line 3", "max_over_time becomes min_over_time"): "they are counted, whatever they say",
    **{(name, f"line {line}", "rate becomes increase"): "the buckets' shares are the same"
       for name, line in (("SlowResponseTime", 3), ("job:http_request_duration_seconds:p95_rate5m", 2),
                          ("job:http_request_duration:p95_5m", 2))},
    **{(record, "line 3", what): "it is multiplied with 0"
       for what in ("sum becomes max", "rate becomes increase")
       for record in ("job:http_errors:rate5m", *(f"job:iaf_api_request_errors:ratio_rate{window}" for window in (
           "5m", "30m", "1h", "2h", "6h", "1d", "3d")))},
}


def number(value):
    return f"{value:.15g}"


def broken_words(expression):
    """(what is broken, the expression broken so)."""
    words = promql.tokens(expression)

    def replaced(token, text):
        return expression[:token.begin] + text + expression[token.end:]

    for previous, token in zip([None, *words], words):
        line = expression.count("\n", 0, token.begin) + 1
        if token.kind == "comparator":
            texts = COMPARATORS[token.text]
        elif token.kind == "number":
            value = float(token.text)
            texts = (number(value * 1.1), number(value * 0.9)) if value else ("1",)
        elif token.kind == "duration":
            length = cases.seconds(token.text)
            texts = (cases.duration(length // 2), cases.duration(length * 2))
        elif token.kind == "matcher":
            texts = (MATCHERS[token.text],)
        elif token.kind == "string" and previous.kind == "matcher":
            texts = other_values(token.text)
        elif token.kind == "name" and token.text in FUNCTIONS:
            texts = (FUNCTIONS[token.text],)
        elif token.kind == "name" and token.text in AGGREGATIONS:
            texts = AGGREGATIONS[token.text]
        elif token.text in SET_OPERATORS:
            texts = (SET_OPERATORS[token.text],)
        else:
            continue
        for text in texts:
            yield f"{token.text} becomes {text}", line, replaced(token, text)
    for keyword, labels in promql.lists(words):
        for token in labels:
            line = expression.count("\n", 0, token.begin) + 1
            yield f"{keyword} loses {token.text}", line, without_label(expression, token)
    for i, word in enumerate(words):
        if word.text in ("by", "without", "on", "ignoring") and words[i + 1].text == "(":
            end = next(j for j in range(i, len(words)) if words[j].text == ")")
            if words[end + 1].text not in ("group_left", "group_right"):
                line = expression.count("\n", 0, word.begin) + 1
                yield f"{word.text} is left out", line, expression[:word.begin] + expression[words[end].end:]


def other_values(text):
    """What a matcher may be broken to compare with: nothing that it finds, or all but one of what a choice has."""
    if "|" not in text:
        return ('"otherwise"',)
    begin, choice, end = re.fullmatch(r'([^|]*["(])([^()"]*)([)"].*)', text).groups()
    parts = choice.split("|")
    return tuple(begin + "|".join(parts[:i] + parts[i + 1:]) + end for i in range(len(parts)))


def without_label(expression, token):
    before, after = expression[:token.begin], expression[token.end:]
    if after.lstrip().startswith(","):
        return before + after.lstrip()[1:].lstrip()
    return before.rstrip().removesuffix(",") + after


def mutants_of(rule):
    """(what is broken, where, the rule broken so)."""
    for what, line, expression in broken_words(rule["expr"]):
        yield what, f"line {line}", {**rule, "expr": expression}
    if "for" in rule:
        length = cases.seconds(rule["for"])
        for other in (length // 2, length * 2):
            yield f"for {rule['for']} becomes {cases.duration(other)}", "for", {**rule, "for": cases.duration(other)}
    for part in ("labels", "annotations"):
        for name, text in rule.get(part, {}).items():
            other = {"critical": "warning", "warning": "critical"}.get(text, f"{text} otherwise")
            yield f"{name} becomes another", part, {**rule, part: {**rule[part], name: other}}
            yield f"{name} is left out", part, {**rule, part: {n: t for n, t in rule[part].items() if n != name}}


def in_order(about):
    """The cases of a rule as mutants meet them: those in which it says something first, which find most of what is broken,
    and of these the shortest, which are the least work."""
    def work(title):
        case = about["cases"][title]
        says = title.split()[0] in ("fires", "value")
        return not says, max(map(cases.seconds, case["at"])) / cases.seconds(cases.interval_of(about, case))

    return sorted(about["cases"], key=work)


def reads_alerts(rule):
    return any(selector.metric == "ALERTS" for selector in promql.selectors(rule["expr"]))


class Result(collections.namedtuple("Result", "found survived left_out stale")):
    """Of one rule: how many mutants a test fails for, the texts of those that none does, how many change nothing, and
    what is wrong with the list of these."""


def try_mutants(component, key, folder):
    """All mutants of a rule run beside each other, as rules of other names, and beside them the rule itself. One that
    fails a case has not to meet the next."""
    rule, name = cases.rules_of(component)[key], cases.name_of(cases.rules_of(component)[key])
    listed = {entry: reason for entry, reason in EQUIVALENT.items() if entry[0] == name}
    stale, left_out, told, alive = [], set(), {}, {}
    for number, (what, where, broken) in enumerate(mutants_of(rule)):
        variant = f"{name}_{number}"
        alive[variant], told[variant] = broken, f"{component}: {key}, {where}: {what}"
        if listed.pop((name, where, what), None):
            left_out.add(variant)
    stale += [f"{entry} is no mutant" for entry in listed]
    for title in in_order(cases.cases_of(component)[key]):
        # What reads alerts would see those of the others.
        together = [{variant: alive[variant]} for variant in alive] if reads_alerts(rule) else [{name: rule, **alive}]
        for variants in together if alive else ():
            failed, said = cases.promtool_test(component, key, folder, variants, [title])
            if name in failed:
                raise SystemExit(f"{component}: {key} fails its own test:\n{said}")
            for variant in failed:
                del alive[variant]
    stale += [f"{told[variant]} is found by a test" for variant in left_out - set(alive)]
    survived = [told[variant] for variant in alive if variant not in left_out]
    return Result(len(told) - len(left_out) - len(survived), survived, len(left_out), stale)


def main():
    wanted = set(sys.argv[1:])
    rules = [(component, key) for component in cases.components() for key, rule in cases.rules_of(component).items()
             if not wanted or wanted & {component, cases.name_of(rule)}]
    with cases.scratch_folder() as folder:
        results = cases.in_parallel(lambda one: try_mutants(*one, Path(folder)), rules)
    survived = [text for result in results for text in result.survived]
    stale = [text for result in results for text in result.stale]
    if not wanted:
        names = {cases.name_of(cases.rules_of(component)[key]) for component, key in rules}
        stale += [f"{entry} is of no rule" for entry in EQUIVALENT if entry[0] not in names]
    for text in survived:
        print(f"survived: {text}")
    for text in stale:
        print(f"listed as changing nothing, but {text}")
    found, left_out = sum(r.found for r in results), sum(r.left_out for r in results)
    print(f"counted: {found + len(survived)} mutants of {len(rules)} rules, {found} found by a test, {len(survived)} survived; "
          f"{left_out} left out as changing nothing")
    return bool(survived) or bool(stale) or not found


if __name__ == "__main__":
    sys.exit(main())
