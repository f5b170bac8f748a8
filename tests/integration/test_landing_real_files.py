"""Real civic files at the door: read in full, or refused with the exact reason."""

from __future__ import annotations

import csv
import gzip
import io
from pathlib import Path
from typing import Any

import pytest

from orchestration.ingest.landing import Landing
from tests.unit.orchestration.ingest.conftest import THIRD_PARTY_WARNINGS, MakeTown, Town, make_town

__all__ = ["make_town"]

pytestmark = [
    pytest.mark.real_data,
    *(pytest.mark.filterwarnings(warning) for warning in THIRD_PARTY_WARNINGS),
]

US_TIMES = {"format": "MM/dd/yyyy hh:mm:ss a", "defaultTimezone": "America/New_York"}


def text(name: str) -> dict[str, Any]:
    return {"name": name, "logicalType": "string", "classification": "restricted"}


def typed(name: str, logical: str, **options: Any) -> dict[str, Any]:
    more = {"logicalTypeOptions": options} if options else {}
    return {"name": name, "logicalType": logical, "classification": "public", **more}


def python_rows(data: bytes, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[list[str]]:
    return [row for row in csv.reader(io.StringIO(data.decode(encoding), newline=""), delimiter=delimiter) if row]


def all_text(data: bytes, encoding: str = "utf-8-sig", delimiter: str = ",") -> list[dict[str, Any]]:
    return [text(name) for name in python_rows(data, encoding, delimiter)[0]]


def as_received(town: Town, landing: Landing) -> list[list[str]]:
    """Accepted records as the text they came from (missing is the empty text)."""
    return [["" if v is None else str(v) for v in row[:-1]] for row in town.accepted(landing)]


@pytest.mark.parametrize("name", ["311_service_requests_2018_sample.csv", "311_march_2025.csv"])
def test_new_york(make_town: MakeTown, shared_data: Path, name: str) -> None:
    data = (shared_data / "311" / "nyc" / name).read_bytes()
    rows = python_rows(data)
    header = rows[0]
    columns = []
    for column in header:
        if column.endswith("Date"):
            columns.append(typed(column, "timestamp", **US_TIMES))
        elif column in ("Latitude", "Longitude"):
            columns.append(typed(column, "number", minimum=-180, maximum=180))
        elif column == "Unique Key":
            columns.append({**text(column), "required": True, "primaryKey": True, "primaryKeyPosition": 1})
        else:
            columns.append(text(column))
    town = make_town(*columns)
    landing = town.land(data)
    assert landing.outcome == "accepted", landing.refusal
    assert (landing.received, landing.reasons) == (len(rows) - 1, {})
    accepted = town.accepted(landing)
    keys = [row[header.index("Unique Key")] for row in accepted]
    assert keys == [row[header.index("Unique Key")] for row in rows[1:]]
    latitudes = [row[header.index("Latitude")] for row in rows[1:]]
    assert [row[header.index("Latitude")] for row in accepted] == [float(x) if x else None for x in latitudes]
    addresses = [row[header.index("Incident Address")] for row in rows[1:]]
    assert [row[header.index("Incident Address")] or "" for row in accepted] == addresses


def test_baltimore_gzip(make_town: MakeTown, shared_data: Path) -> None:
    packed = (shared_data / "311" / "baltimore" / "311_sample_2018.csv.gz").read_bytes()
    rows = python_rows(gzip.decompress(packed))
    columns = all_text(gzip.decompress(packed))
    for n, column in enumerate(columns):
        if column["name"].endswith("Date"):
            columns[n] = typed(column["name"], "timestamp", **US_TIMES)
        elif column["name"] == "DaysOpen":
            columns[n] = typed("DaysOpen", "integer", minimum=0)
    town = make_town(*columns, server={"format": "csv", "compression": "gzip"})
    landing = town.land(packed)
    assert landing.outcome == "accepted", landing.refusal
    assert landing.received == len(rows) - 1 == 10_000
    days = [row[-1] for row in rows[1:]]
    wrong = {n for n, value in enumerate(days, start=1) if value and int(value) < 0}
    assert {n for n, why in town.reasons(landing).items() if "DaysOpen.range" in why} == wrong if wrong else True
    kept = {row[-1]: row[-2] for row in town.accepted(landing)}
    assert all(kept[n] == (int(value) if value else None) for n, value in enumerate(days, start=1) if n in kept)


def test_buenos_aires_latin1(make_town: MakeTown, shared_data: Path) -> None:
    packed = (shared_data / "311" / "buenos_aires" / "suaci_por_barrio_2013_2015.csv.gz").read_bytes()
    rows = python_rows(gzip.decompress(packed), "latin-1")
    columns = [*all_text(gzip.decompress(packed), "latin-1")[:-1], typed("total", "integer", minimum=0)]
    server = {"format": "csv", "compression": "gzip", "encoding": "latin-1"}
    town = make_town(*columns, server=server)
    landing = town.land(packed)
    assert landing.outcome == "accepted", landing.refusal
    assert (landing.received, landing.quarantined) == (57_431, 0)
    assert as_received(town, landing) == rows[1:]
    undeclared = make_town(*columns, server={"format": "csv", "compression": "gzip"}).land(force=True)
    assert undeclared.refusal is not None
    assert undeclared.refusal["found"] == "most likely windows-1252"


def test_elevators_parquet(make_town: MakeTown, shared_data: Path) -> None:
    import pyarrow.parquet as pq

    path = shared_data / "311" / "nyc" / "311_elevator_2024.parquet"
    table = pq.read_table(path)
    key = {"name": "unique_key", "required": True, "primaryKey": True, "primaryKeyPosition": 1}
    kind = "integer" if str(table.schema.field("unique_key").type).startswith("int") else "string"
    columns = [
        {**key, "logicalType": kind, "classification": "public"},
        typed("created_date", "timestamp", defaultTimezone="America/New_York"),
        text("complaint_type"),
    ]
    town = make_town(*columns, server={"format": "parquet"})
    landing = town.land(path.read_bytes())
    assert landing.outcome == "accepted", landing.refusal
    assert landing.received == table.num_rows == 22_504
    assert [row[0] for row in town.accepted(landing)] == table.column("unique_key").to_pylist()
    assert set(landing.drift["added"]) == set(table.column_names) - {"unique_key", "created_date", "complaint_type"}


READ: dict[str, dict[str, Any]] = {
    "datapusher/3ffdcd42-5c63-4089-84dd-c23876259973.csv": {},
    "datapusher/bus-stops.csv": {},
    "datapusher/simple.csv": {},
    "datapusher/simple.tsv": {"delimiter": "\t"},
    "datapusher/long.csv": {},
    "xloader/brazilian_sample.csv": {},
    "xloader/column_names.csv": {},
    "xloader/date_formats.csv": {},
    "xloader/german_sample.csv": {"delimiter": ";"},
    "xloader/mixed_numeric_string_sample.csv": {},
    "xloader/non_timestamp_sample.csv": {},
    "xloader/non_utf8_sample.csv": {"encoding": "latin-1"},
    "xloader/sample_with_blanks.csv": {},
    "xloader/sample_with_empty_lines.csv": {},
    "xloader/sample_with_mixed_quotes.csv": {},
    "xloader/sample_with_quoted_commas.csv": {},
    "xloader/simple-with-extra-column.csv": {},
    "xloader/simple.csv": {},
    "xloader/simple2.csv": {},
    "xloader/umlaut_and_extra_comma.csv": {},
}


@pytest.mark.parametrize("name", READ)
def test_messy_files_that_are_read_as_python_reads_them(make_town: MakeTown, shared_data: Path, name: str) -> None:
    data = (shared_data / "api" / "messy_files" / name).read_bytes()
    settings = READ[name]
    encoding = settings.get("encoding", "utf-8-sig")
    delimiter = settings.get("delimiter", ",")
    rows = python_rows(data, encoding, delimiter)
    town = make_town(*all_text(data, encoding, delimiter), server={"format": "csv", **settings})
    landing = town.land(data)
    assert landing.outcome == "accepted", landing.refusal
    wrong = [n for n, row in enumerate(rows[1:], start=1) if len(row) != len(rows[0])]
    assert landing.received == len(rows) - 1
    assert [n for n, why in town.reasons(landing).items() if "record.fields" in why] == wrong if wrong else True
    numbers = [row[-1] for row in town.accepted(landing)]
    assert as_received(town, landing) == [rows[n] for n in numbers]
    assert len(numbers) + landing.quarantined == len(rows) - 1


XLS = ("the file is not CSV", "an old spreadsheet (XLS)")
REFUSED: dict[str, tuple[str, str]] = {
    "datapusher/mixedGLB.csv": (
        "declared columns are missing from the file",
        "0 of 2 declared columns in a first record of 19 fields",
    ),
    "datapusher/october_2011.csv": ("the file is not in the declared encoding", "most likely latin-1"),
    "datapusher/simple.xls": XLS,
    "datapusher/weird_head_padding.csv": (
        "declared columns are missing from the file",
        "0 of 2 declared columns in a first record of 5 fields",
    ),
    "xloader/extra_fields.csv": ("no record has the right number of fields", "2 records, none with 3 fields"),
    "xloader/go-realtime.xlsx": ("the file is not CSV", "a ZIP archive or a spreadsheet (XLSX, ODS)"),
    "xloader/no_entries.csv": ("the file holds no record", "a header and nothing else"),
    "xloader/sample_with_extra_blank_cells.csv": (
        "declared columns are missing from the file",
        "0 of 2 declared columns in a first record of 32 fields",
    ),
    "xloader/simple.xls": XLS,
}


@pytest.mark.parametrize("name", REFUSED)
def test_messy_files_that_are_refused(make_town: MakeTown, shared_data: Path, name: str) -> None:
    data = (shared_data / "api" / "messy_files" / name).read_bytes()
    try:
        header = python_rows(data)[0]
        named = len({n.casefold() for n in header}) == len(header) and all(n and n == n.strip() for n in header)
    except UnicodeDecodeError:
        named = False
    town = make_town(*(all_text(data) if named else [text("a"), text("b")]))
    landing = town.land(data)
    assert landing.refusal is not None
    assert (landing.refusal["what"], landing.refusal["found"]) == REFUSED[name]
