# SPDX-License-Identifier: Apache-2.0
"""Writes the schema of a CustomResourceDefinition as a C++ string: embed_schema.py CRD.yaml OUT.inc

One truth: localkube checks Applications by the definition that a real cluster is given.
"""

import json
import sys

import yaml


def without_prose(schema):
    if isinstance(schema, dict):
        return {k: without_prose(v) for k, v in schema.items() if not (k == "description" and isinstance(v, str))}
    if isinstance(schema, list):
        return [without_prose(v) for v in schema]
    return schema


with open(sys.argv[1], encoding="utf-8") as source:
    version = yaml.safe_load(source)["spec"]["versions"][0]
with open(sys.argv[2], "w", encoding="utf-8") as out:
    out.write('R"json(' + json.dumps(without_prose(version["schema"]["openAPIV3Schema"]), indent=1) + ')json"\n')
