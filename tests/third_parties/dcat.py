"""DCAT-US 1.1 and 3.0 by their published JSON Schemas, DCAT-AP 3 by SEMIC's SHACL shapes."""

from __future__ import annotations

import json
import re
from collections import Counter
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft4Validator, Draft7Validator, FormatChecker
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT4

from tests.third_parties.verdict import Checker, Verdict, installed, noise_aside, put

SCHEMAS = Path(__file__).resolve().parents[3] / "shared" / "data" / "schemas"
"""The standards' own schemas, beside the project."""

_NO_SCHEMAS = Verdict(0, skipped="the standards' schemas are not beside the project")
_SHAPES = ("shapes.ttl", "range.ttl")
_RECOMMENDED = ("shapes.ttl", "shapes_recommended.ttl")


def formats() -> FormatChecker:
    """Checks for the formats that the schemas name; the library leaves most of them unchecked by default."""
    checker = FormatChecker(formats=())

    def uri(value: object) -> bool:
        return not isinstance(value, str) or bool(re.fullmatch(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+", value))

    def day(value: object) -> bool:
        return not isinstance(value, str) or bool(date.fromisoformat(value))

    def moment(value: object) -> bool:
        return not isinstance(value, str) or ("T" in value and datetime.fromisoformat(value).tzinfo is not None)

    checker.checks("uri")(uri)
    checker.checks("iri")(uri)
    checker.checks("date", raises=ValueError)(day)
    checker.checks("date-time", raises=ValueError)(moment)
    return checker


@cache
def schema_1_1(folder: Path) -> Draft4Validator:
    """The non-federal schema of DCAT-US 1.1; its files name each other by relative paths."""
    found = {
        name: json.loads((folder / name).read_text("utf-8")) for name in ("catalog.json", "dataset-non-federal.json")
    }
    catalog, dataset = found["catalog.json"], found["dataset-non-federal.json"]
    for schema in (catalog, dataset, *dataset["definitions"].values()):
        schema.pop("id", None)
    registry: Registry[Any] = Registry().with_resource(
        "dataset-non-federal.json", Resource.from_contents(dataset, default_specification=DRAFT4)
    )
    return Draft4Validator(catalog, registry=registry, format_checker=formats())


@cache
def schema_3(folder: Path) -> Draft7Validator:
    """The schema of DCAT-US 3.0 as one document.

    Its files refer to ``#/definitions/...`` of the whole, and carry ``$id`` of vocabulary terms that would
    change what such a reference means. Definitions that it names but does not ship are any object.
    """
    definitions = {p.stem: json.loads(p.read_text("utf-8")) for p in sorted((folder / "definitions").glob("*.json"))}

    def without_ids(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: without_ids(v) for k, v in value.items() if not (k == "$id" and isinstance(v, str))}
        return [without_ids(v) for v in value] if isinstance(value, list) else value

    definitions = without_ids(definitions)
    named = set(re.findall(r"#/definitions/(\w+)", json.dumps(definitions)))
    definitions |= {name: {"type": "object"} for name in named - definitions.keys()}
    return Draft7Validator({"$ref": "#/definitions/Catalog", "definitions": definitions}, format_checker=formats())


def _judge(validator: Draft4Validator | Draft7Validator, path: Path) -> Verdict:
    value = json.loads(path.read_bytes())
    errors = validator.iter_errors(value)
    found = [f"{path.name} {'/'.join(map(str, e.absolute_path))}: {e.message[:200]}" for e in errors]
    return Verdict(len(value["dataset"]), tuple(found))


def _us_1_1(folder: Path) -> Verdict:
    schemas = SCHEMAS / "dcat_us_1.1" / "non-federal-v1.1"
    return _judge(schema_1_1(schemas), folder / "data.json") if schemas.is_dir() else _NO_SCHEMAS


def _us_3(folder: Path) -> Verdict:
    schemas = SCHEMAS / "dcat_us_3.0" / "jsonschema"
    return _judge(schema_3(schemas), folder / "dcat-us-3.json") if schemas.is_dir() else _NO_SCHEMAS


def _ap(folder: Path) -> Verdict:
    if not installed("pyshacl"):
        return Verdict(0, skipped="pyshacl is not installed")
    shapes = SCHEMAS / "dcat_ap" / "3.0.1" / "html" / "shacl"
    if not shapes.is_dir():
        return _NO_SCHEMAS
    from rdflib import Graph

    with noise_aside():
        graph = Graph().parse(folder / "catalog.jsonld", format="json-ld")
    refused = _shaped(graph, shapes, _SHAPES)
    recommended = _shaped(graph, shapes, _RECOMMENDED)
    sets = len(set(graph.query("SELECT ?d WHERE { ?c <http://www.w3.org/ns/dcat#dataset> ?d }")))
    remarks = [f"{count} x {what}" for what, count in sorted(Counter(recommended).items())]
    return Verdict(sets, tuple(f"catalog.jsonld {r}" for r in refused), tuple(remarks))


def _shaped(graph: Any, folder: Path, names: tuple[str, ...]) -> list[str]:
    from pyshacl import validate
    from rdflib import Graph
    from rdflib.namespace import SH

    shapes = Graph()
    for name in names:
        shapes.parse(folder / name)
    with noise_aside():
        _, report, _ = validate(graph, shacl_graph=shapes, advanced=True)
    return [
        f"{_short(report.value(r, SH.resultPath))} {_short(report.value(r, SH.sourceConstraintComponent))}"
        for r in report.subjects(SH.resultSeverity, None)
    ]


def _short(term: object) -> str:
    return re.split(r"[/#]", str(term))[-1]


DCAT_US_1_1 = Checker(
    "DCAT-US 1.1 JSON Schema (non-federal)",
    "data.json",
    lambda: f"schema v1.1, jsonschema {installed('jsonschema')}",
    _us_1_1,
    lambda folder: put(folder / "data.json", '"accessLevel": "', '"accessLevel": "x'),
)
DCAT_US_3 = Checker(
    "DCAT-US 3.0 JSON Schema",
    "dcat-us-3.json",
    lambda: f"schema 3.0.0, jsonschema {installed('jsonschema')}",
    _us_3,
    lambda folder: put(folder / "dcat-us-3.json", '"title": "', '"titel": "'),
)
DCAT_AP = Checker(
    "SEMIC's SHACL shapes of DCAT-AP",
    "catalog.jsonld",
    lambda: f"shapes 3.0.1, pyshacl {installed('pyshacl')}, rdflib {installed('rdflib')}",
    _ap,
    lambda folder: put(folder / "catalog.jsonld", '"@id": "dct:title"', '"@id": "dct:titel"'),
)
