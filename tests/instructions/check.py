"""check.py PROGRAM [ROOM]: operations cost no more instructions than is written here, and the same in every run.

Callgrind counts what one operation costs with the loop around it, as the difference between two numbers of operations, so
that whatever happens once cancels out. The bounds leave room for another compiler, not for a lock or an allocation. Of a
page an operation is one series, of counters, histograms or native ones; what the other formats cost is told in parts of
text, and what the exemplars of traced requests cost in parts of a request.
"""
import re
import shutil
import subprocess
import sys

program = sys.argv[1]
room = float(sys.argv[2]) if len(sys.argv) > 2 else 1  # of a compiler that the bounds were not measured with
bounds = {"counter_increment": 40, "histogram_observe": 200, "lookup3_increment": 500, "page_text": 400, "page_openmetrics": 450,
          "page_openmetrics_2": 500, "page_protobuf": 700, "histograms_text": 3400, "histograms_openmetrics": 3900,
          "histograms_openmetrics_2": 2700, "histograms_protobuf": 2300, "natives_text": 6700, "natives_openmetrics_2": 9700,
          "natives_protobuf": 8000, "request": 600, "request_traced": 660}
ratios = {("request_traced", "request"): 1.10, ("page_openmetrics", "page_text"): 1.20, ("page_openmetrics_2", "page_text"): 1.35,
          ("page_protobuf", "page_text"): 1.85, ("histograms_openmetrics", "histograms_text"): 1.30,
          ("histograms_openmetrics_2", "histograms_text"): .95, ("histograms_protobuf", "histograms_text"): .85,
          ("natives_openmetrics_2", "natives_text"): 1.65, ("natives_protobuf", "natives_text"): 1.35}


def counted(row, times):
    done = subprocess.run(["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, row, str(times)],
                          capture_output=True, text=True, timeout=60)
    found = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode != 0 or not found:
        sys.exit(f"valgrind {program} {row}: {done.stderr}")
    return int(found[1])


def instructions_of(row):
    return (counted(row, 2560) - counted(row, 1280)) / 1280


if not shutil.which("valgrind"):
    print("skipped: valgrind is not installed (scripts/install-dependencies bench)")
    sys.exit(77)
wrong = []
found = {}
for row, bound in ((row, bound * room) for row, bound in bounds.items()):
    once, again = instructions_of(row), instructions_of(row)
    found[row] = once
    print(f"{row}: {once:.0f} instructions, at most {bound:.0f}")
    if once > bound:
        wrong.append(f"{row} costs {once:.0f} instructions, more than {bound:.0f}")
    if abs(once - again) > (.03 * once if row.startswith(("page", "histograms", "natives")) else 0):  # a page tells times, not all of which are as long
        wrong.append(f"{row} costs {once} instructions, and {again} when counted again")
for (row, other), most in ((of, most * room) for of, most in ratios.items()):
    ratio = found[row] / found[other]
    print(f"{row}: {ratio:.2f} of {other}, at most {most:.2f}")
    if ratio > most:
        wrong.append(f"{row} costs {ratio:.2f} times as many instructions as {other}, more than {most:.2f}")
print("\n".join(wrong))
sys.exit(bool(wrong))
