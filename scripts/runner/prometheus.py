# SPDX-License-Identifier: Apache-2.0
"""Prometheus: its configuration, and what it answers."""

import json
import urllib.error
import urllib.parse
import urllib.request

SCRAPE_INTERVAL = 2  # seconds

CONFIG = """\
# Written by scripts/run. In a cluster, the ServiceMonitors of manifests/ say the same.
global:
  scrape_interval: {interval}s
  scrape_timeout: {interval}s
  evaluation_interval: {interval}s
alerting:
  alertmanagers:
    - static_configs:
        - targets: ["{alertmanager}"]
{rules}
scrape_configs:
"""

JOB = """\
  - job_name: {job}
    static_configs:
      - targets: ["{target}"]
"""


def configuration(targets, rule_files, alertmanager):
    """The configuration that scrapes targets (job -> address:port), loads the rule files and sends what they find to
    an Alertmanager (address:port)."""
    rules = "".join(f"  - {json.dumps(str(file))}\n" for file in rule_files)
    text = CONFIG.format(interval=SCRAPE_INTERVAL, alertmanager=alertmanager,
                         rules="rule_files:\n" + rules if rules else "")
    return text + "".join(JOB.format(job=job, target=target) for job, target in targets.items())


class Prometheus:
    def __init__(self, address):
        self.url = f"http://{address}"

    def ask(self, path, **parameters):
        """The data of an API answer, or None while Prometheus does not answer."""
        url = f"{self.url}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=5) as answer:
                return json.load(answer)["data"]
        except (OSError, ValueError, urllib.error.HTTPError):
            return None

    def query(self, expression):
        """The samples of an instant query: [(labels, value)]."""
        data = self.ask("query", query=expression)
        if data is None:
            return []
        return [(sample["metric"], float(sample["value"][1])) for sample in data["result"]]

    def value(self, expression):
        """The value of a query that answers one sample, or None."""
        samples = self.query(expression)
        return samples[0][1] if len(samples) == 1 else None

    def targets(self):
        """job -> target, as Prometheus sees it now."""
        data = self.ask("targets", state="active")
        if data is None:
            return {}
        return {target["labels"]["job"]: target for target in data["activeTargets"]}

    def not_up(self, jobs):
        """job -> why, of those that are not up."""
        targets = self.targets()
        reasons = {}
        for job in jobs:
            target = targets.get(job)
            if target is None:
                reasons[job] = "no target"
            elif target["health"] != "up":
                reasons[job] = target["lastError"] or "not scraped yet"
        return reasons

    def scrapes(self):
        """job -> when it was scraped last, as a text that changes with each scrape."""
        return {job: target["lastScrape"] for job, target in self.targets().items()}
