"""Pace: one host at most so often, whoever asks; nobody waits for another host."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pytest

from orchestration.ingest.web.limits import Clock
from orchestration.ingest.web.pace import Pace
from tests.web_script import MadeUpTime


def test_turns_come_one_after_the_other(tmp_path: Path) -> None:
    time = MadeUpTime()
    pace = Pace(tmp_path / "web", 4, time.clock)
    assert [pace.wait("a.org") for _ in range(4)] == pytest.approx([0, 0.25, 0.25, 0.25])
    time.now += 10
    assert pace.wait("a.org") == 0


def test_sources_and_processes_share_the_turns_of_a_host(tmp_path: Path) -> None:
    time = MadeUpTime()
    first, second = Pace(tmp_path, 1, time.clock), Pace(tmp_path, 1, time.clock)
    assert first.wait("a.org") == 0
    assert second.wait("a.org") == pytest.approx(1)
    assert second.wait("b.org") == 0
    assert first.wait("a.org:8080") == 0


def test_no_limit_leaves_no_file(tmp_path: Path) -> None:
    pace = Pace(tmp_path / "web", 0, MadeUpTime().clock)
    pace.hold_off("a.org", 60)
    assert [pace.wait("a.org") for _ in range(100)] == [0] * 100
    assert not (tmp_path / "web").exists()


def test_a_host_that_asks_to_be_left_alone_is_left_alone_by_all(tmp_path: Path) -> None:
    time = MadeUpTime()
    first, second = Pace(tmp_path, 10, time.clock), Pace(tmp_path, 10, time.clock)
    first.hold_off("a.org", 30)
    first.hold_off("a.org", 5)
    assert second.wait("a.org") == pytest.approx(30)


def test_a_moment_from_before_the_machine_was_started_is_not_believed(tmp_path: Path) -> None:
    time = MadeUpTime(now=900_000)
    Pace(tmp_path, 1, time.clock).wait("a.org")
    time.now = 12
    assert Pace(tmp_path, 1, time.clock).wait("a.org") == 0


@pytest.mark.parametrize("torn", [b"", b"\0\0\0\0", b"abc", b"nan", b"inf", b"-5"])
def test_a_torn_file_costs_nothing(tmp_path: Path, torn: bytes) -> None:
    (tmp_path / "a.org.next").write_bytes(torn)
    time = MadeUpTime()
    pace = Pace(tmp_path, 2, time.clock)
    assert pace.wait("a.org") == 0
    assert pace.wait("a.org") == pytest.approx(0.5)


def test_a_numeric_host_of_version_6_and_a_long_name_have_files(tmp_path: Path) -> None:
    pace = Pace(tmp_path, 1, MadeUpTime().clock)
    pace.wait("[2606:4700::1]:8443")
    pace.wait(f"{'a' * 63}.{'b' * 63}.{'c' * 63}.{'d' * 58}:65535")
    assert len(list(tmp_path.iterdir())) == 2


def _turns(folder: str, queue: multiprocessing.Queue[float]) -> None:
    now = [1_000.0]

    def sleep(seconds: float) -> None:
        queue.put(now[0] + seconds)

    pace = Pace(Path(folder), 100, Clock(lambda: now[0], lambda: 0, sleep, lambda: 0))
    for _ in range(20):
        pace.wait("a.org")


def test_processes_that_ask_at_one_moment_all_get_other_turns(tmp_path: Path) -> None:
    context = multiprocessing.get_context("fork")
    queue: multiprocessing.Queue[float] = context.Queue()
    processes = [context.Process(target=_turns, args=(str(tmp_path), queue)) for _ in range(3)]
    for process in processes:
        process.start()
    moments = sorted(queue.get(timeout=30) for _ in range(59))  # the very first one need not sleep
    for process in processes:
        process.join()
    assert moments == pytest.approx([1_000 + n / 100 for n in range(1, 60)])
