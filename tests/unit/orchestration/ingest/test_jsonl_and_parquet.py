"""JSON lines by their tokens, Parquet by its types; the same numbers, the same refusals."""

from __future__ import annotations

import json
from datetime import date, datetime
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from orchestration.ingest.landing import Landing
from tests.unit.orchestration.ingest.conftest import MakeTown, Town
from tests.unit.orchestration.ingest.test_csv_faults import refusal

JSON = {"format": "jsonl"}
PARQUET = {"format": "parquet"}


def lines(*records: Any) -> str:
    return "".join((r if isinstance(r, str) else json.dumps(r)) + "\n" for r in records)


def test_json_tokens_are_checked(make_town: MakeTown) -> None:
    town = make_town(server=JSON)
    landing = town.land(
        lines(
            {"id": "01", "name": "Ann", "amount": 1.5, "day": "2026-01-02"},
            {"id": "02", "amount": "2", "day": None},
            {"id": 3, "name": "Cy"},
            {"id": "04", "amount": True},
            {"id": "05", "day": 20260101},
            {"id": "06", "name": {"first": "Di"}},
            {"name": "no id"},
        )
    )
    assert town.accepted(landing) == [("01", "Ann", 1.5, date(2026, 1, 2), 1), ("02", None, 2.0, None, 2)]
    assert town.reasons(landing) == {
        3: ["id.type"],
        4: ["amount.type"],
        5: ["day.type"],
        6: ["name.type"],
        7: ["id.required"],
    }
    assert json.loads(town.quarantined(landing)[0][3]) == {"id": 3, "name": "Cy"}


def test_json_lines_that_are_no_objects(make_town: MakeTown) -> None:
    town = make_town(server=JSON)
    good = {"id": "01"}
    landing = town.land(lines(good, '{"id": "02"', "[1]", "", '{"id": "03", "id": "04"}', '{"id": "05\x01"}') + "7")
    assert landing.received == 6
    assert town.reasons(landing) == {
        2: ["record.json"],
        3: ["record.json"],
        4: ["record.keys"],
        5: ["record.characters"],
        6: ["record.json"],
    }


def test_json_names_twice_beside_names_the_contract_does_not_know(make_town: MakeTown) -> None:
    town = make_town(server=JSON)
    rest = (
        '"new": 1',
        '"new": 1, "new": 2',
        '"n\\u0065w": 1, "new": 2',
        '"name": "b"',
        '"odd/name": 1',
        '"odd/name": 1, "odd/name": 1, "new": 3',
    )
    text = "\n".join(f'{{"id": "{n}", "name": "a", {one}}}' for n, one in enumerate(rest))
    landing = town.land(text + "\n")
    assert town.reasons(landing) == {n: ["record.keys"] for n in (2, 3, 4, 6)}


def test_json_control_characters_hidden_in_escapes(make_town: MakeTown) -> None:
    town = make_town(server=JSON)
    landing = town.land(
        lines({"id": "1", "name": "a\u0000b"}, {"id": "2", "name": "a\u202eb"}, {"id": "3", "name": "ñ\n"})
    )
    assert town.reasons(landing) == {1: ["record.characters"], 2: ["record.characters"]}
    assert town.accepted(landing)[0][1] == "ñ\n"


def test_json_numbers_stay_what_they_are(make_town: MakeTown) -> None:
    kinds = [("whole", "integer", None), ("number", "number", None), ("money", "number", "DECIMAL(38,4)")]
    columns = [
        {"name": n, "logicalType": t, "classification": "public", **({"physicalType": p} if p else {})}
        for n, t, p in kinds
    ]
    town = make_town(*columns, server=JSON)
    landing = town.land(
        lines(
            '{"whole": 9223372036854775807, "number": 1.10, "money": 1.10}',
            '{"whole": 12345678901234567890, "number": 1, "money": 1}',
            '{"whole": 1.5, "number": 1, "money": 1}',
            '{"whole": 1, "number": 12345678901234567890, "money": 1}',
            '{"whole": 1, "number": 1, "money": 1234567890123456.78}',
            '{"whole": 1, "number": 1, "money": "1234567890123456.78"}',
        )
    )
    assert town.reasons(landing) == {2: ["whole.type"], 3: ["whole.type"], 4: ["number.type"], 5: ["money.type"]}
    assert str(town.accepted(landing)[1][2]) == "1234567890123456.7800"


def test_json_drift(make_town: MakeTown) -> None:
    town = make_town(server=JSON)
    landing = town.land(lines({"id": "1", "more": 1}, {"id": "2", "name": "x"}))
    assert landing.drift == {"added": ["more"], "missing": ["amount", "day"]}
    gone = refusal(town.land(lines({"ident": "1"})))
    assert gone["what"] == "declared keys are missing from the file"


