"""OpenLineage events by the specification's JSON Schemas: the event by the core, each facet by its own schema.

The core schema lets a facet hold anything, so an event that it accepts has shown nothing of its facets.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.third_parties.dcat import SCHEMAS, formats
from tests.third_parties.verdict import Checker, Verdict, installed

CORE = "https://openlineage.io/spec/2-0-2/OpenLineage.json"


@cache
def _registry(folder: Path) -> tuple[Registry[Any], frozenset[str]]:
    found = [json.loads(p.read_bytes()) for p in (folder / "OpenLineage.json", *sorted(folder.glob("facets/*.json")))]
    registry: Registry[Any] = Registry().with_resources([(s["$id"], Resource.from_contents(s)) for s in found])
    return registry, frozenset(s["$id"] for s in found)


def _by(folder: Path, address: str, value: object) -> Iterator[str]:
    registry, _ = _registry(folder)
    validator = Draft202012Validator({"$ref": address}, registry=registry, format_checker=formats())
    for error in validator.iter_errors(value):
        yield f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"


def facets(event: Mapping[str, Any]) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Every facet of an event, by where it stands."""
    for owner in ("run", "job"):
        for name, facet in event.get(owner, {}).get("facets", {}).items():
            yield f"{owner}.{name}", facet
    for side in ("inputs", "outputs"):
        for i, dataset in enumerate(event.get(side, ())):
            for kind in ("facets", "inputFacets", "outputFacets"):
                for name, facet in dataset.get(kind, {}).items():
                    yield f"{side}.{i}.{kind}.{name}", facet


def event_problems(event: Mapping[str, Any], folder: Path = SCHEMAS / "openlineage") -> Iterator[str]:
    """What the specification refuses of one event and its facets."""
    yield from _by(folder, CORE, event)
    _, known = _registry(folder)
    for place, facet in facets(event):
        address = str(facet.get("_schemaURL", ""))
        if address.partition("#")[0] not in known:
            yield f"{place}: its schema {address!r} is not among the specification's"
            continue
        yield from (f"{place}: {problem}" for problem in _by(folder, address, facet))


def _lineage(folder: Path) -> Verdict:
    if not (SCHEMAS / "openlineage").is_dir():
        return Verdict(0, skipped="the standards' schemas are not beside the project")
    count = 0
    problems: list[str] = []
    for path in sorted(folder.rglob("openlineage.ndjson")):
        for n, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
            event = json.loads(line)
            count += 1 + sum(1 for _ in facets(event))
            where = f"{path.relative_to(folder).as_posix()}:{n}"
            problems += [f"{where} {problem}" for problem in event_problems(event)]
    return Verdict(count, tuple(problems))


def _spoil(folder: Path) -> str | None:
    """Take what a facet must hold out of the first one that has it; the core schema would not notice."""
    for path in sorted(folder.rglob("openlineage.ndjson")):
        lines = path.read_text(encoding="utf-8").splitlines()
        for n, line in enumerate(lines):
            event = json.loads(line)
            for place, facet in facets(event):
                if isinstance(facet, dict) and "fields" in facet:
                    facet["fields"] = "none"
                    lines[n] = json.dumps(event)
                    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
                    return f"{path.name}: the fields of {place} became a word"
    return None


OPENLINEAGE = Checker(
    "OpenLineage's JSON Schemas, core and each facet",
    "data/<product>/openlineage.ndjson, sources/<source>/openlineage.ndjson",
    lambda: f"2-0-2, jsonschema {installed('jsonschema')}",
    _lineage,
    _spoil,
)
