"""Each check shown able to fail."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pytest

from contracts import mutation_words, mutations
from contracts.checks import Check, Kind, Threshold
from contracts.compile_checks import compile_checks
from contracts.engines.sql import parquet
from contracts.model import EMPTY, Severity, Text
from tests.unit.contracts.engines.planted import PLACE, PLANTED, write_good, write_planted

CHECKS = compile_checks(PLANTED)


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


@pytest.mark.parametrize("records", ["good", "none"])
def test_every_check_is_caught_whatever_the_material(
    connection: duckdb.DuckDBPyConnection, tmp_path: Path, records: str
) -> None:
    connection.execute(f"CREATE TABLE t AS FROM {parquet([write_good(tmp_path / 'good.parquet')])}")
    if records == "none":
        connection.execute("DELETE FROM t")
    proofs = mutations.prove(connection, "t", PLANTED, CHECKS)
    assert set(proofs) == {c.id for c in CHECKS}
    assert {k: p.detail for k, p in proofs.items() if not p.caught} == {}
    assert all(p.text.default == p.sentence and set(p.text.translations) == {"es", "pt"} for p in proofs.values())


def test_faulty_records_are_no_hindrance(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    connection.execute(f"CREATE TABLE t AS FROM {parquet([write_planted(tmp_path / 'planted.parquet')])}")
    runnable = [c for c in CHECKS if not {"wrong", "absent"} & set(c.columns)]
    proofs = mutations.prove(connection, "t", PLANTED, runnable)
    assert {k: p.detail for k, p in proofs.items() if not p.caught} == {}


def test_a_check_that_can_not_fail_is_not_caught(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE t AS SELECT 'x' AS name")
    lax = _check("lax", Kind.PATTERN, ("name",), {"pattern": "", "physical_type": "VARCHAR"})
    proof = mutations.prove(connection, "t", PLANTED, [lax])["lax"]
    assert not proof.caught
    assert "no text was found" in proof.detail


def test_a_row_count_that_any_number_keeps_is_not_caught(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE t AS SELECT 'x' AS name")
    lax = replace(_check("lax", Kind.ROW_COUNT, (), {}), threshold=Threshold("mustBeGreaterOrEqualTo", 0))
    assert not mutations.prove(connection, "t", PLANTED, [lax])["lax"].caught


@pytest.mark.parametrize(
    "threshold",
    [
        Threshold("mustBeLessThan", 500),
        Threshold("mustBeLessOrEqualTo", 5, "percent"),
        Threshold("mustBeGreaterThan", 3),
        Threshold("mustBeBetween", (1, 20)),
        Threshold("mustNotBe", 7),
        Threshold("mustBe", 0, "percent"),
    ],
)
@pytest.mark.parametrize("kind", [Kind.REQUIRED, Kind.UNIQUE])
def test_thresholds_of_every_operator_are_broken(
    connection: duckdb.DuckDBPyConnection, kind: Kind, threshold: Threshold
) -> None:
    connection.execute("CREATE TABLE t AS SELECT 'x' || i AS name FROM range(30) AS r(i)")
    check = replace(_check("it", kind, ("name",), {"physical_type": "VARCHAR"}), threshold=threshold)
    assert mutations.prove(connection, "t", PLANTED, [check])["it"].caught


def test_nothing_is_left_behind(connection: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    relation = parquet([write_good(tmp_path / "good.parquet")])
    mutations.prove(connection, relation, PLANTED, CHECKS)
    assert connection.execute("SELECT count(*) FROM duckdb_tables()").fetchone() == (0,)


def test_every_deed_is_told_in_three_languages() -> None:
    for english, spanish, portuguese in mutation_words.DONE.values():
        assert len({english, spanish, portuguese}) == 3


def _check(name: str, kind: Kind, columns: tuple[str, ...], arguments: dict[str, object]) -> Check:
    return Check(
        name, kind, columns, Threshold(), "file", "conformity", Severity.ERROR, Text(name), PLACE, arguments or EMPTY
    )
