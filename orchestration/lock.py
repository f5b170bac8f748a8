"""One lock per city: whoever runs, publishes or rolls back holds it, from the CLI, the UI or a schedule.

The lock is the operating system's (``flock``), so that a killed process never leaves it behind; the
file's text only says who holds it. Within one process the lock may be taken again.
"""

from __future__ import annotations

import fcntl
import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import IO

from contracts.errors import OutsideError
from contracts.home import CityHome

_held: dict[Path, int] = {}


def holder(home: CityHome) -> dict[str, str] | None:
    """Who holds the city's lock now, or None if nobody does."""
    if not home.lock.exists():
        return None
    with home.lock.open("r+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            return _read(file)
    return None


def _read(file: IO[str]) -> dict[str, str]:
    file.seek(0)
    try:
        value = json.loads(file.read())
    except ValueError:
        return {}
    return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else {}


@contextmanager
def city_lock(home: CityHome, what: str, now: datetime) -> Iterator[None]:
    """Hold the city's lock; ``what`` is said to whoever finds it taken.

    Raises:
        OutsideError: Another process holds it; the message says which.
    """
    path = home.lock
    if _held.get(path):
        _held[path] += 1
        try:
            yield
        finally:
            _held[path] -= 1
        return
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            who = _read(file)
            raise OutsideError(
                "another run holds this city",
                where=str(path),
                found=f"{who.get('what', 'a run')} by process {who.get('pid', '?')} on {who.get('host', '?')}"
                f" since {who.get('since', '?')}",
                hint="wait for it to end, then run again.",
                retry=True,
            ) from error
        file.seek(0)
        file.truncate()
        json.dump({"what": what, "pid": os.getpid(), "host": socket.gethostname(), "since": now.isoformat()}, file)
        file.flush()
        _held[path] = 1
        try:
            yield
        finally:
            _held[path] = 0
            file.seek(0)
            file.truncate()
            file.flush()
