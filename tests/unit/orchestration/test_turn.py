"""A turn at a city: what is checked, mended and logged before any command that writes begins."""

from __future__ import annotations

import json
import re
import shutil
from collections import namedtuple
from datetime import timedelta
from pathlib import Path

import pytest

from contracts.errors import OutsideError
from orchestration import history, logs, space
from orchestration.context import OpenCity, open_city
from orchestration.lock import holder
from orchestration.settings import Settings
from orchestration.turn import take_turn

Usage = namedtuple("Usage", "total used free")


@pytest.fixture
def opened(tmp_path: Path) -> OpenCity:
    return open_city("demo", Settings(home=tmp_path / "var", log_days=30))


def leave(opened: OpenCity, free: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 10**12 - free, free))


def needed(opened: OpenCity, size: int) -> None:
    with logs.keeping(opened.home, "demo", "cauce run", run="before"):
        pass
    path = logs.files(opened.home)[0]
    path.write_text(re.sub(r'"need_bytes": \d+', f'"need_bytes": {size}', path.read_text()))


def test_what_was_left_is_mended_told_and_logged(opened: OpenCity) -> None:
    (opened.home.work / "publish-requests-x").mkdir(parents=True)
    with take_turn(opened, "cauce run", run="abc") as turn:
        assert turn.swept == ("removed unfinished work publish-requests-x",)
        assert turn.notes == ("Mended after a process that was cut short: removed unfinished work publish-requests-x",)
        assert (held := holder(opened.home)) is not None
        assert held.what == "cauce run"
    events = [json.loads(line) for line in logs.files(opened.home)[0].read_text().splitlines()]
    assert [e["event"] for e in events] == ["run started", "swept", "run ended"]
    assert events[1]["did"] == list(turn.swept)
    assert holder(opened.home) is None
    with take_turn(opened, "cauce run") as turn:
        assert turn.swept == ()


def test_little_room_is_told_at_the_start(opened: OpenCity, monkeypatch: pytest.MonkeyPatch) -> None:
    needed(opened, 400 * 1000**2)
    leave(opened, 1000 * 1000**2, monkeypatch)
    with take_turn(opened, "cauce run") as turn:
        (note,) = turn.notes
    assert "1.0 GB are free on the disk; the last runs needed up to 400.0 MB" in note


def test_enough_room_is_not_worth_a_word(opened: OpenCity, monkeypatch: pytest.MonkeyPatch) -> None:
    needed(opened, 400 * 1000**2)
    leave(opened, 1300 * 1000**2, monkeypatch)
    with take_turn(opened, "cauce run") as turn:
        assert turn.notes == ()


def test_no_room_at_all_begins_nothing(opened: OpenCity, monkeypatch: pytest.MonkeyPatch) -> None:
    needed(opened, 400 * 1000**2)
    leave(opened, 1000, monkeypatch)
    (opened.home.work / "left").mkdir(parents=True)
    with (
        pytest.raises(OutsideError, match=r"no room on the disk.*Found 1 kB free, expected 1.2 GB or more") as caught,
        take_turn(opened, "cauce run"),
    ):
        pass
    assert caught.value.retry
    assert (opened.home.work / "left").is_dir()
    assert holder(opened.home) is None


def test_the_greatest_need_of_the_last_runs_counts(opened: OpenCity) -> None:
    assert space.space(opened.home).needed is None
    needed(opened, 5_000_000)
    with logs.keeping(opened.home, "demo", "cauce run", run="after"):
        pass
    assert space.space(opened.home).needed == 5_000_000
    assert [one.run for one in history.logged(opened.home)] in (["after", "before"], ["before", "after"])


@pytest.mark.parametrize(
    ("size", "words"),
    [(0, "0 kB"), (1_499, "1 kB"), (2_500_000, "2.5 MB"), (73 * 10**9, "73.0 GB"), (10**13, "10.0 TB")],
)
def test_sizes_as_people_say_them(size: int, words: str) -> None:
    assert space.in_words(size) == words


def test_old_logs_go_after_the_days_of_the_setting(opened: OpenCity) -> None:
    logs.folder(opened.home).mkdir(parents=True)
    for days in (29, 31):
        began = (logs.now() - timedelta(days=days)).strftime(logs.STAMP)
        (logs.folder(opened.home) / f"{began}-{days}.jsonl").write_text("{}\n")
    with take_turn(opened, "cauce run", run="now"):
        pass
    assert [path.stem.rsplit("-", 1)[1] for path in logs.files(opened.home)] == ["29", "now"]
