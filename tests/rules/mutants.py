# SPDX-License-Identifier: Apache-2.0
"""mutants.py [COMPONENT|RULE]…: breaks each rule in one place at a time; a test of that rule has to fail each time.

What is broken: each comparator (turned round; with and without the boundary), each label of each by, without, on and
ignoring, each number (a tenth more, a tenth less; 1 for 0), each window, offset and `for` (half, double). promtool
says whether a test fails. Prints the count; fails where a mutant survives.
"""

import sys
import tempfile
from pathlib import Path

import cases
import promql

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
    **{(alert, f"line {line}", "> becomes >="): "two sums of many rates meet exactly by chance alone"
       for alert in ("IafApiErrorBudgetBurn", "IafApiErrorBudgetBurnSlow") for line in (4, 6, 11, 13)},
}


def number(value):
    return f"{value:.15g}"


def broken_words(expression):
    """(what is broken, the expression broken so)."""
    words = promql.tokens(expression)

    def replaced(token, text):
        return expression[:token.begin] + text + expression[token.end:]

    for token in words:
        line = expression.count("\n", 0, token.begin) + 1
        if token.kind == "comparator":
            texts = COMPARATORS[token.text]
        elif token.kind == "number":
            value = float(token.text)
            texts = (number(value * 1.1), number(value * 0.9)) if value else ("1",)
        elif token.kind == "duration":
            length = cases.seconds(token.text)
            texts = (cases.duration(length // 2), cases.duration(length * 2))
        else:
            continue
        for text in texts:
            yield f"{token.text} becomes {text}", line, replaced(token, text)
    for keyword, labels in promql.lists(words):
        for token in labels:
            line = expression.count("\n", 0, token.begin) + 1
            yield f"{keyword} loses {token.text}", line, without_label(expression, token)


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


def survivors_of(component, rule, folder):
    """How many mutants a rule has, and those that no test fails for.

    All of them run beside each other, as rules of other names, and beside them the rule itself."""
    name = cases.name_of(rule)
    told, variants = {}, {name: rule}
    for number, (what, where, broken) in enumerate(mutants_of(rule)):
        if (name, where, what) not in EQUIVALENT:
            variants[f"{name}_{number}"] = broken
            told[f"{name}_{number}"] = f"{component}: {name}, {where}: {what}"
    failed, said = cases.promtool_test(component, rule, folder / f"{component}.{name}", variants)
    if name in failed:
        raise SystemExit(f"{component}: {name} fails its own test:\n{said}")
    return len(told), [text for variant, text in told.items() if variant not in failed]


def main():
    wanted = set(sys.argv[1:])
    rules = [(component, rule) for component in cases.components() for name, rule in cases.rules_of(component).items()
             if not wanted or wanted & {component, name}]
    with tempfile.TemporaryDirectory() as folder:
        results = cases.in_parallel(lambda one: survivors_of(*one, Path(folder)), rules)
    count = sum(of_rule for of_rule, _ in results)
    survivors = [text for _, of_rule in results for text in of_rule]
    for text in survivors:
        print(f"survived: {text}")
    print(f"{count} mutants of {len(rules)} rules, {count - len(survivors)} found by a test, {len(survivors)} survived; "
          f"{len(EQUIVALENT)} left out as changing nothing")
    return bool(survivors) or not count


if __name__ == "__main__":
    sys.exit(main())
