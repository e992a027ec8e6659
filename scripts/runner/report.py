# SPDX-License-Identifier: Apache-2.0
"""What the run prints: addresses, what Prometheus answers, and the status line."""

from runner.terminal import bold, dim, green, red

# What the platform promises to measure. A name that nobody exports is shown as such.
METRICS = [
    "iaf_sessions_total",
    "iaf_sessions_active",
    "iaf_applications_by_phase",
    "iaf_reconcile_duration_seconds",
    "iaf_api_request_duration_seconds",
    "iaf_source_store_bytes",
    "iaf_source_store_bytes_total",
    "http_request_duration_seconds",
]
NOT_LABELS = {"__name__", "job", "instance"}


def number(value):
    return f"{value:,.0f}" if value == int(value) else f"{value:,.3g}"


def duration(seconds):
    for unit, size in (("s", 1), ("ms", 1e-3), ("µs", 1e-6)):
        if seconds >= size or unit == "µs":
            return f"{seconds / size:.3g} {unit}"


def labels_text(labels):
    shown = {k: v for k, v in labels.items() if k not in NOT_LABELS}
    if set(shown) >= {"method", "path", "status"}:  # reads like a line of an access log
        return f"{shown['method']} {shown['path']} {shown['status']}"
    if set(shown) >= {"method", "route", "status_code"}:
        return f"{shown['method']} {shown['route']} {shown['status_code']}"
    return ", ".join(f"{k} {v}" for k, v in sorted(shown.items()))


def rows_of(metric, samples):
    """[(job, labels, value, remark)] of one metric; of a histogram, the count where there is one, and the mean."""
    by_name = {}
    for labels, value in samples:
        series = (labels.get("job", ""), labels_text(labels))
        by_name.setdefault(labels["__name__"], {})[series] = value
    if metric in by_name:
        return [(*series, number(v), "") for series, v in sorted(by_name[metric].items())]
    sums = by_name.get(metric + "_sum", {})
    rows = []
    for series, count in sorted(by_name.get(metric + "_count", {}).items()):
        if count == 0 and len(sums) > 1:
            continue
        mean = f"mean {duration(sums[series] / count)}" if count and series in sums else ""
        rows.append((*series, number(count), mean))
    return rows


def answers(prometheus):
    """The table of what Prometheus answers for each metric, as lines."""
    names = "|".join(f"{m}|{m}_sum|{m}_count" for m in METRICS)
    samples = prometheus.query(f'{{__name__=~"{names}"}}')
    table = {metric: rows_of(metric, samples) for metric in METRICS}
    rows = [row for of_metric in table.values() for row in of_metric]
    wide = [max((len(row[i]) for row in rows), default=0) for i in range(3)]
    lines = []
    for metric, of_metric in table.items():
        lines.append(f"  {bold(metric)}" + ("" if of_metric else "   no answer"))
        for job, labels, value, remark in of_metric:
            line = f"    {job:<{wide[0]}}  {labels:<{wide[1]}}  {value:>{wide[2]}}"
            lines.append(f"{line}  {dim(remark)}" if remark else line)
    return lines


def addresses(ports, address, folder):
    """The table of where to look, as lines."""
    def at(name, path):
        return f"http://{address}:{ports[name]}{path}"

    table = [
        ("Prometheus", at("prometheus", "/"), at("prometheus", "/classic/targets")),
        ("alerts", at("prometheus", "/classic/alerts"), ""),
        ("Alertmanager", at("alertmanager", "/"), ""),
        ("API", at("apiserver", "/api/v1/sessions"), ""),
        ("MCP", at("mcpserver", "/mcp"), ""),
        ("Kubernetes", at("localkube", "/apis/iaf.io/v1alpha1/applications"), ""),
        ("metrics of apiserver", at("apiserver metrics", "/metrics"), ""),
        ("metrics of mcpserver", at("mcpserver metrics", "/metrics"), ""),
        ("metrics of controller", at("controller metrics", "/metrics"), ""),
        ("logs", f"{folder}/*.log", ""),
    ]
    return [f"  {name:<22} {first}  {second}".rstrip() for name, first, second in table]


def delivery(receiver, alert):
    """One line about an alert that Alertmanager delivered."""
    labels, firing = alert["labels"], alert["status"] == "firing"
    said = alert["annotations"].get("description", "") if firing else ""
    return f"{red('firing') if firing else green('over')}  {bold(labels['alertname'])} → {receiver}  {said}".rstrip()


def status(prometheus, jobs):
    """One line about now. Every number is Prometheus' answer."""
    up = prometheus.value("count(up == 1)")
    if up is None:
        return "Prometheus does not answer"
    parts = [f"{up:.0f} of {jobs} targets up"]
    sessions = prometheus.value("max(iaf_sessions_active)")
    if sessions is not None:
        parts.append(f"{sessions:.0f} session" + ("" if sessions == 1 else "s"))
    phases = prometheus.query("max by (phase) (iaf_applications_by_phase) > 0")
    parts += [f"{value:.0f} {labels['phase'].lower()}" for labels, value in sorted(phases, key=lambda p: -p[1])]
    firing = prometheus.value('count(ALERTS{alertstate="firing", severity!="none"})')
    if firing:
        parts.append(f"{firing:.0f} alert{'' if firing == 1 else 's'} firing")
    requests = prometheus.value("sum(iaf_api_request_duration_seconds_count)")
    if requests is not None:
        parts.append(f"{requests:,.0f} API requests")
    return " · ".join(parts)