def test_json_array_or_html(make_town: MakeTown) -> None:
    town = make_town(server=JSON)
    assert refusal(town.land('[{"id": "1"}]'))["what"] == "the file is not JSON lines"
    assert refusal(town.land("<html></html>"))["found"] == "a page of HTML"


def parquet(town: Town, table: pa.Table) -> bytes:
    path = town.folder / "made.parquet"
    pq.write_table(table, path)
    return path.read_bytes()


def test_parquet_types(make_town: MakeTown) -> None:
    town = make_town(server=PARQUET)
    table = pa.table(
        {
            "day": pa.array([date(2026, 1, 2), None, date(2026, 1, 3)]),
            "id": ["01", "02", None],
            "amount": pa.array([1, 2, -3], pa.int16()),
            "name": pa.array(["Ann", "B\x00", "x"]).dictionary_encode(),
            "more": [1, 2, 3],
        }
    )
    landing = town.land(parquet(town, table))
    assert town.accepted(landing) == [("01", "Ann", 1.0, date(2026, 1, 2), 1)]
    assert town.reasons(landing) == {2: ["record.characters"], 3: ["id.required", "amount.range"]}
    assert landing.drift == {"added": ["more"], "missing": []}


def test_parquet_whole_numbers_in_floats(make_town: MakeTown) -> None:
    town = make_town({"name": "n", "logicalType": "integer", "classification": "public"}, server=PARQUET)
    landing = town.land(parquet(town, pa.table({"n": [1.0, None, 1.5, float("nan")]})))
    assert [row[0] for row in town.accepted(landing)] == [1, None]
    assert town.reasons(landing) == {3: ["n.type"], 4: ["n.type"]}


def test_parquet_instants(make_town: MakeTown) -> None:
    at = {"logicalType": "timestamp", "classification": "public"}
    zone = {"logicalTypeOptions": {"defaultTimezone": "America/Bogota"}}
    town = make_town({"name": "local", **at, **zone}, {"name": "instant", **at}, {"name": "text", **at}, server=PARQUET)
    moment = datetime(2026, 1, 2, 3)
    table = pa.table(
        {
            "local": pa.array([moment], pa.timestamp("ns")),
            "instant": pa.array([moment], pa.timestamp("ms", "Asia/Tokyo")),
            "text": ["2026-01-02 03:00:00"],
        }
    )
    assert town.accepted(town.land(parquet(town, table))) == [(datetime(2026, 1, 2, 8), moment, moment, 1)]


def test_parquet_of_another_type(make_town: MakeTown) -> None:
    town = make_town(server=PARQUET)
    table = pa.table({"id": [1], "name": ["x"], "amount": [1.0], "day": [date(2026, 1, 1)]})
    told = refusal(town.land(parquet(town, table)))
    assert told["what"] == "a column's stored type can't become the declared one"
    assert (told["where"], told["found"]) == ("things: column id", "BIGINT")


def test_20_truncated_or_torn_parquet(make_town: MakeTown) -> None:
    town = make_town(server=PARQUET)
    count = 2000
    table = pa.table(
        {
            "id": [str(n) for n in range(count)],
            "name": ["x" * (n % 50) for n in range(count)],
            "amount": [float(n) for n in range(count)],
            "day": [date(2026, 1, 1)] * count,
        }
    )
    whole = parquet(town, table)
    assert town.land(whole).accepted == count
    assert refusal(town.land(whole[:-20]))["what"] == "the Parquet file can't be read"
    assert refusal(town.land(whole[: len(whole) // 2]))["what"] == "the Parquet file can't be read"
    assert refusal(town.land("id,name\n1,x\n"))["what"] == "the file is not Parquet"
    torn = whole[:100] + bytes(200) + whole[300:]
    assert refusal(town.land(torn))["what"] == "the file can't be read to its end"


def test_the_same_file_whatever_the_threads(make_town: MakeTown) -> None:
    town = make_town(server=JSON)
    records = [{"id": str(n), "name": f"n{n % 7}", "amount": n / 8, "day": "2026-01-01"} for n in range(130_000)]
    data = lines(*records)
    landings = [town.land(data, threads=threads, force=True) for threads in (1, 2, 1)]
    files = [landing.accepted_file for landing in landings]
    assert len({file.sha256 for file in files if file is not None}) == 1
    with duckdb.connect() as connection:
        path = town.home.root / accepted_path(landings[0])
        groups = connection.execute(
            f"SELECT DISTINCT row_group_id, row_group_num_rows FROM parquet_metadata('{path}') ORDER BY 1"
        ).fetchall()
    assert groups == [(0, 122_880), (1, 7_120)]


def accepted_path(landing: Landing) -> str:
    assert landing.accepted_file is not None
    return landing.accepted_file.path
