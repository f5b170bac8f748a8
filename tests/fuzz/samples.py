"""Good bytes to spoil, and tables of nasty values whose number of records is known."""

from __future__ import annotations

import csv
import gzip
import io
import json
import random
from collections.abc import Callable, Mapping
from typing import Any

from tests.fuzz.mutations import write_archive

NAMES = ("id", "name", "amount", "day")
TEXTS = (
    *("", "plain", "Ñandú, Calle 5", 'says "no"', "two\nlines", "tab\there", "007", "NA", "null", "=1+1", "-5", "'"),
    *(
        "a;b",
        "x" * 300,
        "  padded  ",
        "\u202eturned",
        "\x01",
        "\U0001f600",
        "{",
        "[1,2]",
        "\\",
        '\\"',
        "é" * 40,
        "\u2028",
    ),
)
NUMBERS = ("", "0", "1.5", "-3", "1e5", "99999999999999999999", "NaN", "inf", "1,5", "abc", "0.1", "1.10")
DAYS = ("", "2026-01-31", "2026-02-30", "01/02/2026", "1900-01-01", "2026-1-1", "46000", "2026-01-31T00:00:00")
SHAPES: tuple[Any, ...] = (
    None,
    {"type": "Point", "coordinates": [-74.1, 40.7]},
    {"type": "Point", "coordinates": [40.7, -174.1]},
    {"type": "Point", "coordinates": ["a", 1]},
    {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1], [0, 0]]]},
    {"type": "Polygon", "coordinates": [[[0, 0], [1, 1], [1, 0], [0, 1], [0, 0]]]},
    {"type": "Polygon", "coordinates": [[[0, 0], [0, 1], [1, 1]]]},
    {"type": "MultiPolygon", "coordinates": []},
    {"type": "GeometryCollection", "geometries": []},
    {"type": "LineString", "coordinates": [[0, 0, 5], [1, 1, 6]]},
)


def records(random_: random.Random, count: int) -> list[dict[str, str]]:
    """Records of texts, with a key of their own."""
    return [
        {
            "id": f"{n:05d}",
            "name": random_.choice(TEXTS),
            "amount": random_.choice(NUMBERS),
            "day": random_.choice(DAYS),
        }
        for n in range(count)
    ]


def as_csv(random_: random.Random, rows: list[dict[str, str]]) -> bytes:
    """``rows`` as Python writes them."""
    out = io.StringIO()
    end = random_.choice(("\n", "\r\n"))
    quoting: Any = random_.choice((csv.QUOTE_MINIMAL, csv.QUOTE_ALL))
    writer = csv.DictWriter(out, NAMES, lineterminator=end, quoting=quoting)
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue().encode()


def token(random_: random.Random, text: str) -> Any:
    """A text as JSON has it: itself, a number, null."""
    if text and random_.random() < 0.5:
        try:
            number = float(text)
        except ValueError:
            return text
        return None if number != number or abs(number) == float("inf") else number
    return text


def as_json(random_: random.Random, rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    """``rows`` as JSON objects."""
    return [{key: row[key] if key == "id" else token(random_, row[key]) for key in NAMES} for row in rows]


def as_jsonl(random_: random.Random, rows: list[dict[str, str]]) -> bytes:
    """One object to a line."""
    ascii_only = random_.random() < 0.5
    return "".join(json.dumps(r, ensure_ascii=ascii_only) + "\n" for r in as_json(random_, rows)).encode()


def as_document(random_: random.Random, rows: list[dict[str, str]]) -> bytes:
    """One document, laid out in some way."""
    indent = random_.choice((None, 0, 1, 4))
    document = {"meta": {"count": len(rows), "data": [1, 2]}, "data": as_json(random_, rows), "next": None}
    return json.dumps(document, indent=indent, ensure_ascii=random_.random() < 0.5).encode()


def as_geojson(random_: random.Random, rows: list[dict[str, str]]) -> bytes:
    """A collection of features."""
    document = {"type": "FeatureCollection", "name": "things", "features": _features(random_, rows)}
    return json.dumps(document, indent=random_.choice((None, 1))).encode()


def as_geojsonl(random_: random.Random, rows: list[dict[str, str]]) -> bytes:
    """One feature to a line."""
    return "".join(json.dumps(feature) + "\n" for feature in _features(random_, rows)).encode()


def _features(random_: random.Random, rows: list[dict[str, str]]) -> list[dict[str, Any]]:
    return [
        {"type": "Feature", "id": n, "properties": properties, "geometry": random_.choice(SHAPES)}
        for n, properties in enumerate(as_json(random_, rows))
    ]


def as_xlsx(random_: random.Random, rows: list[dict[str, str]]) -> bytes:
    """A workbook of one sheet."""
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    book = Workbook()
    sheet: Any = book.active
    sheet.append(NAMES)
    for row in as_json(random_, rows):
        values = [ILLEGAL_CHARACTERS_RE.sub("?", v) if isinstance(v, str) else v for v in row.values()]
        sheet.append(["'" + v if isinstance(v, str) and v.startswith("=") else v for v in values])
        if random_.random() < 0.1:
            sheet.append([])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def as_parquet(_random: random.Random, rows: list[dict[str, str]]) -> bytes:
    """A Parquet file of texts and numbers."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    table = pa.table(
        {
            "id": [row["id"] for row in rows],
            "name": [row["name"] or None for row in rows],
            "amount": [float(n) for n in range(len(rows))],
            "day": ["2026-01-31"] * len(rows),
        }
    )
    out = io.BytesIO()
    pq.write_table(table, out, row_group_size=max(1, len(rows) // 2))
    return out.getvalue()


def as_gzip(random_: random.Random, rows: list[dict[str, str]]) -> bytes:
    """CSV, packed."""
    return gzip.compress(as_csv(random_, rows), mtime=0)


def as_zip(random_: random.Random, rows: list[dict[str, str]]) -> bytes:
    """CSV in an archive with a text beside it."""
    return write_archive([("data/things.csv", as_csv(random_, rows)), ("README.md", b"What is in here.")])


WRITERS: Mapping[str, Callable[[random.Random, list[dict[str, str]]], bytes]] = {
    "csv": as_csv,
    "jsonl": as_jsonl,
    "json": as_document,
    "geojson": as_geojson,
    "geojsonl": as_geojsonl,
    "xlsx": as_xlsx,
    "parquet": as_parquet,
    "gzip": as_gzip,
    "zip": as_zip,
}
"""How a table is written in each format that is landed."""
