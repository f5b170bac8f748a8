"""GeoJSON geometries in SQL: well-known text out of coordinates, and what is wrong with a shape.

Belongs here: the expressions, and DuckDB's spatial extension that judges crossings. Numbers are carried over,
never computed. Elevations (a third number) are left out: shapes are two-dimensional. Does not belong here:
features and their properties (``geojson``).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from contracts.engines.sql import text_literal
from orchestration.ingest.reading import RecordFailure

if TYPE_CHECKING:
    import duckdb

FORM = "geometry.form"
RANGE = "geometry.range"
SWAPPED = "geometry.swapped"
OUTSIDE = "geometry.outside"
RING = "geometry.ring"
CROSSING = "geometry.crossing"
SIZE = "geometry.size"
FAULTS = (SIZE, FORM, SWAPPED, RANGE, OUTSIDE, RING, CROSSING)

LARGEST = 4 << 20
"""Bytes of a geometry that is read: some 100,000 positions."""

_NUMBER = r"-?[0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?"
_PLACE = rf"{_NUMBER} {_NUMBER}"
_LINE = rf"\({_PLACE}(?:,{_PLACE})*\)"
_AREA = rf"\({_LINE}(?:,{_LINE})*\)"
FORMS: Mapping[str, tuple[str, str]] = {
    "Point": ("POINT", _PLACE),
    "MultiPoint": ("MULTIPOINT", _LINE),
    "LineString": ("LINESTRING", rf"\({_PLACE}(?:,{_PLACE})+\)"),
    "MultiLineString": ("MULTILINESTRING", _AREA),
    "Polygon": ("POLYGON", _AREA),
    "MultiPolygon": ("MULTIPOLYGON", rf"\({_AREA}(?:,{_AREA})*\)"),
}
"""Type of a GeoJSON geometry: its name in well-known text, and the form of its coordinates."""


def load(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the functions that judge shapes known to ``connection``.

    Raises:
        ArtefactError: The extension is not installed, or for another version of DuckDB.
    """
    from contracts.engines.spatial import spatial_extension

    connection.execute(f"LOAD {text_literal(spatial_extension())}")


def drawn(tokens: str, token: str, kind: str, bounds: Sequence[float] | None) -> str:
    """``tokens`` (SQL) with the geometry of each record beside it: ``__shape``, ``__wkt`` and ``__fault``.

    Each step is a SELECT of its own, so that no text of megabytes is made twice.

    Args:
        tokens: A relation.
        token: The geometry in it, as JSON.
        kind: The JSON type of that.
        bounds: West, south, east, north, where the source declares them.
    """
    coordinates = f"json_extract({token}, '/coordinates')"
    empty = f"coalesce(json_array_length({coordinates}) = 0, FALSE)"
    there = f"CASE WHEN {kind} IS NOT NULL AND {kind} <> 'NULL' AND NOT {empty} THEN {token} END AS __shape"
    shape = f"(SELECT *, {there} FROM {tokens})"
    small = f"strlen(__shape) <= {LARGEST}"
    bare = f"CASE WHEN {small} THEN CAST(json_extract(__shape, '/coordinates') AS VARCHAR) END AS __bare"
    pairs = rf"regexp_replace(__bare, '\[({_NUMBER}),({_NUMBER})(?:,{_NUMBER}){{0,2}}\]', '\1 \2', 'g') AS __pairs"
    lists = "translate(__pairs, '[]', '()') AS __lists"
    forms = f"{well_known_text('__shape', '__lists')} AS __wkt"
    area = "TRY(ST_GeomFromText(__wkt)) AS __drawn"
    relation = shape
    for step in (bare, pairs, lists, forms, area):
        relation = f"(SELECT *, {step} FROM {relation})"
    wrong = fault("__shape", "__wkt", "__drawn", bounds)
    return f"(SELECT * EXCLUDE (__bare, __pairs, __lists, __drawn), {wrong} AS __fault FROM {relation})"


def well_known_text(shape: str, lists: str) -> str:
    """SQL: the geometry ``shape`` (JSON) with its ``lists`` of positions as well-known text; NULL if malformed."""
    cases = " ".join(
        f"WHEN {text_literal(name)} THEN CASE WHEN regexp_full_match({lists}, {text_literal(form)}) "
        f"THEN '{word}' || {f'chr(40) || {lists} || chr(41)' if name == 'Point' else lists} END"
        for name, (word, form) in FORMS.items()
    )
    return f"CASE json_extract_string({shape}, '/type') {cases} END"


def fault(shape: str, text: str, area: str, bounds: Sequence[float] | None) -> str:
    """SQL: the reason why a ``shape`` with its ``text`` and ``area`` can't be taken, or NULL."""
    low_x, low_y, high_x, high_y = (f"ST_{side}({area})" for side in ("XMin", "YMin", "XMax", "YMax"))
    earth = _within((low_x, low_y, high_x, high_y), (-180, -90, 180, 90))
    turned = _within((low_y, low_x, high_y, high_x), bounds or (-180, -90, 180, 90))
    wrong = f"NOT {_within((low_x, low_y, high_x, high_y), bounds)}" if bounds else "FALSE"
    return (
        f"CASE WHEN {shape} IS NULL THEN NULL WHEN strlen({shape}) > {LARGEST} THEN '{SIZE}' "
        f"WHEN {text} IS NULL OR {area} IS NULL THEN '{FORM}' "
        f"WHEN (NOT {earth} OR {wrong}) AND {turned} THEN '{SWAPPED}' WHEN NOT {earth} THEN '{RANGE}' "
        f"WHEN {wrong} THEN '{OUTSIDE}' WHEN NOT contains({text}, 'POLYGON') THEN NULL "
        f"WHEN {_open_ring(text)} THEN '{RING}' "
        f"WHEN NOT coalesce(TRY(ST_IsValid({area})), FALSE) THEN '{CROSSING}' END"
    )


def _open_ring(text: str) -> str:
    """SQL: whether a ring has fewer than four positions, or ends elsewhere than it begins."""
    numbers = "list_transform(string_split(regexp_extract(ring, '{}'), ' '), lambda n: TRY_CAST(n AS DOUBLE))"
    positions = "length(ring) - length(replace(ring, ',', '')) + 1"
    closed = f"{positions} >= 4 AND {numbers.format('^[^,]*')} = {numbers.format('[^,]*$')}"
    rings = f"regexp_extract_all({text}, '\\(([^()]+)\\)', 1)"
    return f"NOT coalesce(list_bool_and(list_transform({rings}, lambda ring: {closed})), FALSE)"


def _within(sides: Sequence[str], bounds: Sequence[float]) -> str:
    (low_x, low_y, high_x, high_y), (west, south, east, north) = sides, bounds
    return f"({low_x} >= {west} AND {high_x} <= {east} AND {low_y} >= {south} AND {high_y} <= {north})"


def failures(column: str) -> tuple[RecordFailure, ...]:
    """One reason for quarantine for each fault that the SQL column ``column`` may name."""
    return tuple(RecordFailure(name, f"coalesce({column} = '{name}', FALSE)") for name in FAULTS)
