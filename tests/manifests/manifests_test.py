# SPDX-License-Identifier: Apache-2.0
"""The manifests agree with each other, with the schemas, and with the programs they start.

    manifests_test.py [--programs DIRECTORY] [--dump PROGRAM] [unittest arguments]

DIRECTORY holds the programs as DIRECTORY/<name>/<name>; PROGRAM prints what the controller applies. What needs a thing that is absent (a program, the
third-party schemas, kubectl) is skipped, and says so.
"""
import argparse
import json
import pathlib
import re
import shutil
import subprocess
import sys
import unittest

import yaml

from manifests import (
    APPLICATION_CRD,
    DATA,
    MANIFESTS,
    OVERLAYS,
    PROGRAMS,
    ROOT,
    container_ports,
    containers,
    files,
    has_labels,
    kustomizations,
    objects,
)
from strict_schema import crd_validator, kubernetes_validators, load_yaml

# kind -> version of the operator -> its definition
OPERATOR_CRDS = {
    kind: {
        "v0.80.1": DATA / "prometheus-operator-crds" / "v0.80.1-kps-69.8.2" / f"crd-{plural}.yaml",
        "v0.93.0": DATA / "prometheus-operator-crds" / "v0.93.0" / f"monitoring.coreos.com_{plural}.yaml",
    }
    for kind, plural in (("ServiceMonitor", "servicemonitors"), ("PrometheusRule", "prometheusrules"))
}
OPENAPI = DATA / "kubernetes-openapi" / "swagger-v2.unprocessed.json"
SAMPLES = pathlib.Path(__file__).with_name("applications")

program_directory = None
dump_program = None


class Files(unittest.TestCase):
    def test_each_file_is_one_object_named_after_its_file(self):
        self.assertTrue(files())
        for path in files():
            with self.subTest(path.name):
                documents = load_yaml(path)
                self.assertEqual(len(documents), 1)
                component, _, kind = path.stem.rpartition("-")
                self.assertEqual(documents[0]["kind"], kind[0].upper() + kind[1:])
                name = documents[0]["metadata"]["name"]
                if kind != "customResourceDefinition":  # their name is given: <plural>.<group>
                    self.assertEqual(name, "iaf-" + component)

    def test_each_object_says_where_it_belongs(self):
        cluster_wide = {"Namespace", "CustomResourceDefinition", "ClusterRole", "ClusterRoleBinding"}
        for path, o in objects():
            with self.subTest(path.name):
                self.assertEqual(o["metadata"]["labels"]["app.kubernetes.io/part-of"], "iaf")
                wanted = None if o["kind"] in cluster_wide else "iaf-system"
                self.assertEqual(o["metadata"].get("namespace"), wanted)

    def test_each_file_is_in_its_kustomization(self):
        listed = set()
        for path in kustomizations():
            (document,) = load_yaml(path)
            listed |= {path.parent / entry for entry in document["resources"]}
        self.assertEqual([str(p) for p in files() if p not in listed], [])
        self.assertEqual([str(p.parent) for p in kustomizations() if p.parent not in listed | {MANIFESTS}], [])

    def test_each_program_has_what_it_needs(self):
        for program in PROGRAMS:
            for kind in ("deployment", "service", "serviceMonitor", "serviceAccount", "networkPolicy"):
                self.assertTrue((MANIFESTS / program / f"{program}-{kind}.yaml").exists(), f"{program} {kind}")

    def test_kustomize_builds_all(self):
        if not shutil.which("kubectl"):
            self.skipTest("kubectl is not installed")
        done = subprocess.run(["kubectl", "kustomize", str(MANIFESTS)], capture_output=True, text=True, timeout=30)
        if done.returncode and "kustomize" in done.stderr and "unknown command" in done.stderr:
            self.skipTest("this kubectl has no kustomize")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(len(re.findall("^kind:", done.stdout, re.M)), len(files()))


