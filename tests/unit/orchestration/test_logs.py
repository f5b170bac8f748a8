"""Logs: one line a step, only what is listed, no message of an error, kept for so many days, never in the way."""

from __future__ import annotations

import ast
import errno
import json
import os
from dataclasses import fields
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from contracts import kept
from contracts.errors import InputError, OutsideError
from contracts.home import CityHome
from orchestration import logs
from orchestration.ingest.manifest import Landing
from orchestration.publish.job import Attempt, HoldReason
from orchestration.run import RunOutcome

SECRET = "CANARY-9f2c"


def lines(home: CityHome) -> list[dict[str, Any]]:
    return [json.loads(line) for path in logs.files(home) for line in path.read_text().splitlines()]


def test_a_log_opens_tells_each_step_and_closes(tmp_path: Path) -> None:
    home = CityHome(tmp_path / "demo")
    with logs.keeping(home, "demo", "cauce run", run="abc") as log:
        with logs.step("landed", source="requests") as told:
            told |= {"received": 3}
        log.exit_code, log.facts = 1, {"held": 2}
    first, landed, last = lines(home)
    assert (first["event"], first["what"], first["run"], first["city"]) == ("run started", "cauce run", "abc", "demo")
    assert first["pid"] == os.getpid()
    assert first["by"].endswith(f"@{os.uname().nodename}")
    assert {"cauce", "python", "duckdb", "dagster"} <= first["versions"].keys()
    assert (landed["event"], landed["source"], landed["received"]) == ("landed", "requests", 3)
    assert landed["seconds"] >= 0
    assert landed["peak_mb"] > 1
    assert (last["event"], last["exit_code"], last["held"]) == ("run ended", 1, 2)
    assert last["need_bytes"] >= 0
    assert logs.files(home)[0].name.endswith("-abc.jsonl")


def test_nothing_is_logged_where_no_log_is_open(tmp_path: Path) -> None:
    logs.log("committed", product="x")
    with logs.step("landed", source="x") as told:
        told["received"] = 1
    assert list(tmp_path.iterdir()) == []


def test_what_is_not_listed_is_left_out(tmp_path: Path) -> None:
    home = CityHome(tmp_path)
    with logs.keeping(home, "demo", "cauce run"):
        logs.log("landed", source="x", address=SECRET, sample=[SECRET])
        logs.log("gossip", source=SECRET)
    assert SECRET not in logs.files(home)[0].read_text()
    assert [line["event"] for line in lines(home)] == ["run started", "landed", "run ended"]


def test_an_error_is_logged_without_its_message(tmp_path: Path) -> None:
    home = CityHome(tmp_path)
    with (
        pytest.raises(InputError),
        logs.keeping(home, "demo", "cauce run"),
        logs.step("judged", product="requests"),
    ):
        raise InputError(SECRET, where=SECRET, found=SECRET, expected=SECRET, hint=SECRET) from ValueError(SECRET)
    assert SECRET not in logs.files(home)[0].read_text()
    step, whole, end = lines(home)[1:]
    assert (step["event"], step["what"], step["product"], step["error"]) == (
        "failed",
        "judged",
        "requests",
        "InputError",
    )
    assert step["exit_code"] == end["exit_code"] == 2
    assert any(line.startswith("tests/unit/orchestration/test_logs.py:") for line in whole["lines"])


@pytest.mark.parametrize(
    ("error", "event", "code"),
    [
        (OutsideError("x"), "failed", 3),
        (OSError(errno.ENOSPC, "x"), "failed", 3),
        (KeyError("x"), "failed", 4),
        (KeyboardInterrupt(), "stopped", 130),
    ],
)
def test_the_exit_code_of_an_error_is_logged(tmp_path: Path, error: BaseException, event: str, code: int) -> None:
    home = CityHome(tmp_path)
    with pytest.raises(type(error)), logs.keeping(home, "demo", "cauce run"):
        raise error
    assert [(line["event"], line["exit_code"]) for line in lines(home)[1:]] == [(event, code), ("run ended", code)]


def test_old_logs_go_and_young_ones_stay(tmp_path: Path) -> None:
    home = CityHome(tmp_path)
    logs.folder(home).mkdir(parents=True)
    for days in (89, 91):
        began = (logs.now() - timedelta(days=days)).strftime(logs.STAMP)
        (logs.folder(home) / f"{began}-{days}.jsonl").write_text("{}\n")
    (logs.folder(home) / "notes.txt").write_text("not ours")
    with logs.keeping(home, "demo", "cauce run", run="now", days=90):
        pass
    assert [path.stem.rsplit("-", 1)[1] for path in logs.files(home)] == ["89", "now"]
    assert (logs.folder(home) / "notes.txt").exists()


def test_a_disk_that_refuses_a_line_stops_no_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def full(_moment: str, name: str, _path: object) -> None:
        if name == "log":
            raise OSError(errno.ENOSPC, "No space left on device")

    home = CityHome(tmp_path)
    with logs.keeping(home, "demo", "cauce run"):
        monkeypatch.setattr(kept, "witness", full)
        logs.log("committed", product="x")
        logs.log("committed", product="y")
    assert capsys.readouterr().err.count("The log ends here") == 1
    assert [line["event"] for line in lines(home)] == ["run started"]


def test_everything_that_is_logged_is_listed() -> None:
    blank = {f.name: None for f in fields(Landing)}
    landing = Landing(**{**blank, "reasons": {}, "findings": ()})  # type: ignore[arg-type]
    attempt = Attempt("p", "held", None, (HoldReason("r", "public", SECRET, 1, 2, (SECRET,)),), {}, None)
    for told in (landing.as_logged(), attempt.as_logged(), RunOutcome("demo").as_logged()):
        assert told.keys() <= logs.FIELDS.keys()
        assert SECRET not in str(told)


def test_every_call_names_a_listed_event_and_listed_fields(project_root: Path) -> None:
    calls = 0
    for path in sorted((project_root / "orchestration").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Attribute):
                continue
            if not isinstance(node.func.value, ast.Name) or node.func.value.id != "logs":
                continue
            if node.func.attr in ("log", "step"):
                calls += 1
                event = node.args[0]
                assert isinstance(event, ast.Constant), path
                assert event.value in logs.EVENTS, f"{path}: {event.value!r}"
                assert {k.arg for k in node.keywords} <= logs.FIELDS.keys() | {None}, f"{path}: {event.value!r}"
    assert calls >= 7
