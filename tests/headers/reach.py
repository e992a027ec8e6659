"""reach.py COMPILER INCLUDE: what a program that includes the core does not get with it.

Whatever a header of the core includes, directly or through others, each unit of its users pays for. Refused are Boost and
every other library, and the dear headers of the standard library: what each costs alone, with g++ 12, is in the table.
"""
import re
import subprocess
import sys

compiler, include = sys.argv[1:]
headers = [f"iafmetrics/{name}.hpp" for name in ("buckets", "counter", "exception_counter", "gauge", "histogram",
                                                 "in_progress", "number", "spec", "timer", "up_down_counter",
                                                 "iafmetrics", "platform")]
dear = {"iostream": "0.6 s", "istream": "0.5 s", "sstream": "0.6 s", "fstream": "0.6 s", "iomanip": "0.7 s",
        "regex": "1.3 s", "chrono": "0.5 s", "functional": "0.3 s", "thread": "0.6 s", "condition_variable": "0.6 s",
        "future": "0.8 s", "filesystem": "0.9 s", "random": "0.6 s", "ranges": "0.6 s", "unordered_map": "0.3 s",
        "unordered_set": "0.3 s", "variant": "0.2 s", "algorithm": "0.2 s", "map": "0.15 s", "set": "0.13 s", "cmath": "0.2 s",
        "memory": "0.5 s", "ostream": "0.5 s", "locale": "0.5 s", "deque": "0.13 s"}
wrong = []
for header in headers:
    said = subprocess.run([compiler, "-std=c++20", "-E", "-H", "-I" + include, "-x", "c++", "-"],
                          input=f"#include <{header}>\n", capture_output=True, text=True, timeout=120)
    if said.returncode != 0:
        sys.exit(said.stderr)
    way = []
    reached = set()
    for line in said.stderr.splitlines():
        step = re.match(r"(\.+) (.+)$", line)
        if not step:
            continue
        depth = len(step.group(1))
        path = step.group(2)
        way[depth - 1:] = [path]
        standard = re.search(r"/c\+\+/(?:v1|\d+(?:\.\d+)*)/(\w+)$", path)
        name = standard.group(1) if standard else None
        reason = f"costs {dear[name]}" if name in dear else "is another library" if re.search(
            r"/(boost|prometheus|openssl|fmt|absl|google)/", path) else None
        if reason and path not in reached:
            reached.add(path)
            ours = [one for one in way if "/iafmetrics/" in one]
            wrong.append(f"{header} reaches <{name or path}>, which {reason}, through {ours[-1]}")
print("\n".join(wrong) if wrong else f"{len(headers)} headers reach no other library and none of {len(dear)} dear headers")
sys.exit(bool(wrong))
