"""Landing where memory or disk run short, and what it says on the way: never a fault of the data."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from contracts.checks import Check
from contracts.compile_checks import compile_checks
from contracts.engines import scan
from contracts.engines.guard import guarded_connection
from contracts.engines.sql import parquet
from contracts.errors import InputError, OutsideError
from contracts.results import Result
from orchestration.ingest import manifest
from orchestration.ingest.readers.csv import CsvReading
from orchestration.ingest.reading import Piece
from orchestration.ingest.workplace import Engine, copying, ran_short
from tests.unit.orchestration.ingest.conftest import THIRD_PARTY_WARNINGS, MakeTown, Town, make_town, town

__all__ = ["make_town", "town"]

pytestmark = [pytest.mark.filterwarnings(warning) for warning in THIRD_PARTY_WARNINGS]

HEAD = "id,name,amount,day\n"
GOOD = f"{HEAD}01,Ann,1.5,2026-01-02\n02,Bo,2,2026-01-03\n"


def test_too_little_memory_is_not_the_files_fault(town: Town) -> None:
    text = HEAD + "".join(f"{n:06},name,1,2026-01-01\n" for n in range(20_000))
    with pytest.raises(OutsideError, match=r"the memory does not suffice.*Try: raise CAUCE_MEMORY_LIMIT") as caught:
        town.land(text, memory="2MB")
    assert caught.value.retry
    assert manifest.numbers(town.home, "things") == []
    assert town.land().accepted == 20_000


@pytest.mark.parametrize("said", ["IO Error: Could not write: No space left on device", "Out of Memory Error: limit"])
def test_a_judge_without_room_refuses_no_file(town: Town, monkeypatch: pytest.MonkeyPatch, said: str) -> None:
    honest = scan.judge

    def starved(connection: Any, relation: str, checks: Any) -> Any:
        verdict = honest(connection, relation, checks)
        failing = replace(verdict.results[0], result=Result.ERROR, detail=said)
        return replace(verdict, results=(failing, *verdict.results[1:]))

    with monkeypatch.context() as patch:
        patch.setattr(scan, "judge", starved)
        with pytest.raises(OutsideError, match="no space left" if "IO" in said else "does not suffice"):
            town.land(GOOD)
    assert manifest.numbers(town.home, "things") == []
    assert town.land().outcome == "accepted"


def test_a_disk_that_refuses_duckdb_is_named(tmp_path: Path) -> None:
    import duckdb

    target = tmp_path / "nowhere" / "t.parquet"
    with (
        duckdb.connect() as connection,
        pytest.raises(OutsideError, match=r"the disk failed.*t\.parquet.*nothing published was touched"),
        copying(target),
    ):
        connection.execute(f"COPY (SELECT 1) TO '{target}' (FORMAT parquet)")


def test_an_error_of_the_query_itself_is_no_shortage() -> None:
    assert ran_short("Conversion Error: could not convert 'IO Error' to INT32") is None
    assert ran_short("BinderException: Binder Error: no such column") is None


@pytest.mark.parametrize(("memory", "part", "share"), [("1500MB", 0.5, "750.000MB"), ("2 GiB", 0.65, "1.300GiB")])
def test_memory_is_shared_out(memory: str, part: float, share: str) -> None:
    assert Engine(memory=memory).share(part) == share


def test_a_memory_limit_that_is_no_size(town: Town) -> None:
    with pytest.raises(InputError, match=r"a memory limit is not a size\. Found plenty"):
        town.land(GOOD, memory="plenty")


def test_nobody_waits_for_a_reader_that_died(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    def die(_: int) -> Piece:
        raise MemoryError

    monkeypatch.setattr(CsvReading, "pieces", lambda _: map(die, range(1)))
    with pytest.raises(MemoryError):
        town.land(GOOD)
    assert not list(town.home.work.glob("landing-*"))


def test_how_far_it_is_told(make_town: MakeTown) -> None:
    town = make_town({"name": "n", "logicalType": "integer", "classification": "public"})
    far: list[str] = []
    town.land("n\n" + "".join(f"{n}\n" for n in range(130_000)), tell=far.append)
    assert far == [
        "counting the records of 1 MB",
        "122,880 of 130,000 records read",
        "130,000 of 130,000 records read",
        "judging",
    ]


def test_a_large_file_finds_its_judges_imported(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from contracts.engines import door
    from orchestration.ingest import landing

    called: list[str] = []
    monkeypatch.setattr(door, "import_engine", lambda: called.append("imported"))
    town.land(GOOD)
    assert called == []
    monkeypatch.setattr(landing, "LARGE", len(GOOD))
    assert town.land(GOOD, force=True).accepted == 2
    assert called == ["imported"]


def test_one_check_that_cannot_run_spoils_no_other(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from contracts.engines import door

    landing = town.land(GOOD.replace("1.5", "1.7"))
    assert landing.accepted_file is not None
    file = town.home.root / landing.accepted_file.path
    checks = compile_checks(town.contract)
    honest = door._Run._failing

    def failing(self: Any, check: Check) -> Any:
        if check.id == "amount.range":
            return self.table["amount"].cast("string").cast("boolean")
        return honest(self, check)

    with guarded_connection([file]) as connection:
        before = door.judge(connection, parquet([file]), checks)
        monkeypatch.setattr(door._Run, "_failing", failing)
        after = door.judge(connection, parquet([file]), checks)
    told = {r.check_id: r for r in after.results}
    assert told["amount.range"].result is Result.ERROR
    assert [r for r in after.results if r.check_id != "amount.range"] == [
        r for r in before.results if r.check_id != "amount.range"
    ]


def test_repeated_keys_are_found_in_slices_too(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from contracts.engines import door

    text = HEAD + "".join(f"{n % 900:04},name,1,2026-01-01\n" for n in range(1_000))
    monkeypatch.setattr(door, "SLICE", 100)
    landing = town.land(text)
    assert landing.refusal is not None and "id.unique" in str(landing.refusal["where"])
    assert next(r for r in landing.rules if r["check_id"] == "id.unique")["failed"] == 200


def test_keys_beyond_the_memory_are_looked_at_in_more_slices(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    import duckdb

    from contracts.engines import door

    honest, tried = door._Run._repeated, []

    def narrow(self: Any, check: Check, slices: int, n: int) -> Any:
        tried.append(slices)
        if slices < 4:
            raise duckdb.OutOfMemoryException("Out of Memory Error: limit")
        return honest(self, check, slices, n)

    monkeypatch.setattr(door._Run, "_repeated", narrow)
    assert town.land(GOOD).outcome == "accepted"
    assert tried == [1, 2, 4, 4, 4, 4]
