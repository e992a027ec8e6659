"""check.py ROOT: every dashboard is one that Grafana's sidecar can load, that follows the linter's rules, whose
expressions Prometheus parses, and whose iaf_ metrics are declared in platform.hpp."""
import json
import pathlib
import re
import subprocess
import sys
import tempfile

root = pathlib.Path(sys.argv[1])
declared = set(re.findall(r'"(iaf_[a-z_]+)"', (root / "include/iafmetrics/platform.hpp").read_text(encoding="utf-8")))
units = {"short", "s", "bytes", "reqps", "percentunit", "ops"}
wrong = []
rules = []


def check(path, dashboard):
    def say(text):
        wrong.append(f"{path.name}: {text}")

    if not dashboard.get("uid") or len(dashboard["uid"]) > 40 or "id" in dashboard:
        say("needs a uid of at most 40 characters, and no id")
    if dashboard.get("editable") is not False or dashboard.get("timezone") != "utc":
        say("must be editable: false and in utc")
    variables = {v["name"]: v for v in dashboard["templating"]["list"]}
    if variables.get("datasource", {}).get("query") != "prometheus":
        say("needs the datasource variable")
    for name in ("job", "instance"):
        v = variables.get(name, {})
        if v.get("refresh") != 2 or not v.get("multi") or v.get("allValue") != ".+":
            say(f"variable {name} must reload on time change, be multi, and match .+ for all")
    panels = dashboard["panels"]
    if len({p["id"] for p in panels}) != len(panels):
        say("panel ids repeat")
    taken = set()
    for p in panels:
        title = p.get("title") or "?"
        if not p.get("title") or not p.get("description"):
            say(f"panel {title}: needs a title and a description")
        if p["fieldConfig"]["defaults"].get("unit") not in units:
            say(f"panel {title}: unit {p['fieldConfig']['defaults'].get('unit')!r}")
        if p["datasource"]["uid"] != "${datasource}":
            say(f"panel {title}: names a data source of its own")
        g = p["gridPos"]
        cells = {(x, y) for x in range(g["x"], g["x"] + g["w"]) for y in range(g["y"], g["y"] + g["h"])}
        if g["x"] + g["w"] > 24 or cells & taken:
            say(f"panel {title}: overlaps another or leaves the grid")
        taken |= cells
        for t in p["targets"]:
            expression = t["expr"]
            for metric in re.findall(r"\biaf_[a-z_]+", expression):
                base = re.sub(r"_(bucket|sum|count)$", "", metric)
                if metric not in declared and base not in declared:
                    say(f"panel {title}: {metric} is declared nowhere")
            for metric in re.findall(r"\b[a-z_]+_total\b", expression):
                if not re.search(r"(rate|irate|increase)\([^()]*" + metric, expression):
                    say(f"panel {title}: the counter {metric} is shown as it is")
            if re.search(r"rate\(", expression) and "[$__rate_interval]" not in expression:
                say(f"panel {title}: a rate over something other than $__rate_interval")
            if 'job=~"$job"' not in expression or 'instance=~"$instance"' not in expression:
                say(f"panel {title}: does not follow the job and instance variables")
            plain = expression.replace("$__rate_interval", "5m").replace("$job", "x").replace("$instance", "x")
            rules.append({"record": f"panel_{len(rules)}", "expr": plain})


files = sorted((root / "dashboards").glob("*.json"))
for path in files:
    check(path, json.loads(path.read_text(encoding="utf-8")))
with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
    json.dump({"groups": [{"name": "panels", "rules": rules}]}, file)
    file.flush()
    result = subprocess.run(["promtool", "check", "rules", file.name], capture_output=True, text=True, timeout=30)
    if result.returncode:
        wrong.append(result.stdout + result.stderr)
print("\n".join(wrong) or f"{len(files)} dashboards, {len(rules)} expressions, none wrong")
sys.exit(bool(wrong) or not files)
