"""cost.py INCLUDE [COMPILER]: CPU seconds that an include costs a translation unit, the best of five, beside its floor.

The floor is what the standard library's own headers cost on the same machine: no metrics library without text, vectors
and atomics is cheaper. Prints, and asserts nothing: time is the machine's. What may be included is reach.py's to say.
"""
import os
import resource
import subprocess
import sys
import tempfile

include = sys.argv[1]
compiler = sys.argv[2] if len(sys.argv) > 2 else "g++"
measured = [("an empty file", []), ("<string>", ["string"]), ("<vector>", ["vector"]), ("<atomic>", ["atomic"]),
            ("<string> <vector> <atomic>", ["string", "vector", "atomic"]),
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
    for name, headers in measured:
        file = os.path.join(folder, "unit.cpp")
        with open(file, "w", encoding="utf-8") as unit:
            unit.writelines(f"#include <{header}>\n" for header in headers)
        print(f"  {min(cpu_seconds(file) for _ in range(5)):5.2f}  {name}", flush=True)
