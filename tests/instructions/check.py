"""check.py PROGRAM: operations cost no more instructions than is written here, and the same in every run.

Callgrind counts what one operation costs with the loop around it, as the difference between two numbers of operations, so
that whatever happens once cancels out. The bounds leave room for another compiler, not for a lock or an allocation. What
the exemplars of traced requests cost is told in parts of the request itself.
"""
import re
import shutil
import subprocess
import sys

program = sys.argv[1]
bounds = {"counter_increment": 40, "histogram_observe": 200, "lookup3_increment": 500, "request": 600, "request_traced": 660}
most_for_traces = 1.10


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
for row, bound in bounds.items():
    once, again = instructions_of(row), instructions_of(row)
    found[row] = once
    print(f"{row}: {once:.0f} instructions, at most {bound}")
    if once > bound:
        wrong.append(f"{row} costs {once:.0f} instructions, more than {bound}")
    if once != again:
        wrong.append(f"{row} costs {once} instructions, and {again} when counted again")
if found["request_traced"] > most_for_traces * found["request"]:
    wrong.append(f"a request costs {found['request_traced'] / found['request']:.2f} times as much where it is traced, "
                 f"more than {most_for_traces}")
print("\n".join(wrong))
sys.exit(bool(wrong))
