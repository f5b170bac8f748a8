"""The gate's rule on definitions: a measure worked out otherwise needs another version."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import duckdb
import pytest

from contracts.results import Result
from orchestration.publish.definitions import Redefined, definitions, look_back
from orchestration.publish.gate_facts import Facts

NAMES = ("measure_id", "measure_version", "formula_digest", "period")


def written(path: Path, rows: list[tuple[str, str, str, str]]) -> Path:
    values = ", ".join(f"({', '.join(repr(cell) for cell in row)})" for row in rows)
    duckdb.sql(f"COPY (SELECT * FROM (VALUES {values}) AS t ({', '.join(NAMES)})) TO '{path}' (FORMAT parquet)")
    return path


def rendition(path: Path, names: tuple[str, ...] = NAMES) -> Any:
    return SimpleNamespace(names=names, data=(path,))


def release(path: Path, names: tuple[str, ...] = NAMES) -> Any:
    manifest = SimpleNamespace(columns=[SimpleNamespace(name=name) for name in names])
    return SimpleNamespace(manifest=manifest, parquet=lambda: (path,))


def found(redefined: Redefined | None) -> Any:
    facts: Facts = SimpleNamespace(redefined=redefined)  # type: ignore[assignment]
    assert definitions(facts, "public") == definitions(facts, None)
    return definitions(facts, None)


BEFORE = [
    ("lamps_days", "1.0.0", "aaa", "2026-01-01"),
    ("lamps_days", "1.0.0", "aaa", "2026-02-01"),
    ("on_time", "1.1.0", "bbb", "2026-01-01"),
    ("gone", "1.0.0", "ccc", "2026-01-01"),
]


def look(tmp_path: Path, now: list[tuple[str, str, str, str]]) -> Redefined:
    seen = look_back(
        [rendition(written(tmp_path / "now.parquet", now))],
        {"public": release(written(tmp_path / "last.parquet", BEFORE))},
    )
    assert seen is not None
    return seen


def test_the_same_definitions_pass_and_are_counted(tmp_path: Path) -> None:
    seen = look(tmp_path, BEFORE[:3])
    assert seen == Redefined(2)
    assert (found(seen).result, found(seen).examined) == (Result.PASSED, 2)


def test_a_changed_formula_under_its_old_version_holds(tmp_path: Path) -> None:
    seen = look(tmp_path, [("lamps_days", "1.0.0", "zzz", "2026-03-01"), *BEFORE[2:]])
    assert seen == Redefined(3, ("lamps_days 1.0.0",))
    finding = found(seen)
    assert (finding.result, finding.examined, finding.failed) == (Result.FAILED, 3, 1)
    assert finding.detail == "worked out otherwise than in the last release, under the same version: lamps_days 1.0.0"


def test_a_changed_formula_under_a_new_version_passes(tmp_path: Path) -> None:
    seen = look(tmp_path, [("lamps_days", "2.0.0", "zzz", "2026-03-01"), *BEFORE])
    assert found(seen).result is Result.PASSED


def test_one_version_with_two_formulas_holds_even_in_a_first_release(tmp_path: Path) -> None:
    path = written(tmp_path / "now.parquet", [*BEFORE, ("on_time", "1.1.0", "other", "2026-02-01")])
    seen = look_back([rendition(path)], {})
    assert seen == Redefined(0, (), ("on_time 1.1.0",))
    assert found(seen).result is Result.FAILED
    assert "more than one formula" in found(seen).detail


@pytest.mark.parametrize("previous", [True, False])
def test_what_holds_no_definitions_is_not_asked(tmp_path: Path, previous: bool) -> None:
    path = written(tmp_path / "now.parquet", BEFORE)
    last = {"public": release(path, NAMES[:1])} if previous else {}
    assert look_back([rendition(path, NAMES[:2])], last) is None
    assert found(None).result is Result.NOT_APPLICABLE
    assert found(look_back([rendition(path)], last)).result is Result.NOT_APPLICABLE


def test_many_changed_definitions_are_named_in_part(tmp_path: Path) -> None:
    before = [(f"m{i}", "1.0.0", "aaa", "2026-01-01") for i in range(7)]
    last = {"public": release(written(tmp_path / "last.parquet", before))}
    now = [(name, version, "bbb", month) for name, version, _, month in before]
    seen = look_back([rendition(written(tmp_path / "now.parquet", now))], last)
    assert found(seen).failed == 7
    assert found(seen).detail.endswith(": m0 1.0.0, m1 1.0.0, m2 1.0.0, m3 1.0.0 and 3 more")
