"""What was run: from logs and ledger, also where one of the two is missing, torn, or ends too early."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from contracts.errors import InputError
from contracts.evidence import EntryKind, Ledger
from contracts.home import CityHome
from orchestration import history, logs
from orchestration.lock import city_lock

NOW = datetime(2026, 1, 31, 3, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> CityHome:
    return CityHome(tmp_path / "demo")


@pytest.fixture
def ledger(home: CityHome) -> Ledger:
    return Ledger(home.ledger)


def record(ledger: Ledger, run: str, exit_code: int = 0) -> None:
    held = [{"product": "p", "rule": r, "reason": ""} for r in ("a", "b")] * bool(exit_code)
    body = {"run": run, "exit_code": exit_code, "published": [{"product": "q", "version": 1}], "held": held}
    ledger.append(EntryKind.RUN, {**body, "quarantined": [{"source": "s", "records": 7}]}, NOW)


def test_nothing_was_run(home: CityHome, ledger: Ledger) -> None:
    assert history.runs(home, ledger) == []
    assert history.last(home, ledger) is None


def test_a_run_is_told_from_log_and_ledger_together(home: CityHome, ledger: Ledger) -> None:
    with logs.keeping(home, "demo", "cauce run", run="abc") as log:
        record(ledger, "abc", exit_code=1)
        log.exit_code, log.facts = 1, {"held": 1, "published": 1}
    (row,) = history.runs(home, ledger)
    assert (row["run"], row["state"], row["exit_code"], row["held"], row["published"]) == ("abc", "ended", 1, 1, 1)
    assert row["set_aside"] == 7
    assert row["seconds"] >= 0
    assert "@" in row["by"]


def test_a_run_whose_log_is_gone_is_told_from_the_ledger(home: CityHome, ledger: Ledger) -> None:
    record(ledger, "old", exit_code=1)
    (row,) = history.runs(home, ledger)
    assert (row["run"], row["exit_code"], row["held"], row["seconds"], row["by"]) == ("old", 1, 1, None, None)
    assert row["started_at"] == "2026-01-31T03:00:00+00:00"
    found = history.find(home, ledger, "old")
    assert (found["log"], found["steps"]) == (None, [])
    assert found["recorded"]["published"][0]["product"] == "q"


def test_the_ledger_holds_no_name_of_a_person(home: CityHome, ledger: Ledger) -> None:
    with logs.keeping(home, "demo", "cauce run", run="abc"):
        record(ledger, "abc")
    (row,) = history.runs(home, ledger)
    assert all(row["by"].encode() not in path.read_bytes() for path in home.ledger.glob("*.json"))


def test_a_killed_run_is_cut_short(home: CityHome, ledger: Ledger) -> None:
    with logs.keeping(home, "demo", "cauce run", run="abc"), logs.step("landed", source="s"):
        pass
    path = logs.files(home)[0]
    path.write_text("".join(path.read_text().splitlines(keepends=True)[:-1]) + '{"event": "run en')
    (row,) = history.runs(home, ledger)
    assert (row["state"], row["exit_code"], row["ended_at"]) == ("cut short", None, None)


def test_a_run_that_holds_the_city_is_under_way(home: CityHome, ledger: Ledger) -> None:
    with city_lock(home, "cauce run", NOW), logs.keeping(home, "demo", "cauce run"):
        assert history.runs(home, ledger)[0]["state"] == "under way"
    assert history.runs(home, ledger)[0]["state"] == "ended"


def test_a_stopped_run_says_so_whatever_failed_because_of_it(home: CityHome, ledger: Ledger) -> None:
    with pytest.raises(KeyboardInterrupt), logs.keeping(home, "demo", "cauce run"):
        logs.log("failed", what="shaped", error="InputError", exit_code=2)
        raise KeyboardInterrupt
    (row,) = history.runs(home, ledger)
    assert (row["error"], row["exit_code"], row["state"]) == ("stopped", 130, "ended")


def test_newest_first_and_no_more_than_asked_for(home: CityHome, ledger: Ledger) -> None:
    logs.folder(home).mkdir(parents=True)
    for n, what in enumerate(("cauce run", "cauce release rollback p", "cauce run", "cauce catalog build")):
        head = f'"city": "demo", "run": "r{n}", "at": "2026-01-0{n + 1}T00:00:00+00:00"'
        (logs.folder(home) / f"2026-01-0{n + 1}T000000Z-r{n}.jsonl").write_text(
            f'{{"event": "run started", "what": "{what}", {head}}}\n'
            f'{{"event": "run ended", "exit_code": 0, "seconds": 1, {head}}}\n'
        )
    assert [row["run"] for row in history.runs(home, ledger, 2)] == ["r3", "r2"]
    assert [row["run"] for row in history.runs(home, ledger, 2, main_only=True)] == ["r2", "r0"]
    assert history.find(home, ledger, "last")["run"] == "r3"
    assert history.find(home, ledger, "r1")["what"] == "cauce release rollback p"
    for wanted, found in (("r", "several runs begin so"), ("x", "no such run"), ("", "several")):
        with pytest.raises(InputError, match=found):
            history.find(home, ledger, wanted)


@pytest.mark.parametrize(
    "text", ["", "not json\n", "[]\n", '{"event": "run ended"}\n', '{"event": "x"}\n' * 3, "\x00\xff"]
)
def test_a_log_that_is_none_is_passed_over(home: CityHome, ledger: Ledger, text: str) -> None:
    logs.folder(home).mkdir(parents=True)
    (logs.folder(home) / "2026-01-01T000000Z-x.jsonl").write_text(text)
    assert history.runs(home, ledger) == []
