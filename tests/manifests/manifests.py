# SPDX-License-Identifier: Apache-2.0
"""The manifests, as their tests read them."""
import pathlib

from strict_schema import load_yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
MANIFESTS = ROOT / "manifests"
OVERLAYS = MANIFESTS / "overlays"  # each builds on the rest, and is tested by what it makes
PROGRAMS = ("apiserver", "mcpserver", "controller")
APPLICATION_CRD = MANIFESTS / "setup" / "application-customResourceDefinition.yaml"

# Third-party schemas lie beside the project's checkout; they are not part of it.
DATA = ROOT.parent / "shared" / "data"


def kustomizations():
    return [path for path in sorted(MANIFESTS.rglob("kustomization.yaml")) if OVERLAYS not in path.parents]


def files():
    """Every file that is an object, wherever it lies under manifests/ but for its overlays."""
    return [
        path
        for path in sorted(MANIFESTS.rglob("*.yaml"))
        if path.name != "kustomization.yaml" and OVERLAYS not in path.parents
    ]


def objects(kind=None):
    """Pairs of path and object, of one kind or of all."""
    found = [(path, document) for path in files() for document in load_yaml(path)]
    return [(path, o) for path, o in found if kind in (None, o["kind"])]


def has_labels(wanted, labels):
    return all(labels.get(name) == value for name, value in wanted.items())


def containers(deployment):
    return deployment["spec"]["template"]["spec"]["containers"]


def container_ports(deployment):
    """Names of the ports of a Deployment's containers."""
    return {port["name"] for container in containers(deployment) for port in container.get("ports", [])}
