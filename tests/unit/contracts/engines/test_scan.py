"""The one-scan verdict against faults counted by hand."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from contracts.checks import Check, Kind, Threshold
from contracts.compile_checks import compile_checks
from contracts.engines import guard, scan
from contracts.engines.sql import parquet
from contracts.model import Severity, Text
from contracts.results import Result, Verdict
from tests.unit.contracts.engines.planted import (
    EXPECTED,
    PLACE,
    PLANTED,
    column,
    contract,
    rule,
    write_good,
    write_planted,
)

CHECKS = compile_checks(PLANTED)


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_planted(tmp_path_factory.mktemp("planted") / "planted.parquet")


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as opened:
        yield opened


def judged(path: Path, checks: tuple[Check, ...] = CHECKS, key: tuple[str, ...] = ()) -> Verdict:
    with guard.guarded_connection([path]) as opened:
        return scan.judge(opened, parquet([path]), checks, key)


def test_every_planted_fault_is_counted(planted: Path) -> None:
    verdict = judged(planted)
    assert {r.check_id: (r.result, r.failed) for r in verdict.results} == dict(EXPECTED)
    assert verdict.rows == 100
    assert [r.check_id for r in verdict.results] == [c.id for c in CHECKS]


def test_a_good_file_passes(tmp_path: Path) -> None:
    verdict = judged(write_good(tmp_path / "good.parquet"))
    assert [r.check_id for r in verdict.red] == ["many"]
    assert all(r.examined == 100 for r in verdict.results)


def test_nulls_and_values_are_told(planted: Path) -> None:
    verdict = judged(planted)
    share = verdict.of("notes_written")
    assert share is not None
    assert share.value == pytest.approx(4.0)
    ticket = verdict.of("ticket.unique")
    assert ticket is not None
    assert ticket.nulls == 50


def test_samples_name_the_key_or_the_value_and_are_sorted(planted: Path) -> None:
    by_key = judged(planted, key=("id",)).of("score.range")
    by_value = judged(planted).of("whole.multiple")
    repeated = judged(planted).of("planted.unique")
    assert by_key is not None and by_key.samples == ("P0007", "P0008", "P0009")
    assert by_value is not None and by_value.samples == (7,)
    assert repeated is not None and repeated.samples == (("team 1", 0),)
    assert (by_key.sampled, by_value.sampled) == (("id",), ("whole",))
    assert len(repeated.sampled) == 2


@pytest.mark.parametrize(
    ("query", "samples"),
    [
        ("select count(*) from {object} where whole = 7", ("P0007",)),
        ("SELECT COUNT( * ) AS n FROM (select id, whole from planted group by all) WHERE whole = 7", ("P0007",)),
        ("select count(*) from (select whole from planted) where whole = 7", ()),
        ("select count(distinct id) from planted where whole = 7", ()),
        ("select sum(n) from (select count(*) as n from planted where whole = 7)", ()),
    ],
)
def test_an_sql_rule_that_counts_rows_names_the_keys_that_they_have(
    planted: Path, query: str, samples: tuple[str, ...]
) -> None:
    asked = query.replace("{object}", "planted")
    with duckdb.connect() as opened:
        hit = opened.execute(f"select id from '{planted}' where whole = 7 order by id").fetchall()
    check = replace(next(c for c in CHECKS if c.kind is Kind.SQL), arguments={"object": "planted", "query": asked},
                    threshold=Threshold("mustBe", 0, "rows"), severity=Severity.ERROR)  # fmt: skip
    result = judged(planted, (check,), key=("id",)).results[0]
    assert result.result is Result.FAILED
    assert result.samples == (tuple(row[0] for row in hit) if samples else ())


def test_shown_queries_name_no_path_and_count_the_same(planted: Path) -> None:
    verdict = judged(planted)
    with duckdb.connect() as opened:
        opened.execute(f"CREATE VIEW data AS FROM {parquet([planted])}")
        for check, result in zip(CHECKS, verdict.results, strict=True):
            assert str(planted.parent) not in result.query
            if check.is_record_local and result.result is not Result.ERROR:
                assert opened.execute(result.query).fetchone() == (result.failed,), result.query


@pytest.mark.parametrize("check", [c for c in CHECKS if c.is_record_local and c.columns[0] not in {"wrong", "absent"}])
def test_a_predicate_is_true_or_false_and_never_null(planted: Path, check: Check) -> None:
    predicate = scan.record_predicate(check)
    with duckdb.connect() as opened:
        row = opened.execute(
            f"SELECT count_if({predicate}), count_if(({predicate}) IS NULL) FROM {parquet([planted])}"
        ).fetchone()
    assert row == (EXPECTED[check.id][1], 0)


def test_a_predicate_can_look_at_another_expression(connection: duckdb.DuckDBPyConnection) -> None:
    check = next(c for c in CHECKS if c.id == "score.range")
    asked = scan.record_predicate(check, "try_cast(v AS DOUBLE)")
    rows = connection.execute(f"SELECT v FROM (VALUES ('1'), ('101'), ('nan'), (NULL), ('x')) AS t(v) WHERE {asked}")
    assert rows.fetchall() == [("101",), ("nan",)]


def test_a_table_check_has_no_predicate() -> None:
    with pytest.raises(ValueError, match="no record-local check"):
        scan.record_predicate(next(c for c in CHECKS if c.kind is Kind.UNIQUE))


# What is never green ------------------------------------------------------------------------


def _results(connection: duckdb.DuckDBPyConnection, table: str, *columns: Any, **more: Any) -> dict[str, Result]:
    checks = compile_checks(contract(columns, **more))
    return {r.check_id: r.result for r in scan.judge(connection, table, checks).results}


def test_no_records_is_vacuous_and_the_columns_are_still_judged(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE TABLE t (a VARCHAR)")
    found = _results(connection, "t", column("a", required=True), rules=(rule(metric="rowCount"),))
    assert found["a.column"] is Result.PASSED
    assert found["planted.row_count"] is Result.PASSED
    assert found["a.required"] is Result.PASSED, "mustBe 0 says in so many words that no record is fine"
    found = _results(connection, "t", column("a", required=True))
    assert found["a.required"] is Result.VACUOUS


@pytest.mark.parametrize(
    ("operator", "value", "result"),
    [
        ("mustBeGreaterThan", 0, Result.VACUOUS),
        ("mustBeGreaterOrEqualTo", 0, Result.PASSED),
        ("mustBeBetween", (0.0, 10.0), Result.PASSED),
        ("mustBeLessThan", 1000, Result.VACUOUS),
    ],
)
def test_only_a_rule_about_the_least_number_allows_an_empty_table(
    connection: duckdb.DuckDBPyConnection, operator: str, value: Any, result: Result
) -> None:
    connection.execute("CREATE TABLE t (a VARCHAR)")
    counted = rule(metric="rowCount", operator=operator, threshold=value)
    assert _results(connection, "t", column("a", required=True), rules=(counted,))["a.required"] is result


def test_a_relation_that_cannot_be_read_is_an_error_for_every_check(tmp_path: Path) -> None:
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(write_good(tmp_path / "good.parquet").read_bytes()[:500])
    verdict = judged(torn)
    assert {r.result for r in verdict.results} == {Result.ERROR}
    assert str(tmp_path) not in verdict.results[0].detail


def test_one_expression_that_raises_does_not_spoil_the_others(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute("CREATE VIEW t AS SELECT 'x' AS a, error('boom') AS b FROM range(3)")
    good, bad = _required("a"), _required("b")
    found = scan.judge(connection, "t", [good, bad])
    assert [r.result for r in found.results] == [Result.PASSED, Result.ERROR]
    assert found.results[1].detail.startswith("Invalid Input Error in a record")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("select max(a) from t where false", "NULL"),
        ("select a from t", "rows"),
        ("select 'nan'::double", "NaN"),
        ("select max(a)::integer from t", "Conversion"),
    ],
)
def test_a_query_without_a_number_is_an_error(connection: duckdb.DuckDBPyConnection, query: str, words: str) -> None:
    connection.execute("CREATE TABLE t AS SELECT 'x' AS a FROM range(3)")
    check = replace(_required("a"), kind=Kind.SQL, arguments={"query": query, "object": "t"})
    (result,) = scan.judge(connection, "t", [check]).results
    assert result.result is Result.ERROR
    assert words in result.detail


def test_a_query_that_never_ends_is_stopped(
    connection: duckdb.DuckDBPyConnection, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection.execute("CREATE TABLE t AS SELECT i AS a FROM range(100000) AS r(i)")
    monkeypatch.setattr(guard, "RULE_SECONDS", 0.2)
    endless = "select count(*) from t x, t y, t z where hash(x.a, y.a, z.a) = 1"
    check = replace(_required("a"), kind=Kind.SQL, arguments={"query": endless, "object": "t"})
    (result,) = scan.judge(connection, "t", [check]).results
    assert result.result is Result.ERROR
    assert "stopped after" in result.detail


def _required(name: str) -> Check:
    return Check(
        f"{name}.required",
        Kind.REQUIRED,
        (name,),
        Threshold(),
        "record",
        "completeness",
        Severity.ERROR,
        Text(name),
        PLACE,
        {"physical_type": "VARCHAR"},
    )
