"""Instants counted from 1970: against Python's own arithmetic, at their edges, through every format, and at load."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from openpyxl import Workbook

from contracts.errors import InputError
from contracts.load import load_contract
from contracts.model import Place, Property, Role, Text
from orchestration.ingest.parse import NEWEST_SECOND, OLDEST_SECOND, parsed_name, read_text, text_name
from orchestration.ingest.reasons import type_sentence
from tests.unit.orchestration.ingest.conftest import COLUMNS, MakeTown, contract_text

EPOCH = datetime(1970, 1, 1)
FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
AT = {
    "name": "at",
    "logicalType": "timestamp",
    "classification": "public",
    "logicalTypeOptions": {"format": "epoch_ms"},
}


def column(form: str) -> Property:
    return Property(
        name="at",
        logical_type="timestamp",
        physical_type="TIMESTAMP",
        required=False,
        unique=False,
        primary_key_position=None,
        classification="public",
        classified=True,
        description=Text(""),
        options={"format": form},
        quality=(),
        place=Place("a.yaml", 7),
    )


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET TimeZone = 'America/New_York'")  # no zone of a machine's takes part
        yield connection


def read(connection: duckdb.DuckDBPyConnection, text: str, form: str = "epoch_ms") -> Any:
    made = read_text(column(form), 0)
    row = connection.execute(
        f"SELECT {made.value} FROM (SELECT *, {made.parsed} AS {parsed_name(0)} "
        f"FROM (SELECT CAST(? AS VARCHAR) AS {text_name(0)}))",
        [text],
    ).fetchone()
    assert row is not None
    return row[0]


@FEW
@given(st.integers(OLDEST_SECOND * 1000, NEWEST_SECOND * 1000 + 999))
def test_milliseconds_are_what_python_says(connection: duckdb.DuckDBPyConnection, count: int) -> None:
    assert read(connection, str(count)) == EPOCH + timedelta(milliseconds=count)


@FEW
@given(st.integers(OLDEST_SECOND, NEWEST_SECOND))
def test_seconds_are_what_python_says(connection: duckdb.DuckDBPyConnection, count: int) -> None:
    assert read(connection, str(count), "epoch_s") == EPOCH + timedelta(seconds=count)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("0", EPOCH),
        ("-1", datetime(1969, 12, 31, 23, 59, 59, 999000)),
        ("1447869075942", datetime(2015, 11, 18, 17, 51, 15, 942000)),
        (" 1447869075942.0 ", datetime(2015, 11, 18, 17, 51, 15, 942000)),
        ("-30610224000000", datetime(1000, 1, 1)),
        ("253402300799999", datetime(9999, 12, 31, 23, 59, 59, 999000)),
    ],
)
def test_what_is_read(connection: duckdb.DuckDBPyConnection, text: str, value: datetime) -> None:
    assert read(connection, text) == value


@pytest.mark.parametrize(
    "text",
    [
        *("-30610224000001", "253402300800000", "9223372036854775807", "-9223372036854775808", "9" * 60),
        *("1447869075942.5", "1.4e12", "0x10", "1_000", "", "infinity", "epoch", "NaN", "2015-11-18", "١٢"),
    ],
)
def test_what_is_set_aside(connection: duckdb.DuckDBPyConnection, text: str) -> None:
    assert read(connection, text) is None


def test_the_sentence_names_the_unit() -> None:
    sentence = type_sentence(column("epoch_ms"))
    assert "milliseconds since 1970 (UTC)" in sentence.default
    assert "milisegundos desde 1970 (UTC)" in sentence.to("es")


RECORDS = ((1447869075942, "2015-11-18 17:51:15.942"), (None, None), (-1, "1969-12-31 23:59:59.999"))


def _bytes(form: str, counts: list[Any]) -> bytes:
    if form == "csv":
        return ("id,at\n" + "".join(f"{n},{'' if c is None else c}\n" for n, c in enumerate(counts))).encode()
    if form == "jsonl":
        return b"\n".join(json.dumps({"id": str(n), "at": c}).encode() for n, c in enumerate(counts))
    out = BytesIO()
    if form == "parquet":
        ids = [str(n) for n in range(len(counts))]
        pq.write_table(pa.table({"id": ids, "at": pa.array(counts, pa.int64())}), out)
    else:
        book = Workbook()
        for row in (["id", "at"], *([str(n), c] for n, c in enumerate(counts))):
            book.active.append(row)  # type: ignore[union-attr]
        book.save(out)
    return out.getvalue()


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet", "xlsx"])
def test_every_format_lands_it_as_utc(make_town: MakeTown, form: str) -> None:
    town = make_town(COLUMNS[0], AT, server={"format": form})
    counts = [count for count, _ in RECORDS]
    landing = town.land(_bytes(form, [*counts, 253402300800000]))
    assert (landing.accepted, landing.quarantined) == (3, 1)
    assert [row[1] for row in town.accepted(landing)] == [
        None if text is None else datetime.fromisoformat(text) for _, text in RECORDS
    ]
    assert list(town.reasons(landing).values()) == [["at.type"]]


def test_a_text_of_digits_and_a_date_in_json(make_town: MakeTown) -> None:
    town = make_town(COLUMNS[0], AT, server={"format": "jsonl"})
    landing = town.land('{"id":"a","at":"1447869075942"}\n{"id":"b","at":"2015-11-18T17:51:15Z"}\n{"id":"c","at":true}')
    assert [row[:2] for row in town.accepted(landing)] == [("a", datetime(2015, 11, 18, 17, 51, 15, 942000))]
    assert town.reasons(landing) == {2: ["at.type"], 3: ["at.type"]}


@pytest.mark.parametrize(
    ("logical", "options", "said"),
    [
        ("timestamp", {"format": "epoch"}, "expected epoch_ms"),
        ("timestamp", {"format": "epochMillis"}, "expected epoch_ms"),
        ("timestamp", {"format": "unix"}, "expected epoch_ms"),
        ("integer", {"format": "epoch_ms"}, "is not as the standard says"),
        ("date", {"format": "epoch_ms"}, "expected logicalType: timestamp"),
        ("timestamp", {"format": "epoch_ms", "defaultTimezone": "America/Bogota"}, "it is UTC"),
        ("timestamp", {"format": "epoch_s", "timezone": True}, "it is UTC"),
    ],
)
def test_what_a_contract_may_not_say(tmp_path: Path, logical: str, options: dict[str, Any], said: str) -> None:
    path = tmp_path / "things.odcs.yaml"
    wrong = {"name": "at", "logicalType": logical, "classification": "public", "logicalTypeOptions": options}
    path.write_text(contract_text((COLUMNS[0], wrong), {"format": "csv"}), encoding="utf-8")
    with pytest.raises(InputError, match=said) as told:
        load_contract(path, Role.SOURCE)
    assert str(told.value.where).startswith(f"{path}:")


def test_what_a_contract_may_say(tmp_path: Path) -> None:
    path = tmp_path / "things.odcs.yaml"
    options = {"format": "epoch_ms", "timezone": False, "defaultTimezone": "UTC", "minimum": "2000-01-01T00:00:00Z"}
    path.write_text(contract_text((COLUMNS[0], {**AT, "logicalTypeOptions": options}), {"format": "csv"}), "utf-8")
    assert load_contract(path, Role.SOURCE).columns[1].options["format"] == "epoch_ms"
