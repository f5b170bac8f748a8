"""What DuckDB reads of a well-formed file is what Python's csv reads; dialects as declared."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from orchestration.ingest import extract
from orchestration.ingest.caps import Caps
from orchestration.ingest.dialect import dialect
from orchestration.ingest.readers import csv as csv_reader
from orchestration.ingest.refusal import Refusal
from orchestration.ingest.workplace import Engine, Workplace
from tests.unit.orchestration.ingest.conftest import MakeTown, Town
from tests.unit.orchestration.ingest.test_csv_faults import GOOD, refusal

TEXT = {"logicalType": "string", "classification": "public"}
CELLS = st.text(alphabet='ab,;"\n\r é\\\t=', max_size=6)
FEW = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as connection:
        connection.execute("SET disabled_optimizers = 'in_clause'")
        yield connection


@FEW
@given(
    rows=st.lists(st.lists(CELLS, min_size=3, max_size=3), min_size=1, max_size=20),
    end=st.sampled_from(["\n", "\r\n"]),
    delimiter=st.sampled_from([",", ";", "\t"]),
    always=st.booleans(),
    size=st.sampled_from([1, 40, 1 << 20]),
)
def test_what_csv_writes_duckdb_reads(
    make_town: MakeTown,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    connection: duckdb.DuckDBPyConnection,
    rows: list[list[str]],
    end: str,
    delimiter: str,
    always: bool,
    size: int,
) -> None:
    monkeypatch.setattr(extract, "PIECE", size)
    if not always:  # Python's csv does not quote a lone carriage return
        rows = [[cell.replace("\r", "") for cell in row] for row in rows]
    out = io.StringIO(newline="")
    quoting: Literal[0, 1] = csv.QUOTE_ALL if always else csv.QUOTE_MINIMAL
    writer = csv.writer(out, delimiter=delimiter, lineterminator=end, quoting=quoting)
    writer.writerow(["x", "y", "z"])
    writer.writerows(rows)
    town = make_town(
        *({"name": n, **TEXT} for n in "xyz"), server={"format": "csv", "delimiter": delimiter, "missing": []}
    )
    path = tmp_path / "t.csv"
    path.write_text(out.getvalue(), encoding="utf-8", newline="")
    place = Workplace(connection, tmp_path, Engine())
    reading = csv_reader.read(path, town.contract, dialect(town.contract), place, Caps())
    found: list[list[str]] = []
    numbers: list[int] = []
    for piece in reading.pieces():
        query = f"SELECT __text_0, __text_1, __text_2 FROM ({piece.relation})"
        found += [list(row) for row in connection.execute(query).fetchall()]
        numbers += piece.numbers.tolist()
    good = [row for n, row in enumerate(rows, start=1) if n in numbers]
    assert found == good
    assert reading.received == len(rows)
    assert len(numbers) + len(reading.index.malformed()) == len(rows)
    if always:
        assert numbers == list(range(1, len(rows) + 1))


def test_mixed_line_ends_where_declared(make_town: MakeTown) -> None:
    town = make_town(server={"format": "csv", "lineEnds": "mixed"})
    landing = town.land("id,name,amount,day\r\n1,a,1,2026-01-01\n2,b,2,2026-01-01\r3,c,3,2026-01-01\r\n")
    assert [row[0] for row in town.accepted(landing)] == ["1", "2", "3"]


def test_line_ends_that_are_not_the_declared_ones(make_town: MakeTown) -> None:
    town = make_town(server={"format": "csv", "lineEnds": "lf"})
    told = refusal(town.land(GOOD.replace("\n", "\r\n")))
    assert (told["what"], told["found"], told["expected"]) == (
        "the file's line ends are not the declared ones",
        "CR LF",
        "lf",
    )


def test_a_file_without_a_header(make_town: MakeTown) -> None:
    town = make_town(server={"format": "csv", "header": False})
    landing = town.land(GOOD.split("\n", 1)[1])
    assert [row[:2] for row in town.accepted(landing)] == [("01", "Ann"), ("02", "Bo")]


def test_another_escape_and_quote(make_town: MakeTown) -> None:
    town = make_town(server={"format": "csv", "quote": "'", "escape": "\\"})
    landing = town.land("id,name,amount,day\n'1','a\\'b,\n\"c\"',1,2026-01-01\n")
    assert town.accepted(landing)[0][:2] == ("1", 'a\'b,\n"c"')


@pytest.mark.parametrize("header", ['"id",name,amount,day', "\n\nid,name,amount,day", '"id","na\nme",amount,day'])
def test_headers_of_every_kind(make_town: MakeTown, header: str) -> None:
    columns: list[dict[str, Any]] = [{"name": n, **TEXT} for n in ("id", "name", "amount", "day")]
    if "na\nme" in header:
        columns[1] |= {"physicalName": "na\nme"}
    town = make_town(*columns)
    assert town.accepted(town.land(f"{header}\n1,a,2,3\n")) == [("1", "a", "2", "3", 1)]


def test_a_physical_name(make_town: MakeTown) -> None:
    town = make_town({"name": "request_id", "physicalName": "Unique Key", **TEXT})
    landing = town.land("Unique Key,x\n7,1\n")
    assert town.accepted(landing) == [("7", 1)]
    assert landing.drift["added"] == ["x"]


def test_a_very_long_record(make_town: MakeTown) -> None:
    town = make_town({"name": "a", **TEXT}, {"name": "b", **TEXT})
    shape = "POLYGON((" + "1 2, " * 700_000 + "1 2))"
    landing = town.land(f'a,b\n1,"{shape}"\n2,x\n')
    assert [len(row[1]) for row in town.accepted(landing)] == [len(shape), 1]


def test_a_record_beyond_the_cap(town: Town) -> None:
    town.caps = Caps(record_bytes=100)
    landing = town.land(GOOD + f"03,{'x' * 200},1,2026-01-01\n")
    assert town.reasons(landing) == {3: ["record.size"]}


def test_a_record_number_is_no_column_of_a_contract(make_town: MakeTown) -> None:
    from contracts.errors import InputError

    with pytest.raises(InputError):
        make_town({"name": "_record", **TEXT})


def test_refusals_are_promises_broken() -> None:
    from contracts.errors import PromiseBroken

    assert issubclass(Refusal, PromiseBroken)
    assert Refusal("x").exit_code == 1
