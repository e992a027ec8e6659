"""check.py COMPILER INCLUDE FILE: compiles FILE once and wants an error for every line that says `refused: TEXT`.

Both g++ and clang tell the way to an error as a run of lines, of which some name a line of FILE. TEXT must stand in
what the compiler says between one mention of the line and the next mention of another. A line that says nothing of
`refused` must not be at the head of an error.
"""
import re
import subprocess
import sys

compiler, include, file = sys.argv[1:]
limit = "-ferror-limit=0" if "clang" in compiler else "-fmax-errors=0"
result = subprocess.run([compiler, "-std=c++20", "-fsyntax-only", limit, "-I" + include, file],
                        capture_output=True, text=True, timeout=120)
said = {}
line = None
for text in (result.stderr + result.stdout).splitlines():
    if text.lstrip().startswith(("In file included from", "from ")):
        continue
    for place in re.finditer(re.escape(file) + r":(\d+):", text):
        line = int(place.group(1))
    if line is not None:
        said.setdefault(line, []).append(text)

failures = []
expected = {}
for number, text in enumerate(open(file, encoding="utf-8"), 1):
    if match := re.search(r"// refused: (.+)$", text):
        if "check.py" not in text and "`" not in text:
            expected[number] = match.group(1).strip()
for number, rule in expected.items():
    if not any(rule in text for text in said.get(number, [])):
        failures.append(f"line {number} compiles, or its error does not say {rule!r}")
for number, texts in said.items():
    if number not in expected and any(": error:" in text for text in texts):
        failures.append(f"line {number} must compile: {texts[0]}")
for failure in failures:
    print(failure)
print(f"{len(expected)} cases, {len(failures)} wrong, {compiler}")
sys.exit(1 if failures or not expected else 0)
