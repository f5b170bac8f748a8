"""Looking at JSON: one document with an array of records, one record to a line, or GeoJSON.

Belongs here: where the records stand and what they are called in the contract's words. Does not belong here: types.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from contracts.errors import InputError
from orchestration.onboarding.file_sample import Looked
from orchestration.onboarding.sample import MOST, from_records

LARGEST: Final = 512 << 20
"""Bytes of a document that is looked at: it is held whole."""
GEOMETRY: Final = "geometry_wkt"
FEATURE_ID: Final = "feature_id"
_DEEPEST: Final = 4


def look_at_json(path: Path, shown_as: str) -> Looked:
    """Look at the JSON at ``path``.

    Raises:
        InputError: It holds no array of records, or is not JSON.
    """
    lines = _lines(path)
    if lines is not None:
        return _looked_lines(*lines)
    size = path.stat().st_size
    if size > LARGEST:
        raise InputError(
            "the document is too large to be looked at", where=shown_as, found=f"{size:,} bytes", expected="JSON lines"
        )
    try:
        document = json.loads(path.read_bytes())
    except (ValueError, RecursionError) as error:
        raise InputError(
            "the file begins as JSON and is none", where=shown_as, found="a cut-off or broken document"
        ) from error
    if _is_collection(document):
        return _features(document["features"], "geojson")
    where = _find_records(document, ())
    if where is None:
        raise InputError(
            "the document holds no table",
            where=shown_as,
            found=_shape(document),
            expected="an array of objects, each a record",
            hint=_hint(document),
        )
    records = _at(document, where)
    settings: dict[str, Any] = {"format": "json", **({"records": ".".join(where)} if where else {})}
    return Looked(settings, from_records(records[:MOST], whole=len(records) <= MOST), len(records))


def _lines(path: Path) -> tuple[list[Any], int, bool] | None:
    """The first records where each line is one object; None where the file is one document."""
    records: list[Any] = []
    count = 0
    with path.open("r", encoding="utf-8-sig", errors="replace") as file:
        for line in file:
            text = line.strip()
            if not text:
                continue
            count += 1
            if len(records) >= MOST:
                continue
            try:
                record = json.loads(text)
            except (ValueError, RecursionError):
                return None
            if not isinstance(record, dict):
                return None
            records.append(record)
    if len(records) < 2:
        return None
    return records, count, count <= MOST


def _looked_lines(records: list[Any], count: int, whole: bool) -> Looked:
    if all(r.get("type") == "Feature" and "properties" in r for r in records):
        made = _features(records, "geojsonl")
        return Looked(made.settings, made.sample, count)
    return Looked({"format": "jsonl"}, from_records(records, whole=whole), count)


def _is_collection(document: Any) -> bool:
    return (
        isinstance(document, dict)
        and document.get("type") == "FeatureCollection"
        and isinstance(document.get("features"), list)
    )


def _features(features: Sequence[Mapping[str, Any]], form: str) -> Looked:
    settings: dict[str, Any] = {"format": form}
    names = {name for f in features[:MOST] for name in (f.get("properties") or {})}
    shape = GEOMETRY if GEOMETRY not in names else "feature_geometry_wkt"
    settings["geometryColumn"] = shape
    with_id = any(f.get("id") is not None for f in features[:MOST]) and FEATURE_ID not in names
    if with_id:
        settings["featureIdColumn"] = FEATURE_ID
    records = [
        {
            **({FEATURE_ID: f.get("id")} if with_id else {}),
            **(f.get("properties") or {}),
            shape: _wkt_like(f.get("geometry")),
        }
        for f in features[:MOST]
    ]
    return Looked(settings, from_records(records, whole=len(features) <= MOST), len(features))


def _wkt_like(geometry: Any) -> str | None:
    """A shape's kind, and of a point its place: enough to tell what the column holds."""
    if not isinstance(geometry, dict) or not geometry.get("type"):
        return None
    kind = str(geometry["type"]).upper()
    place = geometry.get("coordinates")
    if kind == "POINT" and isinstance(place, list) and len(place) >= 2:
        return f"POINT ({place[0]} {place[1]})"
    return kind


def _find_records(value: Any, path: tuple[str, ...]) -> tuple[str, ...] | None:
    """The way to the longest array of objects, through objects only; names with dots can't be declared."""
    if isinstance(value, list):
        return path if value and all(isinstance(v, dict) for v in value) else None
    if not isinstance(value, dict) or len(path) >= _DEEPEST:
        return None
    found: list[tuple[int, tuple[str, ...]]] = []
    for name, inner in value.items():
        if isinstance(name, str) and "." not in name and (way := _find_records(inner, (*path, name))) is not None:
            found.append((-len(_at(value, way[len(path) :])), way))
    return min(found)[1] if found else None


def _at(value: Any, way: Sequence[str]) -> Any:
    for name in way:
        value = value[name]
    return value


def _shape(document: Any) -> str:
    if isinstance(document, dict):
        names = ", ".join(str(name)[:40] for name in list(document)[:8])
        return f"an object of {names or 'nothing'}"
    return f"an array of {len(document):,} values" if isinstance(document, list) else "one value"


def _hint(document: Any) -> str | None:
    if not isinstance(document, dict):
        return None
    if "meta" in document and "data" in document:
        return (
            "this is a portal's rows.json, whose records have no names: add the address of the data set's page instead."
        )
    if "error" in document:
        return "this is an answer that tells an error: open the address by hand."
    return None
