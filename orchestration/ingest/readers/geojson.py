"""GeoJSON: features of one collection, or one feature to a line; properties become columns, geometry WKT.

Belongs here: what a collection must be, its reference system, and where a feature holds each column.
Does not belong here: shapes (``geometry``), tokens and types (``jsonl``).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from contracts.model import Contract
from orchestration.ingest import extract
from orchestration.ingest.accept import Miscounted
from orchestration.ingest.caps import Caps
from orchestration.ingest.dialect import Dialect
from orchestration.ingest.document import take_apart
from orchestration.ingest.json_sql import Layout, pointer
from orchestration.ingest.parse import text_name
from orchestration.ingest.readers import geometry
from orchestration.ingest.readers.jsonl import SHAPES, JsonlReading, read_lines
from orchestration.ingest.refusal import Refusal

if TYPE_CHECKING:
    import duckdb

    from orchestration.ingest.workplace import Workplace

PROPERTIES = "/properties"
SAME_AS_LONGITUDE_LATITUDE = ("crs84", "epsg:4326", "epsg::4326", "ogc:crs84")
"""How the names of reference systems end that are longitude and latitude in degrees."""
LOOKED_AT = 200
"""Records from which it is told whether coordinates are degrees at all."""


def read(path: Path, contract: Contract, dialect: Dialect, place: Workplace, caps: Caps) -> JsonlReading:
    """Index the features of the prepared file at ``path``.

    Raises:
        Refusal: No collection of features, another reference system, or columns that are missing.
    """
    work, connection = place.folder, place.connection
    geometry.load(connection)
    layout = _layout(contract, dialect)
    if dialect.format == "geojsonl":
        reading = read_lines(path, contract, dialect, work, caps, layout)
    else:
        lines = work / "records.jsonl"
        document = take_apart(path, ("features",), lines, caps)
        _refuse_other_collections(document.frame)
        reading = read_lines(lines, contract, dialect, work, caps, layout)
        if reading.received != document.records:
            raise Miscounted(reading.received, document.records)
    reading.find_drift()
    try:
        _refuse_other_units(reading, connection)
    except Refusal as refusal:
        refusal.report = reading.received
        raise
    return reading


def _layout(contract: Contract, dialect: Dialect) -> Layout:
    pointers, shape = [], None
    for n, column in enumerate(contract.columns):
        if column.name == dialect.geometry_column:
            pointers.append("/geometry")
            shape = n
        elif column.name == dialect.feature_id_column:
            pointers.append("/id")
        else:
            pointers.append(PROPERTIES + pointer(column.source_name))
    return Layout(tuple(pointers), PROPERTIES, shape, dialect.bounds, is_feature=True)


def _refuse_other_collections(frame: Any) -> None:
    kind = frame.get("type") if isinstance(frame, dict) else None
    if kind != "FeatureCollection":
        esri = isinstance(frame, dict) and ("spatialReference" in frame or "geometryType" in frame)
        raise Refusal(
            "the file is not GeoJSON",
            where="type of the document",
            found="Esri's own JSON (features with attributes)" if esri else _named(kind),
            expected="FeatureCollection",
            hint="ask the service for f=geojson." if esri else "open the address by hand: another export may be there.",
        )
    system = _reference_system(frame.get("crs"))
    if system is not None and not system.casefold().replace("/", ":").endswith(SAME_AS_LONGITUDE_LATITUDE):
        raise _wrong_system(f"crs {system[:60]}")


def _named(kind: Any) -> str:
    return kind[:40] if isinstance(kind, str) and kind else "no type"


def _reference_system(crs: Any) -> str | None:
    """The name of a collection's reference system; None where it names none, which means degrees."""
    if crs is None:
        return None
    properties = crs.get("properties") if isinstance(crs, Mapping) else None
    name = properties.get("name") or properties.get("code") if isinstance(properties, Mapping) else None
    return str(name) if name else "without a name"


def _wrong_system(found: str) -> Refusal:
    return Refusal(
        "the coordinates are in the wrong reference system",
        found=found,
        expected="longitude and latitude in degrees (EPSG:4326, CRS84)",
        hint="ask the publisher for EPSG:4326, or convert it: ogr2ogr -t_srs EPSG:4326 new.geojson old.geojson",
    )


def _refuse_other_units(reading: JsonlReading, connection: duckdb.DuckDBPyConnection) -> None:
    """Refuse a file whose first shapes are all beyond degrees: those are metres or feet."""
    shape = reading.layout.shape
    if shape is None:
        return
    numbers = next(extract.cut(reading.index, SHAPES))[:LOOKED_AT]
    if not len(numbers):
        return
    relation = reading.picked(connection, numbers)
    row = connection.execute(
        f"SELECT count(*), count_if(__fault IN ('{geometry.RANGE}', '{geometry.SWAPPED}')), "
        f"count_if(__fault = '{geometry.RANGE}') FROM ({relation}) WHERE {text_name(shape)} <> ''"
    ).fetchone()
    if row is not None and row[0] >= 1 and row[0] == row[1] and row[2] * 2 > row[0]:
        raise _wrong_system("coordinates beyond 180 and 90: metres or feet")
