"""One lock per city: whoever runs, publishes or rolls back holds it, from the CLI, the UI or a schedule.

Belongs here: taking the lock, who holds it, what a killed process left in it. Does not belong here: what is
done under it (``turn``).

The lock is the operating system's (``flock``), so that a killed process never leaves it behind; the
file's text only says who holds it, for people. Text without a lock is what a killed process left: nothing
needs removing. Within one process the lock may be taken again.
"""

from __future__ import annotations

import errno
import fcntl
import json
import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from contracts.errors import OutsideError
from contracts.home import CityHome

TRIES, PAUSE = 5, 0.05
"""A look at the lock (``holder``) takes it for an instant; whoever wants it waits that out."""

_TAKEN = (errno.EWOULDBLOCK, errno.EAGAIN, errno.EACCES)
_held: dict[Path, int] = {}


@dataclass(frozen=True)
class Holder:
    """Who a lock file names.

    Attributes:
        what: The command.
        pid: Its process; 0 where the file names none.
        host: The machine it runs on.
        since: When it took the lock, ISO 8601.
        alive: Whether the process is there; None where it cannot be seen from this machine.
    """

    what: str
    pid: int
    host: str
    since: str
    alive: bool | None

    @property
    def sentence(self) -> str:
        """``cauce run by process 12 on host since 2026-01-31T03:00:00+00:00, alive``."""
        state = {True: "alive", False: "gone", None: "not to be seen from this machine"}[self.alive]
        return f"{self.what} by process {self.pid or '?'} on {self.host} since {self.since}, {state}"

    @property
    def advice(self) -> str:
        """What to do where this holder is in the way."""
        if self.alive:
            return f"wait for it to end, then run again; to stop it: kill {self.pid}"
        if self.alive is None:
            return f"look there: ssh {self.host} ps -fp {self.pid}; wait for it to end or stop it, then run again"
        return "a process that it started still holds the lock; find it with fuser -v on the lock file and end it"

    def as_dict(self) -> dict[str, Any]:
        """For ``--format json``."""
        return asdict(self)


def holder(home: CityHome) -> Holder | None:
    """Who holds the city's lock now, or None if nobody does. Changes nothing."""
    found, taken = _look(home)
    return (found or _nobody()) if taken else None


def left_behind(home: CityHome) -> Holder | None:
    """Whom the lock file names although nobody holds it: a process that was killed, or lost its machine."""
    found, taken = _look(home)
    return None if taken else found


def _look(home: CityHome) -> tuple[Holder | None, bool]:
    """Whom the lock file names, and whether the lock is taken."""
    try:
        with home.lock.open("r", encoding="utf-8") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except OSError as error:
                return _read(file), error.errno in _TAKEN
            return _read(file), False
    except OSError:
        return None, False


def _nobody() -> Holder:
    return Holder("a run", 0, "?", "?", None)


def _read(file: IO[str]) -> Holder | None:
    file.seek(0)
    try:
        value = json.loads(file.read())
    except ValueError:
        return None
    if not isinstance(value, dict):
        return None
    pid, host = value.get("pid"), str(value.get("host", "?"))
    pid = pid if isinstance(pid, int) and pid > 0 else 0
    return Holder(str(value.get("what", "a run")), pid, host, str(value.get("since", "?")), _is_alive(pid, host))


def _is_alive(pid: int, host: str) -> bool | None:
    if not pid or host != socket.gethostname():
        return None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True  # it is there and belongs to somebody else
    return True


@contextmanager
def city_lock(home: CityHome, what: str, now: datetime) -> Iterator[None]:
    """Hold the city's lock; ``what`` is said to whoever finds it taken.

    Raises:
        OutsideError: Another process holds it (the message says which), the city's folder cannot be written
            in, or its file system cannot lock.
    """
    path = home.lock
    if _held.get(path):
        _held[path] += 1
        try:
            yield
        finally:
            _held[path] -= 1
        return
    with _open(path) as file:
        _take(file, path)
        _write(file, {"what": what, "pid": os.getpid(), "host": socket.gethostname(), "since": now.isoformat()})
        _held[path] = 1
        try:
            yield
        finally:
            _held[path] = 0
            _write(file, None)


def _open(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+", encoding="utf-8")
    except OSError as error:
        raise OutsideError(
            "the city's state cannot be written",
            where=str(path.parent),
            found=error.strerror or str(error),
            expected="a folder that this user may write in",
            hint="mend its owner or permissions (ls -ld on it), or set CAUCE_HOME to another folder.",
        ) from error


def _write(file: IO[str], value: dict[str, Any] | None) -> None:
    """Say who holds the lock. A full disk does not stop whoever holds it: the text is for people only."""
    try:
        file.seek(0)
        file.truncate()
        if value is not None:
            json.dump(value, file)
        file.flush()
    except OSError:
        return


def _take(file: IO[str], path: Path) -> None:
    for left in reversed(range(TRIES)):
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in _TAKEN:
                raise OutsideError(
                    "the file system cannot lock a city, so two runs could meet in it",
                    where=str(path),
                    found=error.strerror or str(error),
                    expected="a file system with locks",
                    hint="set CAUCE_HOME to a local disk, or let the network drive's locking service run.",
                ) from error
            if left:
                time.sleep(PAUSE)
                continue
            who = _read(file) or _nobody()
            raise OutsideError(
                "another run holds this city", where=str(path), found=who.sentence, hint=who.advice, retry=True
            ) from error
        return
