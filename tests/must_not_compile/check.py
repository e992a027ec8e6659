"""check.py COMPILER INCLUDE FILE: compiles FILE once and wants an error for every line that says `refused: TEXT`.
Where TEXT is a rule's name, what is said of a declaration must name its metric, too.

A compiler tells an error and the way to it as a run of lines, some of which name a line of FILE. g++ tells the way
first: TEXT must stand in what it says from one mention of the line to the next mention of another. clang tells the error
first: TEXT must stand in an error that mentions the line, or in its notes. They must not quote their source, for TEXT
stands there too. A line that says nothing of `refused` must not be at the head of an error.
"""
import re
import subprocess
import sys

compiler, include, file = sys.argv[1:]
tells_error_first = "clang" in compiler
options = ["-fno-caret-diagnostics", "-ferror-limit=0"] if tells_error_first else ["-fno-diagnostics-show-caret"]
result = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", *options, "-I" + include, file],
                        capture_output=True, text=True, timeout=120)
said = {}
heads = {}
so_far, mentioned = [], set()
for text in (result.stderr + result.stdout).splitlines():
    if text.lstrip().startswith(("In file included from", "from ")):
        continue
    lines = {int(line) for line in re.findall(re.escape(file) + r":(\d+):", text)}
    if tells_error_first and " error: " in text:
        so_far, mentioned = [], set()
    elif not tells_error_first and lines:
        so_far, mentioned = [], lines
    mentioned |= lines
    so_far.append(text)
    for line in mentioned:
        said[line] = said.get(line, []) + (so_far if line in lines else [text])
    if " error: " in text:
        for line in lines:
            heads.setdefault(line, text)

failures = []
expected, metrics = {}, {}
for number, text in enumerate(open(file, encoding="utf-8"), 1):
    if match := re.search(r"// refused: (.+)$", text):
        if "check.py" not in text and "`" not in text:
            expected[number] = match.group(1).strip()
            if metric := re.match(r'inline constexpr .*? \w+\{("[^"\\]+"?)', text):
                metrics[number] = metric.group(1)
for number, rule in expected.items():
    if not any(rule in text for text in said.get(number, [])):
        failures.append(f"line {number} compiles, or its error does not say {rule!r}")
    elif "_" in rule and number in metrics and not any(metrics[number] in text for text in said[number]):
        failures.append(f"line {number}: its error does not name {metrics[number]}")
for number, text in heads.items():
    if number not in expected:
        failures.append(f"line {number} must compile: {text}")
for failure in failures:
    print(failure)
print(f"{len(expected)} cases, {len(failures)} wrong, {compiler}")
sys.exit(1 if failures or not expected else 0)
