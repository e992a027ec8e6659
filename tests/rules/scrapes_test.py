# SPDX-License-Identifier: Apache-2.0
"""manifests/prometheus/prometheus.yml, by promtool and by Debian's Prometheus.

Debian builds both without Kubernetes' service discovery, and promtool looks for every file that is named. So the
discovery is replaced by static targets, which have the labels that the discovery gives to the objects of a cluster, and
files by others. What becomes of these labels is Prometheus' own work."""

import json
import re
import subprocess
import tempfile
import unittest

import cases
import known_metrics
import promql
import servers
import yaml

CONFIG = cases.ROOT / "manifests/prometheus/prometheus.yml"


def endpoint(namespace, name, port, address, node="n1"):
    """An endpoint of a Service, with the labels of role endpointslice."""
    return {"__address__": address, "__meta_kubernetes_namespace": namespace, "__meta_kubernetes_service_name": f"{name}-svc",
            "__meta_kubernetes_service_label_app_kubernetes_io_name": name, "__meta_kubernetes_endpointslice_port_name": port,
            "__meta_kubernetes_pod_name": f"{name}-0", "__meta_kubernetes_pod_container_name": name,
            "__meta_kubernetes_pod_node_name": node}


def pod(app, ip, phase="Running", namespace="plue", **annotations):
    """A port of a pod, with the labels of role pod."""
    return {"__address__": f"[{ip}]:1" if ":" in ip else f"{ip}:1", "__meta_kubernetes_namespace": namespace,
            "__meta_kubernetes_pod_name": f"{app}-0", "__meta_kubernetes_pod_container_name": app,
            "__meta_kubernetes_pod_label_app": app, "__meta_kubernetes_pod_phase": phase, "__meta_kubernetes_pod_ip": ip,
            **{f"__meta_kubernetes_pod_annotation_prometheus_io_{name}": value for name, value in annotations.items()}}


# As their own manifests and charts name the Services and ports: node-exporter, Prometheus, Alertmanager as kube-prometheus
# does, kube-state-metrics also as its own manifests do.
CLUSTER = {
    "endpointslice": [
        endpoint("iaf-system", "iaf-apiserver", "metrics", "10.0.0.1:9091"),
        endpoint("iaf-system", "iaf-apiserver", "http", "10.0.0.1:8080"),
        endpoint("iaf-system", "iaf-mcpserver", "metrics", "10.0.0.2:9092"),
        endpoint("iaf-system", "iaf-controller", "metrics", "10.0.0.3:9090"),
        endpoint("monitoring", "prometheus", "web", "10.0.0.4:9090"),
        endpoint("monitoring", "prometheus", "web", "10.0.0.5:9090", "n2"),
        endpoint("monitoring", "prometheus", "reloader-web", "10.0.0.4:8080"),
        endpoint("monitoring", "alertmanager", "web", "10.0.0.6:9093"),
        endpoint("monitoring", "alertmanager", "reloader-web", "10.0.0.6:8080"),
        endpoint("monitoring", "node-exporter", "https", "10.0.1.1:9100"),
        endpoint("monitoring", "kube-state-metrics", "https-main", "10.0.0.7:8443"),
        endpoint("monitoring", "kube-state-metrics", "https-self", "10.0.0.7:9443"),
        endpoint("kube-system", "kube-state-metrics", "http-metrics", "10.0.0.15:8080"),
        endpoint("kube-system", "kube-state-metrics", "telemetry", "10.0.0.15:8081"),
        endpoint("monitoring", "grafana", "http-web", "10.0.0.8:3000"),
        endpoint("cert-manager", "cert-manager", "tcp-prometheus-servicemonitor", "10.0.0.9:9402"),
        endpoint("plue", "postgres-exporter", "metrics", "10.0.0.10:9187"),
        endpoint("fawkes-cicd", "argocd-server-metrics", "metrics", "10.0.0.11:8083"),
        endpoint("fawkes-cicd", "argocd-repo-server", "metrics", "10.0.0.12:8084"),
        endpoint("fawkes-cicd", "argocd-repo-server", "server", "10.0.0.12:8081"),
        endpoint("fawkes-cicd", "jenkins", "http", "10.0.0.13:8080"),
        endpoint("fawkes-cicd", "jenkins", "agent-listener", "10.0.0.13:50000"),
        endpoint("fawkes-cicd", "backstage", "http-backend", "10.0.0.14:7007"),
        endpoint("somebody", "iaf-apiserver", "metrics", "10.0.9.1:9091"),
        endpoint("somebody", "node-exporter", "https", "10.0.9.2:9100"),
        endpoint("somebody", "kube-state-metrics", "https-main", "10.0.9.3:8443"),
    ],
    "node": [{"__address__": "10.0.1.1:10250", "__meta_kubernetes_node_name": "n1"}],
    "pod": [
        pod("api", "10.0.2.1", scrape="true", port="4000"),
        pod("web", "10.0.2.2", scrape="true", port="5173", path="/stats", scheme="https"),
        pod("electric", "fd00::3", scrape="true", port="3000"),
        pod("batch", "10.0.2.4", scrape="true", port="1", phase="Succeeded"),
        pod("quiet", "10.0.2.5", port="1"),
    ],
}

