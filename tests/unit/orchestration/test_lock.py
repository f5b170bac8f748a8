"""One lock per city: taken once, taken again within a process, never left behind by a killed one."""

from __future__ import annotations

import errno
import fcntl
import json
import multiprocessing as mp
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from contracts.errors import OutsideError
from contracts.home import CityHome
from orchestration.lock import city_lock, holder, left_behind

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def _hold(root: Path, ready: Event, leave: Event) -> None:
    with city_lock(CityHome(root), "another run", NOW):
        ready.set()
        leave.wait(30)


@pytest.mark.fault(51)
def test_a_second_process_is_told_who_holds_the_city(tmp_path: Path) -> None:
    context = mp.get_context("spawn")
    ready, leave = context.Event(), context.Event()
    process = context.Process(target=_hold, args=(tmp_path, ready, leave))
    process.start()
    try:
        assert ready.wait(60)
        with (
            pytest.raises(OutsideError, match=f"another run by process {process.pid}"),
            city_lock(CityHome(tmp_path), "x", NOW),
        ):
            pass
        found = holder(CityHome(tmp_path))
        assert found is not None
        assert (found.what, found.pid, found.alive) == ("another run", process.pid, True)
        assert f"kill {process.pid}" in found.advice
        assert left_behind(CityHome(tmp_path)) is None
    finally:
        process.kill()
        process.join()
    assert holder(CityHome(tmp_path)) is None
    left = left_behind(CityHome(tmp_path))
    assert left is not None
    assert (left.pid, left.alive) == (process.pid, False)
    with city_lock(CityHome(tmp_path), "after a kill", NOW):
        pass


def test_the_same_process_may_take_it_again(tmp_path: Path) -> None:
    home = CityHome(tmp_path)
    with city_lock(home, "outer", NOW), city_lock(home, "inner", NOW):
        pass
    assert holder(home) is None


def test_nobody_holds_a_city_that_never_ran(tmp_path: Path) -> None:
    assert holder(CityHome(tmp_path / "never")) is None


def test_looking_does_not_get_in_the_way_of_whoever_wants_it(tmp_path: Path) -> None:
    home = CityHome(tmp_path)
    with city_lock(home, "first", NOW):
        pass
    with home.lock.open("r") as looking:
        fcntl.flock(looking, fcntl.LOCK_SH | fcntl.LOCK_NB)
        assert holder(home) is None


def test_the_lock_of_another_machine_is_told_with_what_to_do_there(tmp_path: Path) -> None:
    home = CityHome(tmp_path)
    with city_lock(home, "cauce run", NOW):
        told = {"what": "cauce run", "pid": 4711, "host": "elsewhere.example", "since": NOW.isoformat()}
        home.lock.write_text(json.dumps(told))
        found = holder(home)
        assert found is not None
        assert found.alive is None
        assert "ssh elsewhere.example" in found.advice
        assert "not to be seen from this machine" in found.sentence


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', '{"pid": -1, "host": null}'])
def test_any_text_in_the_lock_file_is_survived(tmp_path: Path, text: str) -> None:
    home = CityHome(tmp_path)
    with city_lock(home, "cauce run", NOW):
        home.lock.write_text(text)
        found = holder(home)
    assert found is not None
    assert found.alive is None


def test_a_file_system_without_locks_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr(fcntl, "flock", refuse)
    with (
        pytest.raises(OutsideError, match=r"cannot lock a city.*No locks available.*local disk") as caught,
        city_lock(CityHome(tmp_path), "x", NOW),
    ):
        pass
    assert not caught.value.retry


def test_a_home_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "var").write_text("a file where the folder should be")
    with (
        pytest.raises(OutsideError, match=r"cannot be written, .*/var/demo\. Found .*CAUCE_HOME"),
        city_lock(CityHome(tmp_path / "var" / "demo"), "x", NOW),
    ):
        pass
