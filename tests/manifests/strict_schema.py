# SPDX-License-Identifier: Apache-2.0
"""JSON Schemas that refuse unknown fields, made from CRDs and from Kubernetes' OpenAPI document.

The API server drops a field that a schema does not know without a word; a typing error in a manifest is then
a setting that is not there. Validation here is what `fieldValidation=Strict` is in a cluster.
"""
import functools
import json

import jsonschema
import yaml


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # the C one reads a CRD ten times as fast
    """SafeLoader without the one implicit type that a CRD of Prometheus Operator trips over (a bare `=`)."""


Loader.add_constructor("tag:yaml.org,2002:value", lambda loader, node: loader.construct_scalar(node))
# Times stay text, as they are in JSON.
Loader.add_constructor("tag:yaml.org,2002:timestamp", lambda loader, node: loader.construct_scalar(node))


def load_yaml(path):
    """All documents of a file, without empty ones."""
    with open(path, encoding="utf-8") as file:
        return [document for document in yaml.load_all(file, Loader) if document is not None]


def strict(node):
    """A copy of an OpenAPI v3 or v2 schema in JSON Schema's words, closed to unknown properties."""
    if isinstance(node, list):
        return [strict(entry) for entry in node]
    if not isinstance(node, dict):
        return node
    if node.get("x-kubernetes-int-or-string") or node.get("format") == "int-or-string":
        return {"type": ["integer", "string"]}
    if isinstance(node.get("properties"), dict):
        made = {key: strict(value) for key, value in node.items() if key not in ("properties", "default", "example")}
        made["properties"] = {name: strict(value) for name, value in node["properties"].items()}
        if not node.get("x-kubernetes-preserve-unknown-fields"):
            made.setdefault("additionalProperties", False)
    else:
        made = {key: strict(value) for key, value in node.items() if key not in ("default", "example")}
    if made.pop("nullable", False) and isinstance(made.get("type"), str):
        made["type"] = [made["type"], "null"]
    return made


class Validator:
    """Says what is wrong with an object, one sentence each."""

    def __init__(self, schema):
        self.validator = jsonschema.Draft4Validator(schema, format_checker=jsonschema.FormatChecker())

    def errors(self, value):
        found = sorted(self.validator.iter_errors(value), key=lambda error: list(map(str, error.path)))
        return [f"{'.'.join(map(str, error.path)) or '(root)'}: {error.message[:300]}" for error in found]


@functools.cache
def crd_validator(path, version):
    """The validator of one version of a CustomResourceDefinition; metadata is left to the API server."""
    (definition,) = load_yaml(path)
    (schema,) = [
        entry["schema"]["openAPIV3Schema"] for entry in definition["spec"]["versions"] if entry["name"] == version
    ]
    closed = strict(schema)
    closed["properties"]["metadata"] = {"type": "object"}
    return Validator(closed)


@functools.cache
def kubernetes_validators(path):
    """One reading of `swagger.json` for all who ask."""
    return KubernetesValidators(path)


class KubernetesValidators:
    """Validators of the built-in kinds, from `swagger.json`."""

    def __init__(self, path):
        with open(path, encoding="utf-8") as file:
            document = json.load(file)
        self.definitions = {name: strict(schema) for name, schema in document["definitions"].items()}
        # What a quantity or a raw document may be is more than the OpenAPI type says.
        for name, schema in self.definitions.items():
            if name.endswith("api.resource.Quantity"):
                self.definitions[name] = {"type": ["string", "number"]}
            elif name.endswith("IntOrString"):
                self.definitions[name] = {"type": ["string", "integer"]}
            elif name.endswith("apiextensions.v1.JSON"):
                self.definitions[name] = {}
        self.names = {}
        for name, schema in document["definitions"].items():
            for kind in schema.get("x-kubernetes-group-version-kind", []):
                version = "/".join(filter(None, (kind.get("group"), kind["version"])))
                self.names[(version, kind["kind"])] = name

    def of(self, api_version, kind):
        """The validator, or None for a kind that is not built in."""
        name = self.names.get((api_version, kind))
        return name and Validator({"$ref": f"#/definitions/{name}", "definitions": self.definitions})