class SecuredMetrics(unittest.TestCase):
    """What the overlay makes of the rest."""

    @classmethod
    def setUpClass(cls):
        if not shutil.which("kubectl"):
            raise unittest.SkipTest("kubectl is not installed")
        done = subprocess.run(["kubectl", "kustomize", str(OVERLAYS / "secured-metrics")], capture_output=True, text=True, timeout=30)
        if done.returncode and "kustomize" in done.stderr and "unknown command" in done.stderr:
            raise unittest.SkipTest("this kubectl has no kustomize")
        assert done.returncode == 0, done.stderr
        cls.made = {(o["kind"], o["metadata"]["name"]): o for o in yaml.safe_load_all(done.stdout)}

    def of(self, kind):
        return [self.made[kind, f"iaf-{program}"] for program in ("apiserver", "mcpserver")]

    def test_has_every_object_of_the_rest(self):
        self.assertEqual(set(self.made), {(o["kind"], o["metadata"]["name"]) for _, o in objects()})

    def test_each_object_is_valid(self):
        if not OPENAPI.exists():
            self.skipTest(f"the third-party schema {OPENAPI.name} is not beside this checkout")
        validators = kubernetes_validators(OPENAPI)
        for kind in ("Deployment", "Service"):
            for o in self.of(kind):
                self.assertEqual(validators.of(o["apiVersion"], kind).errors(o), [])
        for version, crd in OPERATOR_CRDS["ServiceMonitor"].items():
            for monitor in self.of("ServiceMonitor"):
                with self.subTest(version):
                    self.assertEqual(crd_validator(crd, "v1").errors(monitor), [])

    def test_is_scraped_over_tls_and_asks_health_over_tls(self):
        for monitor, deployment, service in zip(self.of("ServiceMonitor"), self.of("Deployment"), self.of("Service")):
            (endpoint,) = monitor["spec"]["endpoints"]
            self.assertEqual(endpoint["scheme"], "https")
            self.assertTrue(endpoint["tlsConfig"]["serverName"] and endpoint["basicAuth"])
            self.assertNotIn("insecureSkipVerify", endpoint["tlsConfig"])
            protocols = {port["name"]: port["appProtocol"] for port in service["spec"]["ports"]}
            self.assertEqual(protocols, {"http": "http", "metrics": "https"})
            (container,) = containers(deployment)
            for probe in ("livenessProbe", "readinessProbe"):
                asked = container[probe]["httpGet"]
                self.assertEqual((asked["port"], asked["scheme"]), ("metrics", "HTTPS"))

    def test_the_web_config_file_is_one_that_is_mounted_and_that_the_program_knows(self):
        for program, deployment in zip(("apiserver", "mcpserver"), self.of("Deployment")):
            (container,) = containers(deployment)
            flag, _, path = container["args"][-1].partition("=")
            self.assertIn(str(pathlib.PurePath(path).parent), [mount["mountPath"] for mount in container["volumeMounts"]])
            binary = program_directory and program_directory / program / program
            if binary and binary.exists():
                told = subprocess.run([binary, "--help"], capture_output=True, text=True, timeout=30, check=True)
                self.assertIn(f"{flag} VALUE", told.stdout)

    def test_the_page_on_security_says_how_to_make_each_secret(self):
        told = (ROOT / "docs/security.md").read_text(encoding="utf-8")
        for secret in ("iaf-metrics-tls", "iaf-metrics-web", "iaf-metrics-scrape"):
            self.assertRegex(str(self.made), rf"'{secret}'")
            self.assertRegex(told, rf"create secret generic {secret} ")


