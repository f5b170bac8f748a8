"""A process that publishes and kills itself before or after the k-th change it makes to the disk.

Run as ``python kill_points.py ROOT OUT [every]``: ROOT holds a city (``base``) with one release and a second
delivery waiting. Every call that changes the disk is counted; for each chosen moment a copy of the city is
made, and a forked child publishes on it until it kills itself with SIGKILL. OUT receives one JSON line a
moment: ``{"moment", "call", "folder", "signal"}``.
"""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

CALLS = ("fsync", "link", "rename", "replace", "unlink", "mkdir", "rmdir", "chmod")


def watch(act: Callable[[int, str], None]) -> None:
    """Call ``act`` with a running number before and after every call that changes the disk."""
    counted = 0

    def wrap(name: str) -> None:
        original = getattr(os, name)

        def call(*arguments: Any, **named: Any) -> Any:
            nonlocal counted
            counted += 1
            act(counted, f"before {name}")
            result = original(*arguments, **named)
            counted += 1
            act(counted, f"after {name}")
            return result

        setattr(os, name, call)

    for name in CALLS:
        wrap(name)


def publish(root: Path) -> str:
    """Publish the waiting delivery of the city under ``root``."""
    from tests.unit.orchestration.publish.publish_world import World, waiting

    world = World(root)
    waiting(world)
    return world.publish().outcome


def child(root: Path, act: Callable[[int, str], None]) -> int:
    """Fork; the child publishes under ``act``. Returns the child's wait status."""
    identity = os.fork()
    if identity == 0:
        watch(act)
        publish(root)
        os._exit(0)
    return os.waitpid(identity, 0)[1]


def main(root: Path, out: Path, every: int) -> None:
    """Count the moments of one whole publication, then stop at each chosen one."""
    log = root / "moments.txt"

    def note(moment: int, call: str) -> None:
        with log.open("a") as file:
            file.write(f"{moment} {call}\n")

    shutil.copytree(root / "base", root / "whole")
    if child(root / "whole", note) != 0:
        raise SystemExit("a whole publication did not end well")
    moments = [line.split(" ", 1) for line in log.read_text().splitlines()]
    with out.open("w") as file:
        for number, call in moments[::every]:
            folder = root / f"killed-{number}"
            shutil.copytree(root / "base", folder)

            def kill(moment: int, _call: str, wanted: int = int(number)) -> None:
                if moment == wanted:
                    os.kill(os.getpid(), signal.SIGKILL)

            status = child(folder, kill)
            told = {"moment": int(number), "call": call, "folder": str(folder), "signal": os.WTERMSIG(status)}
            file.write(json.dumps(told) + "\n")


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    for name in ("duckdb", "orchestration.publish.attempt", "tests.unit.orchestration.publish.publish_world"):
        importlib.import_module(name)  # loaded once, before the forks
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else 1)
