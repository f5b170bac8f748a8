"""Readers beside a publisher that is killed again and again: each look finds one whole release, each page its links.

A publisher process delivers, publishes, rolls back, withdraws, retires and rebuilds the pages without a pause, and is
killed at random moments and started again. Readers loop beside it: of the releases (manifest, every file's hash,
every record by DuckDB, all of one delivery, never an older commit than before) and of the pages.
"""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

from contracts.release import commits
from tests.soak import town
from tests.soak.publisher import READY, ROOT, build_pages
from tests.soak.town import Violation, in_child

SECONDS = 75.0
LONGEST_LIFE = 10.0
READERS = ("internal", "public", "pages")


def start(module: str, *arguments: str, said: Path) -> subprocess.Popen[bytes]:
    """Start one of the trial's processes; what it says goes to a file."""
    command = [sys.executable, "-m", f"tests.soak.{module}", *arguments]
    with said.open("ab") as out:
        return subprocess.Popen(command, cwd=ROOT, stdout=out, stderr=subprocess.STDOUT)


def wait_while(condition: Callable[[], bool], watched: dict[str, subprocess.Popen[bytes]]) -> None:
    """Wait; none of the watched processes may end meanwhile.

    Raises:
        Violation: One did.
    """
    while condition():
        for name, process in watched.items():
            if process.poll() is not None:
                raise Violation(f"{name} ended with exit {process.returncode}: what it said is kept beside the city")
        time.sleep(0.05)


def once(folder: Path, seed: int, shared: Path) -> int:
    """A minute of reading while the publisher is killed every few seconds; returns the looks that were whole."""
    del shared
    rng = random.Random(seed)
    city, stop = folder / "city", folder / "stop"
    city.mkdir(parents=True)
    for act in (town.deliver(1), town.publish, build_pages):
        if in_child(city, act).answer is None:
            raise Violation("the first release was not made")
    readers = {
        name: start("reader", str(city), name, str(stop), said=folder / f"reader-{name}.txt") for name in READERS
    }
    end, lives, publisher = time.monotonic() + SECONDS, 0, None
    try:
        while time.monotonic() < end:
            lives += 1
            arguments = (str(city), str(rng.randrange(10**9)), str(stop))
            told = folder / f"publisher-{lives}.txt"
            publisher = start("publisher", *arguments, said=told)
            watched = {**readers, "publisher": publisher}
            wait_while(lambda told=told: READY not in told.read_text(encoding="utf-8"), watched)  # type: ignore[misc]
            dies = time.monotonic() + rng.uniform(0.1, LONGEST_LIFE)
            wait_while(lambda dies=dies: time.monotonic() < dies, watched)  # type: ignore[misc]
            os.kill(publisher.pid, signal.SIGKILL)
            publisher.wait()
        stop.touch()
        looks = 0
        for name, process in readers.items():
            if process.wait(timeout=120) != 0:
                raise Violation(f"the reader of {name} ended with exit {process.returncode}")
            looks += int((folder / f"reader-{name}.txt").read_text(encoding="utf-8").split()[-1])
    finally:
        for process in (*readers.values(), *([publisher] if publisher else [])):
            if process.poll() is None:
                process.kill()
                process.wait()
    _judge_end(city, lives)
    return looks


def _judge_end(city: Path, lives: int) -> None:
    for act in (town.mend, town.audit):
        ended = in_child(city, act)
        if ended.answer is None or ended.answer.get("findings"):
            raise Violation(f"after {lives} lives of the publisher: {ended}")
    home = town.open_world(city).home
    numbers = {tier: len(commits(home, tier, town.PRODUCT)) for tier in town.TIERS}
    if len(set(numbers.values())) != 1:
        raise Violation(f"the tiers do not have the same number of commits: {numbers}")
