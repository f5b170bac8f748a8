"""What an engine says, without the values it quotes: real errors of DuckDB over planted values."""

from __future__ import annotations

import duckdb
import pytest

from contracts.errors import OutsideError
from orchestration.dbt_errors import FailedNode, node_error
from orchestration.quotations import Unexpected, told, without_values

SAID = (
    "select cast('CANARY O''Brien 12' as integer)",
    "select cast(v as date) from (values ('CANARY 2026-13-01')) t(v)",
    "select cast('CANARY\nsecond line' as double)",
    "select strptime('CANARY 7', '%Y')",
    "select cast(3001234567 as tinyint)",
    "select 300123 * cast(2147483647 as integer)",
    "select '{\"CANARY\": '::json",
    "insert into t values ('CANARY 5551234567')",
    "select cast('CANARY 5551234567' as boolean)",
    "select error('CANARY 5551234567')",
    "select 'CANARY'::enum('a')",
    "select unnest('CANARY 5551234567'::int[])",
)
VALUES = ("CANARY", "Brien", "second line", "3001234567", "300123", "5551234567", "2026-13-01")


@pytest.mark.parametrize("query", SAID)
def test_no_value_survives_in_an_error_of_the_engine(query: str) -> None:
    with duckdb.connect() as connection:
        connection.execute("create table t (k varchar primary key)")
        connection.execute("insert into t values ('CANARY 5551234567')")
        with pytest.raises(duckdb.Error) as caught:
            connection.execute(query).fetchall()
    said = str(caught.value)
    assert any(value in said for value in VALUES), said
    cut = without_values(said.splitlines()[0])
    assert not any(value in cut for value in VALUES), cut
    assert cut.startswith(said.split(":", maxsplit=1)[0])


def test_the_column_and_the_type_stay() -> None:
    with duckdb.connect() as connection, pytest.raises(duckdb.Error) as caught:
        connection.execute("select cast(address as double) from (values ('CANARY')) t(address)").fetchall()
    cut = without_values(str(caught.value).splitlines()[0])
    assert cut == "Conversion Error, to DOUBLE, column address (the value is not repeated here)"


def test_what_is_said_of_the_sql_stays_whole() -> None:
    with duckdb.connect() as connection, pytest.raises(duckdb.Error) as caught:
        connection.execute("select adress from (values (1)) t(address)")
    said = str(caught.value)
    assert without_values(said) == said
    assert '"adress"' in said


def test_a_failed_model_tells_no_value() -> None:
    message = (
        "Runtime Error in model stg_x__requests (staging/stg_x__requests.sql)\n"
        "  Conversion Error: Could not convert string 'CANARY Rua 5' to INT32 when casting from source column name\n\n"
        "  LINE 3: cast('CANARY Rua 5' as integer)\n"
    )
    error = node_error(FailedNode("stg_x__requests", None, message))
    assert "CANARY" not in error.message
    assert "Conversion Error, to INT32, column name" in error.message


def test_an_error_of_ours_is_told_as_it_is_and_any_other_by_its_class_and_line() -> None:
    ours = OutsideError("the disk refused")
    assert told(ours) is ours
    found: Unexpected | None = None
    try:
        dict[str, str]()["CANARY"]
    except KeyError as error:
        answer = told(error)
        assert isinstance(answer, Unexpected)
        found = answer
    assert found is not None
    assert "KeyError" in found.message
    assert "CANARY" not in found.message
    assert "cauce history last" in found.message
    assert found.exit_code == 4