# What becomes of them: job -> where it is scraped.
TARGETS = {
    "iaf-apiserver": ["http://10.0.0.1:9091/metrics"],
    "iaf-mcpserver": ["http://10.0.0.2:9092/metrics"],
    "iaf-controller": ["http://10.0.0.3:9090/metrics"],
    "prometheus": ["http://10.0.0.4:9090/metrics", "http://10.0.0.5:9090/metrics"],
    "alertmanager": ["http://10.0.0.6:9093/metrics"],
    "node-exporter": ["https://10.0.1.1:9100/metrics"],
    "kube-state-metrics": ["http://10.0.0.15:8080/metrics", "https://10.0.0.7:8443/metrics"],
    "cert-manager": ["http://10.0.0.9:9402/metrics"],
    "postgres-exporter": ["http://10.0.0.10:9187/metrics"],
    "argocd-server-metrics": ["http://10.0.0.11:8083/metrics"],
    "argocd-repo-server": ["http://10.0.0.12:8084/metrics"],
    "jenkins": ["http://10.0.0.13:8080/prometheus/"],
    "backstage": ["http://10.0.0.14:7007/metrics"],
    "kubelet": ["https://10.0.1.1:10250/metrics", "https://10.0.1.1:10250/metrics/cadvisor"],
    "api": ["http://10.0.2.1:4000/metrics"],
    "web": ["https://10.0.2.2:5173/stats"],
    "electric": ["http://[fd00::3]:3000/metrics"],
    "blackbox": ["http://blackbox-exporter.monitoring.svc:9115/probe?module=http_2xx&target=https%3A%2F%2Fiaf.example"],
}

# Which job shows an exporter's metrics. What says nothing of its source comes from our own programs, and from Plue's.
JOBS = {"prometheus-node-exporter": "node-exporter", "prometheus-alertmanager": "alertmanager", "prometheus": "prometheus",
        "prometheus-blackbox-exporter": "blackbox", "prometheus-postgres-exporter": "postgres-exporter",
        "kube-state-metrics": "kube-state-metrics", "cAdvisor,": "kubelet", "kubelet": "kubelet",
        "cert-manager": "cert-manager", "Alertmanager": "alertmanager", "Prometheus,": "prometheus", "iafmetrics": "api"}


def written_groups(component):
    """As a platform's settings have written them."""
    return yaml.safe_load(cases.rule_file(component).read_text())["groups"]


def substituted(node):
    if isinstance(node, list):
        return [substituted(one) for one in node]
    if not isinstance(node, dict):
        return node
    made = {name: substituted(value) for name, value in node.items()
            if name not in ("kubernetes_sd_configs", "tls_config", "authorization")}
    if "kubernetes_sd_configs" in node:
        (discovery,) = node["kubernetes_sd_configs"]
        namespaces = discovery.get("namespaces", {}).get("names")
        made["static_configs"] = [
            {"targets": [labels["__address__"]], "labels": {name: text for name, text in labels.items() if name != "__address__"}}
            for labels in CLUSTER[discovery["role"]]
            if namespaces is None or labels["__meta_kubernetes_namespace"] in namespaces]
    return made


class Configuration(unittest.TestCase):
    def test_promtool_accepts_it(self):
        config = {**substituted(yaml.safe_load(CONFIG.read_text())), "rule_files": [f"{cases.RULES}/*.rules.yml"]}
        with tempfile.NamedTemporaryFile("w", suffix=".yml") as file:
            yaml.safe_dump(config, file)
            file.flush()
            done = subprocess.run(["promtool", "check", "config", file.name], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stdout.count("rules found"), len(cases.components()))

    def test_it_drops_the_replica_that_would_double_each_alert(self):
        config = yaml.safe_load(CONFIG.read_text())
        self.assertIn("prometheus_replica", config["global"]["external_labels"])
        self.assertEqual(config["alerting"]["alert_relabel_configs"], [{"action": "labeldrop", "regex": "prometheus_replica"}])

    def test_its_token_goes_to_nobody_who_names_a_service_so(self):
        asked = 0
        for job in yaml.safe_load(CONFIG.read_text())["scrape_configs"]:
            for discovery in job.get("kubernetes_sd_configs", ()) if "authorization" in job else ():
                asked += 1
                self.assertEqual(job["scheme"], "https")
                self.assertTrue(discovery["role"] == "node" or discovery["namespaces"] == {"names": ["monitoring"]})
        self.assertEqual(asked, 4)  # the kubelet's two, and what is behind kube-rbac-proxy


