"""The scratch warehouse: nothing outside it is reached, only what changed is built again, errors quote no record."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest

from contracts.flow.model import ModelText, PythonModel
from orchestration.proof import scratch
from orchestration.proof.reading import above, reads_of
from orchestration.proof.scratch import Models, Scratch, Unbuilt
from orchestration.step_functions import StepSettings

SETTINGS = StepSettings(("America/Bogota",), 10, datetime(2026, 6, 1))
COUNTED = """
def model(dbt, session):
    import pyarrow as pa
    dbt.config(materialized="table")
    return pa.table({"number": [len(dbt.ref("staged").fetchall())]})
"""
MODELS: Models = (
    ModelText("staged", 'select name, "Kind" as kind from "warehouse"."main"."raw__people"'),
    ModelText("kinds", 'select distinct kind from "warehouse"."main"."staged"'),
    PythonModel("counted", COUNTED, ("staged",)),
    ModelText("mart", "select kind, number, step_no_text(kind) as has_kind from Kinds cross join counted"),
)


@pytest.fixture(scope="module")
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with scratch.opened("warehouse", SETTINGS, spatial=False, memory="256MB") as opened:
        yield opened


def people(names: list[str]) -> pa.Table:
    return pa.table({"name": names, "Kind": ["a", "b", "a"]})


def built(connection: duckdb.DuckDBPyConnection, models: Models = MODELS) -> Scratch:
    return Scratch(connection, models, reads_of(models, ["raw__people"]))


def test_models_are_built_from_the_sql_as_it_was_compiled(connection: duckdb.DuckDBPyConnection) -> None:
    made = built(connection)
    made.fill("raw__people", people(["x", "y", "z"]))
    assert made.build() is None
    assert connection.execute("select * from mart order by kind").fetchall() == [("a", 3, True), ("b", 3, True)]


def test_only_what_depends_on_a_change_is_built_again(connection: duckdb.DuckDBPyConnection) -> None:
    made = built(connection)
    made.fill("raw__people", people(["x", "y", "z"]))
    assert made.build() is None
    for table in ("kinds", "mart"):
        connection.execute(f"alter table {table} add column is_old boolean default true")
    made.fill("raw__people", people(["u", "v", "w"]))
    assert made.build() is None
    columns = "select table_name from duckdb_columns() where column_name = 'is_old' order by 1"
    assert connection.execute(columns).fetchall() == [("mart",)], "kinds reads what changed, and came out the same"
    made.forget()
    assert made.build() is None
    assert connection.execute(columns).fetchall() == []


def test_what_fails_is_named_and_not_quoted(connection: duckdb.DuckDBPyConnection) -> None:
    for sql in ("select cast(name as integer) as number from raw__people", "select error(name) from raw__people"):
        made = built(connection, (ModelText("broken", sql),))
        made.fill("raw__people", people(["secret", "y", "z"]))
        found = made.build()
        assert isinstance(found, Unbuilt)
        assert found.model == "broken"
        assert "secret" not in f"{found}"
    made = built(connection, (PythonModel("bad", "def model(dbt, session):\n    return 1 / 0", ("raw__people",)),))
    assert made.build() == Unbuilt("bad", "ZeroDivisionError")


@pytest.mark.parametrize(
    "sql",
    [
        "select * from read_csv('{folder}/a.csv')",
        "select * from '{folder}/a.csv'",
        "select * from read_text('{folder}/a.csv')",
        "select * from glob('{folder}/*')",
        "select * from other.main.people",
        "select * from people_in_python",
        "select no_such_macro(1)",
    ],
)
def test_nothing_outside_is_reached(connection: duckdb.DuckDBPyConnection, tmp_path: Path, sql: str) -> None:
    (tmp_path / "a.csv").write_text("a\n1\n")
    people_in_python = people(["x", "y", "z"])
    assert people_in_python.num_rows == 3
    assert built(connection, (ModelText("reader", sql.format(folder=tmp_path)),)).build() is not None
    with pytest.raises(duckdb.Error):
        connection.execute("set enable_external_access = true")


def test_it_stops_after_its_time(connection: duckdb.DuckDBPyConnection) -> None:
    endless = "select count(*) as n from range(10000000000) as a, range(10000000000) as b where a.range + b.range < 0"
    with scratch.stopped_after(connection, 0.2) as is_over:
        found = built(connection, (ModelText("endless", endless),)).build()
        assert is_over()
    assert found == Unbuilt("endless", "InterruptException")


def test_what_is_read_is_told_by_the_text() -> None:
    reads = reads_of(MODELS, ["raw__people"])
    assert reads["mart"] == {"kinds", "counted"}
    assert above(reads, "MART") == {"mart", "kinds", "counted", "staged", "raw__people"}
