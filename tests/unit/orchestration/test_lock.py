"""One lock per city: taken once, taken again within a process, never left behind by a killed one."""

from __future__ import annotations

import multiprocessing as mp
from datetime import UTC, datetime
from multiprocessing.synchronize import Event
from pathlib import Path

import pytest

from contracts.errors import OutsideError
from contracts.home import CityHome
from orchestration.lock import city_lock, holder

NOW = datetime(2026, 1, 31, tzinfo=UTC)


def _hold(root: Path, ready: Event, leave: Event) -> None:
    with city_lock(CityHome(root), "another run", NOW):
        ready.set()
        leave.wait(30)


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
        assert found["what"] == "another run"
    finally:
        process.kill()
        process.join()
    assert holder(CityHome(tmp_path)) is None
    with city_lock(CityHome(tmp_path), "after a kill", NOW):
        pass


def test_the_same_process_may_take_it_again(tmp_path: Path) -> None:
    home = CityHome(tmp_path)
    with city_lock(home, "outer", NOW), city_lock(home, "inner", NOW):
        pass
    assert holder(home) is None


def test_nobody_holds_a_city_that_never_ran(tmp_path: Path) -> None:
    assert holder(CityHome(tmp_path / "never")) is None