class Targets(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        config = {**substituted(yaml.safe_load(CONFIG.read_text())), "rule_files": []}
        config["scrape_configs"] = [{**one, "scrape_interval": "1h"} for one in config["scrape_configs"]]
        server = servers.prometheus(cls, yaml.safe_dump(config))

        def targets():
            return json.loads(server.ask("/api/v1/targets?state=active"))["data"]["activeTargets"]

        cls.alertmanagers = servers.wait_until(
            lambda: json.loads(server.ask("/api/v1/alertmanagers"))["data"]["activeAlertmanagers"], 20, "Alertmanagers")
        cls.targets = servers.wait_until(lambda: len(found := targets()) >= sum(map(len, TARGETS.values())) and found, 20,
                                         "as many targets as expected")

    def of(self, job):
        return [target for target in self.targets if target["labels"]["job"] == job]

    def test_each_job_scrapes_what_it_should_and_nothing_else_is_scraped(self):
        found = {job: sorted(target["scrapeUrl"] for target in self.of(job)) for job in {t["labels"]["job"] for t in self.targets}}
        self.assertEqual(found, TARGETS)

    def test_no_two_targets_have_the_same_labels(self):
        labels = [frozenset(target["labels"].items()) for target in self.targets]
        self.assertEqual(len(labels), len(set(labels)))

    def test_targets_say_where_they_run(self):
        for target in self.targets:
            labels = target["labels"]
            with self.subTest(labels["job"]):
                if labels["job"] in ("kube-state-metrics", "blackbox"):
                    continue  # what it says is about others
                wanted = {"node", "metrics_path"} if labels["job"] == "kubelet" else {"namespace", "pod", "container"}
                self.assertLessEqual(wanted, set(labels))
        (apiserver,) = self.of("iaf-apiserver")
        self.assertEqual(apiserver["labels"], {
            "job": "iaf-apiserver", "instance": "10.0.0.1:9091", "namespace": "iaf-system", "pod": "iaf-apiserver-0",
            "container": "iaf-apiserver", "service": "iaf-apiserver-svc", "endpoint": "metrics", "node": "n1"})
        self.assertEqual(self.of("blackbox")[0]["labels"], {"job": "blackbox", "instance": "https://iaf.example"})

    def test_alerts_go_to_the_alertmanagers(self):
        self.assertEqual([one["url"] for one in self.alertmanagers], ["http://10.0.0.6:9093/api/v2/alerts"])

    def test_it_makes_the_jobs_that_rules_name(self):
        """By their matchers, and by the exporter whose metrics they read."""
        jobs, read = set(TARGETS), 0
        known = known_metrics.known()
        for component in cases.components():
            for rule in [rule for group in written_groups(component) for rule in group["rules"]]:
                key = cases.name_of(rule)
                for selector in promql.selectors(rule["expr"]):
                    with self.subTest(f"{key}: {selector.metric}"):
                        for label, operator, value in selector.matchers:
                            if label == "job" and operator in ("=", "=~"):
                                self.assertTrue([job for job in jobs if re.fullmatch(value, job)], value)
                        for metric in known.get(selector.metric, ()):
                            read += 1
                            self.assertIn(JOBS[metric.source.split()[0]], jobs)
        self.assertGreater(read, 100)

    def test_it_finds_the_services_and_the_exporters_that_have_to_be_up(self):
        settings = yaml.safe_load((cases.RULES / "settings.yml").read_text())
        self.assertLessEqual(set(settings["exporter_jobs"]), set(TARGETS))
        self.assertEqual(set(settings["exporter_jobs"]), set(JOBS.values()) - {"api", "prometheus", "alertmanager"})
        for name in ("iaf_services", "plue_services", "platform_services"):
            for namespace, expected in settings[name].items():
                for job in expected:
                    self.assertEqual([target["labels"]["namespace"] for target in self.of(job)], [namespace], job)


if __name__ == "__main__":
    unittest.main(verbosity=2)
