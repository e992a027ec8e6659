"""cost.py INCLUDE [COMPILER]: CPU seconds that an include costs a translation unit, the best of five, beside its floor.

The floor is what the standard library's own headers cost on the same machine: no metrics library without text, vectors
and atomics is cheaper. The budget is that of a machine on which prometheus/registry.h costs 0.37 s: 0.50 s for the whole
core, 0.25 s for a hot header, here in this machine's seconds. Prints, and asserts nothing: time is the machine's. What
may be included is reach.py's to say.
"""
import os
import resource
import subprocess
import sys
import tempfile

include = sys.argv[1]
compiler = sys.argv[2] if len(sys.argv) > 2 else "g++"
peer = "prometheus/registry.h"
budgets = {"iafmetrics/counter.hpp": 0.25 / 0.37, "iafmetrics/iafmetrics.hpp": 0.50 / 0.37}  # in costs of the peer
measured = [("an empty file", []), ("<string>", ["string"]), ("<vector>", ["vector"]), ("<atomic>", ["atomic"]),
            ("<string> <vector> <atomic>", ["string", "vector", "atomic"]),
            (peer + ", prometheus-cpp's", [peer]),
            ("iafmetrics/counter.hpp, a hot header", ["iafmetrics/counter.hpp"]),
            ("iafmetrics/histogram.hpp", ["iafmetrics/histogram.hpp"]),
            ("iafmetrics/spec.hpp, declarations", ["iafmetrics/spec.hpp"]),
            ("iafmetrics/iafmetrics.hpp, the whole core", ["iafmetrics/iafmetrics.hpp"])]


def cpu_seconds(file):
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run([compiler, "-std=c++20", "-fsyntax-only", "-I" + include, file], check=True, timeout=60)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


with tempfile.TemporaryDirectory() as folder:
    print(f"CPU seconds of {compiler} -std=c++20 -fsyntax-only, best of 5:")
    cost_of_peer = None
    for name, headers in measured:
        file = os.path.join(folder, "unit.cpp")
        with open(file, "w", encoding="utf-8") as unit:
            unit.writelines(f"#include <{header}>\n" for header in headers)
        cost = min(cpu_seconds(file) for _ in range(5))
        if headers == [peer]:
            cost_of_peer = cost
        budget = f" (budget {budgets[headers[0]] * cost_of_peer:.2f})" if headers and headers[0] in budgets else ""
        print(f"  {cost:5.2f}  {name}{budget}", flush=True)
