"""One file with a fault of every kind, through every engine: all see all of them, with the same counts.

Two of these engines pass bad data in silence when a contract is compiled naively; this is the test that
would show it. Each check is also broken by its mutation and each engine asked about just that one.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pytest

from contracts import mutations
from contracts.checks import Check, Kind, Threshold
from contracts.compile_checks import compile_checks
from contracts.engines import dbt_properties, door, expectations, guard, scan
from contracts.engines.sql import parquet
from contracts.model import Severity, Text
from contracts.results import Result, Verdict, disagreements
from tests.unit.contracts.engines.planted import EXPECTED, PLACE, PLANTED, write_good, write_planted

# Third-party: GX's pyparsing, ibis 12 on DuckDB 1.5 and on pandas 3 (November 2026).
pytestmark = [
    pytest.mark.filterwarnings("ignore:module 'sre_:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:fetch_arrow_table:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:The 'future.infer_string' option:DeprecationWarning"),
]

Judge = Callable[[Path, Sequence[Check]], Verdict]
CHECKS = compile_checks(PLANTED)


def by_scan(path: Path, checks: Sequence[Check]) -> Verdict:
    with guard.guarded_connection([path]) as connection:
        return scan.judge(connection, parquet([path]), checks)


def by_door(path: Path, checks: Sequence[Check]) -> Verdict:
    with guard.guarded_connection([path]) as connection:
        return door.judge(connection, parquet([path]), checks)


def by_expectations(path: Path, checks: Sequence[Check]) -> Verdict:
    return expectations.judge(path, checks)


ENGINES: dict[str, Judge] = {"scan": by_scan, "pandera": by_door, "great_expectations": by_expectations}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_planted(tmp_path_factory.mktemp("planted") / "planted.parquet")


@pytest.fixture(scope="module")
def good(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write_good(tmp_path_factory.mktemp("good") / "good.parquet")


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_finds_every_planted_fault(planted: Path, engine: str) -> None:
    verdict = ENGINES[engine](planted, CHECKS)
    assert verdict.engine == engine
    assert verdict.rows == 100
    assert {r.check_id: (r.result, r.failed) for r in verdict.results} == dict(EXPECTED)
    assert [r.check_id for r in verdict.results] == [c.id for c in CHECKS]


@pytest.mark.parametrize("engine", ["pandera", "great_expectations"])
def test_no_engine_disagrees_with_the_scan(planted: Path, good: Path, engine: str) -> None:
    ids = [c.id for c in CHECKS]
    for path in (planted, good):
        assert disagreements(by_scan(path, CHECKS), ENGINES[engine](path, CHECKS), ids) == []


@pytest.mark.parametrize("engine", ["pandera", "great_expectations"])
def test_keys_that_are_looked_at_in_parts_give_the_same_verdict(
    planted: Path, good: Path, engine: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = {path: ENGINES[engine](path, CHECKS) for path in (planted, good)}
    monkeypatch.setattr(door, "SLICE", 30)
    for path, verdict in whole.items():
        assert ENGINES[engine](path, CHECKS).results == verdict.results


@pytest.mark.parametrize("engine", ENGINES)
def test_every_engine_catches_every_mutation(good: Path, tmp_path: Path, engine: str) -> None:
    missed = []
    with duckdb.connect() as connection:
        connection.execute(f"CREATE TEMP TABLE {mutations.BASE} AS FROM {parquet([good])}")
        for check in CHECKS:
            mutant = mutations.mutate(connection, PLANTED, check)
            path = tmp_path / f"{check.id}.parquet"
            connection.execute(f"COPY {mutant.broken} TO '{path}' (FORMAT parquet)")
            (result,) = ENGINES[engine](path, [check]).results
            if result.result not in {Result.FAILED, Result.WARNED}:
                missed.append(f"{check.id}: {result.result} {result.detail}")
    assert missed == []


@pytest.mark.parametrize("engine", ENGINES)
def test_no_records_is_never_green(tmp_path: Path, engine: str) -> None:
    path = tmp_path / "empty.parquet"
    with duckdb.connect() as connection:
        connection.execute(
            f"COPY (SELECT * FROM {parquet([write_good(tmp_path / 'good.parquet')])} LIMIT 0) "
            f"TO '{path}' (FORMAT parquet)"
        )
    verdict = ENGINES[engine](path, CHECKS)
    for check, result in zip(CHECKS, verdict.results, strict=True):
        if check.kind is Kind.COLUMN:
            assert result.result is Result.PASSED, check.id
        elif check.kind is Kind.ROW_COUNT:
            assert result.result is Result.FAILED, check.id
        elif check.id == "planted.sql_2":
            assert result.result is Result.ERROR, "an average of nothing is no number"
        else:
            assert result.result is Result.VACUOUS, check.id


# An engine that crashes ---------------------------------------------------------------------


def _crashing() -> Check:
    return Check(
        "planted.crash",
        Kind.SQL,
        ("name",),
        Threshold(),
        "file",
        "conformity",
        Severity.ERROR,
        Text("crash"),
        PLACE,
        {"query": "select max(name::integer) from planted", "object": "planted"},
    )


@pytest.mark.parametrize("engine", ENGINES)
def test_a_check_that_crashes_is_an_error_and_the_others_are_still_judged(good: Path, engine: str) -> None:
    before, after = CHECKS[0], CHECKS[1]
    verdict = ENGINES[engine](good, [before, _crashing(), after])
    assert [r.result for r in verdict.results] == [Result.PASSED, Result.ERROR, Result.PASSED]
    assert "Conversion Error" in verdict.results[1].detail


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("query", ["select null::double", "select unnest([1, 2])", "select 1 where false"])
def test_a_query_without_one_number_is_an_error(good: Path, engine: str, query: str) -> None:
    check = replace(_crashing(), arguments={"query": query, "object": "planted"})
    (result,) = ENGINES[engine](good, [check]).results
    assert result.result is Result.ERROR


@pytest.mark.parametrize("engine", ENGINES)
def test_a_torn_file_is_an_error_for_every_check(good: Path, tmp_path: Path, engine: str) -> None:
    torn = tmp_path / "torn.parquet"
    torn.write_bytes(good.read_bytes()[:400])
    verdict = ENGINES[engine](torn, CHECKS)
    assert {r.result for r in verdict.results} == {Result.ERROR}
    assert len(verdict.results) == len(CHECKS)


def test_pandera_switched_off_from_outside_judges_all_the_same(good: Path, planted: Path) -> None:
    from pandera.config import config_context

    by_door(good, CHECKS[:1])
    with config_context(validation_enabled=False):
        verdict = by_door(planted, CHECKS)
    assert {r.check_id: (r.result, r.failed) for r in verdict.results} == dict(EXPECTED)


def test_a_check_pandera_never_called_is_not_run(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import pandera.ibis as pa

    def nothing(self: Any, table: Any, **_: Any) -> Any:
        del self
        return table

    monkeypatch.setattr(pa.DataFrameSchema, "validate", nothing)
    check = next(c for c in CHECKS if c.id == "score.range")
    (result,) = by_door(good, [check]).results
    assert result.result is Result.NOT_RUN


def test_an_expectation_that_raises_is_an_error(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from contracts.engines import gx_duckdb

    def broken(self: Any, *_: Any, **__: Any) -> Any:
        raise RuntimeError("the expectation broke")

    monkeypatch.setattr(gx_duckdb.ExpectColumnValuesToMatch, "_validate", broken)
    pattern = next(c for c in CHECKS if c.id == "id.pattern")
    required = next(c for c in CHECKS if c.id == "id.required")
    found = by_expectations(good, [pattern, required]).results
    assert [r.result for r in found] == [Result.ERROR, Result.PASSED]
    assert "the expectation broke" in found[0].detail


def test_an_expectation_that_is_skipped_is_an_error(good: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from contracts.engines import gx_suite

    real = gx_suite.expectations_of
    asked = real(next(c for c in CHECKS if c.id == "note.missing"))

    def forgetful(check: Check) -> list[Any]:
        """Expectations of the same number, of which one answers for another check."""
        return asked if check.id == "id.pattern" else real(check)

    monkeypatch.setattr(gx_suite, "expectations_of", forgetful)
    wanted = [c for c in CHECKS if c.id in {"id.pattern", "note.missing"}]
    found = {r.check_id: r.result for r in by_expectations(good, wanted).results}
    assert found["id.pattern"] is Result.ERROR


def test_great_expectations_reads_several_parts(planted: Path, good: Path) -> None:
    verdict = expectations.judge([good, good], CHECKS[:2])
    assert verdict.rows == 200


def test_great_expectations_writes_nothing(good: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    by_expectations(good, CHECKS[:3])
    assert list(tmp_path.iterdir()) == []


def test_the_suite_is_json_and_names_every_check() -> None:
    suite = expectations.suite(PLANTED, CHECKS)
    assert json.loads(json.dumps(suite)) == suite
    assert {e["meta"]["check"] for e in suite["expectations"]} == {c.id for c in CHECKS}
    assert suite == expectations.suite(PLANTED, CHECKS)


# dbt ----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def dbt_project(tmp_path_factory: pytest.TempPathFactory, project_root: Path) -> Path:
    folder = tmp_path_factory.mktemp("dbt")
    (folder / "models").mkdir()
    (folder / "macros").mkdir()
    shutil.copy(project_root / "transforms" / "macros" / "contract_checks.sql", folder / "macros")
    (folder / "dbt_project.yml").write_text(
        "name: planted\nversion: 0.1.0\nconfig-version: 2\nprofile: planted\n"
        "models:\n  +materialized: table\nflags:\n  send_anonymous_usage_stats: false\n"
    )
    (folder / "profiles.yml").write_text(
        "planted:\n  target: dev\n  outputs:\n    dev: {type: duckdb, path: "
        f"'{folder / 'planted.duckdb'}', threads: 1}}\n"
    )
    (folder / "models" / "planted.yml").write_text(dbt_properties.properties([PLANTED]))
    return folder


def _dbt(folder: Path, *command: str) -> Any:
    from dbt.cli.main import dbtRunner

    places = ["--project-dir", str(folder), "--profiles-dir", str(folder), "--target-path", str(folder / "target")]
    return dbtRunner().invoke([*command, *places, "--log-level-file", "none", "--quiet"])


def _failures(folder: Path, path: Path) -> Iterator[tuple[str, str, int | None]]:
    (folder / "models" / "planted.sql").write_text(f"select * from {parquet([path])}\n")
    outcome = _dbt(folder, "build", "--no-partial-parse")
    assert outcome.exception is None
    for result in outcome.result.results:
        if result.node.resource_type == "test":
            yield result.node.config.meta.get("check", "columns"), str(result.status), result.failures


def test_dbt_parses_the_properties_without_a_warning(dbt_project: Path, good: Path) -> None:
    (dbt_project / "models" / "planted.sql").write_text(f"select * from {parquet([good])}\n")
    outcome = _dbt(dbt_project, "--warn-error", "parse", "--no-partial-parse")
    assert outcome.exception is None
    assert outcome.success


def test_dbt_finds_every_planted_fault(dbt_project: Path, planted: Path) -> None:
    found = {check: (status, failures) for check, status, failures in _failures(dbt_project, planted)}
    assert found.pop("columns") == ("fail", 2)
    status_of = {Result.PASSED: "pass", Result.FAILED: "fail", Result.WARNED: "warn", Result.ERROR: "error"}
    wanted = {
        check: status_of[result]
        for check, (result, _) in EXPECTED.items()
        if not check.endswith(".column") and check != "notes_written"
    }
    wanted["wrong.range"] = "error"
    assert {check: status for check, (status, _) in found.items()} == wanted
    for check, (status, failures) in found.items():
        if status in {"fail", "warn"}:  # dbt says 0 of a test that passed, whatever it counted
            assert failures == EXPECTED[check][1], check


def test_dbt_passes_a_good_table(dbt_project: Path, good: Path) -> None:
    red = {check for check, status, _ in _failures(dbt_project, good) if status != "pass"}
    assert red == {"many"}