class References(unittest.TestCase):
    def test_each_service_monitor_selects_a_service_and_a_port_that_it_has(self):
        for path, monitor in objects("ServiceMonitor"):
            with self.subTest(path.name):
                spec = monitor["spec"]
                selected = [
                    service
                    for _, service in objects("Service")
                    if has_labels(spec["selector"]["matchLabels"], service["metadata"]["labels"])
                    and service["metadata"]["namespace"] in spec["namespaceSelector"]["matchNames"]
                ]
                self.assertTrue(selected, "selects no Service")
                for service in selected:
                    self.assertIn(spec["jobLabel"], service["metadata"]["labels"])
                    names = [port["name"] for port in service["spec"]["ports"]]
                    for endpoint in spec["endpoints"]:
                        self.assertIn(endpoint["port"], names)

    def test_each_service_monitor_is_one_that_the_stack_selects(self):
        for path, monitor in objects("ServiceMonitor"):
            self.assertEqual(monitor["metadata"]["labels"].get("release"), "kube-prometheus-stack", path.name)

    def test_no_job_is_named_like_one_of_kubernetes_own(self):
        """Kubernetes' own rules and dashboards select job="apiserver"."""
        for _, monitor in objects("ServiceMonitor"):
            for _, service in objects("Service"):
                job = service["metadata"]["labels"][monitor["spec"]["jobLabel"]]
                self.assertTrue(job.startswith("iaf-"), job)

    def test_each_service_selects_pods_and_targets_ports_that_they_name(self):
        for path, service in objects("Service"):
            with self.subTest(path.name):
                selected = [
                    deployment
                    for _, deployment in objects("Deployment")
                    if has_labels(service["spec"]["selector"], deployment["spec"]["template"]["metadata"]["labels"])
                ]
                self.assertTrue(selected, "selects no Deployment")
                for deployment in selected:
                    for port in service["spec"]["ports"]:
                        self.assertIn(port["targetPort"], container_ports(deployment))
                        numbers = {p["name"]: p["containerPort"] for p in containers(deployment)[0]["ports"]}
                        self.assertEqual(port["port"], numbers[port["targetPort"]])

    def test_a_selector_has_no_label_that_changes_with_a_release(self):
        for path, o in objects():
            selector = o.get("spec", {}).get("selector", {})
            self.assertNotIn("version", str(selector), path.name)

    def test_each_deployment_selects_its_own_pods(self):
        for path, deployment in objects("Deployment"):
            spec = deployment["spec"]
            self.assertTrue(
                has_labels(spec["selector"]["matchLabels"], spec["template"]["metadata"]["labels"]), path.name
            )

    def test_probes_use_ports_that_exist(self):
        for path, deployment in objects("Deployment"):
            for container in containers(deployment):
                for probe in ("livenessProbe", "readinessProbe"):
                    with self.subTest(f"{path.name} {probe}"):
                        self.assertIn(container[probe]["httpGet"]["port"], container_ports(deployment))

    def test_network_policies_open_ports_that_exist_on_pods_that_exist(self):
        for path, policy in objects("NetworkPolicy"):
            selector = policy["spec"]["podSelector"].get("matchLabels")
            if not selector:
                continue
            with self.subTest(path.name):
                ports = set()
                for _, deployment in objects("Deployment"):
                    if has_labels(selector, deployment["spec"]["template"]["metadata"]["labels"]):
                        ports |= container_ports(deployment)
                for rule in policy["spec"]["ingress"]:
                    self.assertTrue(rule["from"], "an empty list lets everyone in")
                    for port in rule["ports"]:
                        self.assertIn(port["port"], ports)

    def test_disruption_budgets_leave_room_for_a_drain(self):
        for path, budget in objects("PodDisruptionBudget"):
            for _, deployment in objects("Deployment"):
                labels = deployment["spec"]["template"]["metadata"]["labels"]
                if has_labels(budget["spec"]["selector"]["matchLabels"], labels):
                    self.assertGreater(deployment["spec"]["replicas"], budget["spec"]["minAvailable"], path.name)

    def test_volumes_and_accounts_and_roles_exist(self):
        named = {(o["kind"], o["metadata"]["name"]) for _, o in objects()}
        for path, deployment in objects("Deployment"):
            pod = deployment["spec"]["template"]["spec"]
            with self.subTest(path.name):
                self.assertIn(("ServiceAccount", pod["serviceAccountName"]), named)
                volumes = {volume["name"]: volume for volume in pod["volumes"]}
                for mount in containers(deployment)[0]["volumeMounts"]:
                    self.assertIn(mount["name"], volumes)
                for volume in volumes.values():
                    if claim := volume.get("persistentVolumeClaim"):
                        self.assertIn(("PersistentVolumeClaim", claim["claimName"]), named)
        for path, binding in objects("ClusterRoleBinding"):
            with self.subTest(path.name):
                self.assertIn((binding["roleRef"]["kind"], binding["roleRef"]["name"]), named)
                for subject in binding["subjects"]:
                    self.assertIn((subject["kind"], subject["name"]), named)


