"""Files of the shared data as tables of a portal.

Belongs here: reading CSV, JSON, GeoJSON and Parquet into records of texts, and saying a portal's CSV export anew in
the words of its own API. Does not belong here: any protocol.
"""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from pathlib import Path
from typing import Any

from tests.portals.rows import Column, Table

EXPORTED_TIME = re.compile(r"\d{2}/\d{2}/\d{4} \d{2}:\d{2}:\d{2} [AP]M")
PAIR = re.compile(r"\((-?\d+\.?\d*), (-?\d+\.?\d*)\)")
WKT_POINT = re.compile(r"POINT ?\((-?\d+\.?\d*) (-?\d+\.?\d*)\)")


def content(path: Path) -> bytes:
    """The bytes of a file, unpacked where its name ends in ``.gz``."""
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def csv_table(
    path: Path,
    *,
    types: Mapping[str, str] | None = None,
    encoding: str = "utf-8-sig",
    delimiter: str = ",",
    soda_names: bool = False,
    columns: Iterable[str] = (),
) -> Table:
    """A CSV file. Values stay the texts they are; an empty field is no value.

    Args:
        types: Types of columns, by their name in the table; text where not said.
        columns: Names in place of the header's; for a file without one.
        soda_names: Say an export of a Socrata portal anew in SODA's words: names as ``soda_name`` makes them,
            times ``MM/DD/YYYY hh:mm:ss AM`` as ISO times with milliseconds, ``(latitude, longitude)`` and WKT points
            as GeoJSON points; numbers keep every digit.
    """
    rows = csv.reader(io.StringIO(content(path).decode(encoding), newline=""), delimiter=delimiter)
    header = list(columns) or next(rows)
    names = [soda_name(name) for name in header] if soda_names else header
    say: Callable[[str], Any] = in_soda if soda_names else str
    records = [{n: say(v) for n, v in zip(names, row, strict=False) if v != ""} for row in rows if row]
    return typed(names, records, types or {}, titles=dict(zip(names, header, strict=True)))


def json_table(path: Path, *, types: Mapping[str, str] | None = None) -> Table:
    """A JSON array of objects, such as a recorded SODA answer. Columns stand in the order they are first met."""
    records: list[dict[str, Any]] = json.loads(content(path), parse_float=_Token, parse_int=_Token)
    kept = [
        {k: _numbers(v) if isinstance(v, dict | list) else _text(v) for k, v in record.items() if v is not None}
        for record in records
    ]
    return typed(list(dict.fromkeys(k for r in kept for k in r)), kept, types or {})


def geojson_table(path: Path, *, geometry: str = "geometry", types: Mapping[str, str] | None = None) -> Table:
    """The features of a GeoJSON file: their properties, and the shape in the column ``geometry``."""
    document = json.loads(content(path), parse_float=_Token, parse_int=_Token)
    records = [
        {
            **{k: _text(v) for k, v in feature["properties"].items() if v is not None},
            geometry: _numbers(feature["geometry"]),
        }
        for feature in document["features"]
    ]
    names = list(dict.fromkeys(k for r in records for k in r))
    return typed(names, records, {geometry: "geometry", **(types or {})})


def parquet_table(path: Path, *, types: Mapping[str, str] | None = None) -> Table:
    """A Parquet file, each value as the text that DuckDB makes of it; times as ISO times with milliseconds."""
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        found = connection.execute("select * from read_parquet(?)", [str(path)])
        names = [column[0] for column in found.description or ()]
        records = [
            {n: v.isoformat(timespec="milliseconds") if isinstance(v, datetime) else str(v) for n, v in pairs}
            for row in found.fetchall()
            if (pairs := [(n, v) for n, v in zip(names, row, strict=True) if v is not None])
        ]
    return typed(names, records, types or {})


def typed(
    names: Iterable[str],
    records: Iterable[Mapping[str, Any]],
    types: Mapping[str, str],
    titles: Mapping[str, str] | None = None,
) -> Table:
    """A table of these columns; a column whose first value is an object is a shape."""
    kept = tuple(records)
    shapes = {k for record in kept for k, v in record.items() if isinstance(v, dict) and "coordinates" in v}
    columns = (
        Column(n, types.get(n, "geometry" if n in shapes else "text"), (titles or {}).get(n, _title(n))) for n in names
    )
    return Table(tuple(columns), kept)


def soda_name(header: str) -> str:
    """A column's name in the API of a Socrata portal, from its title: ``X Coordinate (State Plane)`` becomes
    ``x_coordinate_state_plane``.
    """
    name = re.sub(r"[^a-z0-9]+", "_", header.casefold()).strip("_")
    return name if not name[:1].isdigit() else f"_{name}"


def in_soda(value: str) -> Any:
    """A value of a CSV export as SODA says it."""
    if EXPORTED_TIME.fullmatch(value):
        return datetime.strptime(value, "%m/%d/%Y %I:%M:%S %p").isoformat() + ".000"
    if point := PAIR.fullmatch(value):
        return {"type": "Point", "coordinates": [float(point[2]), float(point[1])]}
    if point := WKT_POINT.fullmatch(value):
        return {"type": "Point", "coordinates": [float(point[1]), float(point[2])]}
    return value


class _Token(str):
    """A number as it stands in a JSON file."""


def _text(value: Any) -> Any:
    return str(value) if isinstance(value, _Token) else json.dumps(value) if isinstance(value, list | dict) else value


def _numbers(value: Any) -> Any:
    if isinstance(value, _Token):
        return float(value)
    if isinstance(value, list):
        return [_numbers(one) for one in value]
    return {k: _numbers(v) for k, v in value.items()} if isinstance(value, dict) else value


def _title(name: str) -> str:
    return name.strip(":@").replace("_", " ").title()