class Programs(unittest.TestCase):
    def test_flags_exist_in_the_program(self):
        for program in PROGRAMS:
            with self.subTest(program):
                path = program_directory and program_directory / program / program
                if not path or not path.exists():
                    self.skipTest(f"{program} is not built")
                told = subprocess.run([path, "--help"], capture_output=True, text=True, timeout=30, check=True)
                (deployment,) = [o for p, o in objects("Deployment") if p.parent.name == program]
                known = set(re.findall(r"--[a-z][a-z-]*", told.stdout))
                for argument in containers(deployment)[0]["args"]:
                    self.assertIn(argument.partition("=")[0], known)

    def test_ports_in_flags_are_the_ports_of_the_container(self):
        for path, deployment in objects("Deployment"):
            (container,) = containers(deployment)
            numbers = {port["containerPort"] for port in container["ports"]}
            flags = dict(argument.split("=", 1) for argument in container["args"])
            told = {
                int(value.rpartition(":")[2])
                for name, value in flags.items()
                if name.endswith("port") or name.endswith("bind-address")
            }
            self.assertEqual(told, numbers, path.name)


class Hardening(unittest.TestCase):
    def test_pods_satisfy_the_restricted_standard(self):
        for path, deployment in objects("Deployment"):
            with self.subTest(path.name):
                pod = deployment["spec"]["template"]["spec"]
                self.assertTrue(pod["securityContext"]["runAsNonRoot"])
                self.assertEqual(pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
                for container in pod["containers"]:
                    context = container["securityContext"]
                    self.assertFalse(context["allowPrivilegeEscalation"])
                    self.assertTrue(context["readOnlyRootFilesystem"])
                    self.assertEqual(context["capabilities"], {"drop": ["ALL"]})
                    self.assertIn("memory", container["resources"]["limits"])

    def test_roles_have_no_wildcard_and_no_delete_of_collections(self):
        for path, role in objects("ClusterRole"):
            for rule in role["rules"]:
                for words in rule.values():
                    self.assertFalse({"*", "deletecollection", "escalate", "bind", "impersonate"} & set(words), path)
                self.assertNotIn("secrets", rule["resources"], path)


class Schemas(unittest.TestCase):
    def need(self, path):
        if not path.exists():
            self.skipTest(f"the third-party schema {path.name} is not beside this checkout")

    def test_objects_of_the_operator_are_valid_for_both_of_its_versions(self):
        for kind, crds in OPERATOR_CRDS.items():
            for version, crd in crds.items():
                self.need(crd)
                validator = crd_validator(crd, "v1")
                self.assertTrue(objects(kind))
                for path, o in objects(kind):
                    with self.subTest(f"{path.name} {version}"):
                        self.assertEqual(validator.errors(o), [])

    def test_built_in_kinds_are_valid(self):
        self.need(OPENAPI)
        validators = kubernetes_validators(OPENAPI)
        for path, o in objects():
            if o["kind"] in OPERATOR_CRDS:
                continue
            with self.subTest(path.name):
                validator = validators.of(o["apiVersion"], o["kind"])
                self.assertTrue(validator, "no such kind in Kubernetes")
                self.assertEqual(validator.errors(o), [])


class ControllerObjects(unittest.TestCase):
    """What the controller applies for each sample Application."""

    def applied(self, sample):
        if not dump_program:
            self.skipTest("no --dump")
        (application,) = load_yaml(sample)
        application["metadata"].update(uid="6c1d1a0e-5a3b-4e57-9d1c-0d5f6b1f0a11", generation=1)
        done = subprocess.run(
            [dump_program], input=json.dumps(application), capture_output=True, text=True, timeout=30, check=True
        )
        made = {o["kind"]: o for o in map(json.loads, done.stdout.splitlines())}
        self.assertEqual(set(made), {"Deployment", "Service", "ServiceMonitor"})
        return made

    def samples(self):
        return sorted((SAMPLES / "valid").glob("*.yaml"))

    def test_are_valid_in_kubernetes(self):
        if not OPENAPI.exists():
            self.skipTest(f"the third-party schema {OPENAPI.name} is not beside this checkout")
        validators = kubernetes_validators(OPENAPI)
        for sample in self.samples():
            for kind in ("Deployment", "Service"):
                with self.subTest(f"{sample.name} {kind}"):
                    made = self.applied(sample)[kind]
                    self.assertEqual(validators.of(made["apiVersion"], kind).errors(made), [])

    def test_service_monitors_are_valid_for_both_operators(self):
        for version, crd in OPERATOR_CRDS["ServiceMonitor"].items():
            if not crd.exists():
                self.skipTest(f"the third-party schema {crd.name} is not beside this checkout")
            validator = crd_validator(crd, "v1")
            for sample in self.samples():
                with self.subTest(f"{sample.name} {version}"):
                    self.assertEqual(validator.errors(self.applied(sample)["ServiceMonitor"]), [])

    def test_select_each_other(self):
        for sample in self.samples():
            with self.subTest(sample.name):
                made = self.applied(sample)
                deployment, service, monitor = made["Deployment"], made["Service"], made["ServiceMonitor"]
                pod_labels = deployment["spec"]["template"]["metadata"]["labels"]
                self.assertTrue(has_labels(deployment["spec"]["selector"]["matchLabels"], pod_labels))
                self.assertTrue(has_labels(service["spec"]["selector"], pod_labels))
                self.assertTrue(has_labels(monitor["spec"]["selector"]["matchLabels"], service["metadata"]["labels"]))
                self.assertIn(monitor["spec"]["jobLabel"], service["metadata"]["labels"])
                ports = {port["name"]: port for port in service["spec"]["ports"]}
                for port in ports.values():
                    self.assertIn(port["targetPort"], container_ports(deployment))
                self.assertIn(monitor["spec"]["endpoints"][0]["port"], ports)


class ApplicationCrd(unittest.TestCase):
    def setUp(self):
        self.validator = crd_validator(APPLICATION_CRD, "v1alpha1")

    def test_valid_applications_are_valid(self):
        samples = sorted((SAMPLES / "valid").glob("*.yaml"))
        self.assertTrue(samples)
        for path in samples:
            with self.subTest(path.name):
                self.assertEqual(self.validator.errors(load_yaml(path)[0]), [])

    def test_invalid_applications_are_refused_at_the_field_that_is_wrong(self):
        """Each document's annotation `field` says which."""
        documents = load_yaml(SAMPLES / "invalid.yaml")
        self.assertTrue(documents)
        for document in documents:
            field = document["metadata"]["annotations"]["field"]
            with self.subTest(field):
                errors = self.validator.errors(document)
                self.assertTrue(any(field in error for error in errors), errors or "accepted")

    def test_the_schema_is_structural(self):
        """Every node has a type, which the API server asks for before it prunes and defaults."""
        (definition,) = load_yaml(APPLICATION_CRD)

        def walk(node, path):
            self.assertIn("type", node, path)
            for name, value in node.get("properties", {}).items():
                walk(value, f"{path}.{name}")
            if "items" in node:
                walk(node["items"], f"{path}[]")
            if node["type"] == "array":
                self.assertIn("maxItems", node, path)

        for version in definition["spec"]["versions"]:
            walk(version["schema"]["openAPIV3Schema"], "")

    def test_defaults_are_valid(self):
        (definition,) = load_yaml(APPLICATION_CRD)

        def defaults(node):
            made = {n: v["default"] for n, v in node.get("properties", {}).items() if "default" in v}
            for name, value in node.get("properties", {}).items():
                if value["type"] == "object" and (inner := defaults(value)):
                    made[name] = inner
            return made

        spec = definition["spec"]["versions"][0]["schema"]["openAPIV3Schema"]["properties"]["spec"]
        self.assertEqual(defaults(spec), {"port": 8080, "replicas": 1, "metrics": {"enabled": False, "path": "/metrics"}})
        self.assertEqual(self.validator.errors({"spec": defaults(spec)}), [])


if __name__ == "__main__":
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--programs", type=pathlib.Path)
    parser.add_argument("--dump", type=pathlib.Path)
    known, rest = parser.parse_known_args()
    program_directory, dump_program = known.programs, known.dump
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)
