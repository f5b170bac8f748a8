"""Faults, the points at which they may happen, and the witness that lets one happen. Imports no engine."""

from __future__ import annotations

import errno
import json
import os
import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

Fault = Literal["kill", "tear", "full", "read only", "i/o error", "no memory"]
FAULTS: tuple[Fault, ...] = ("kill", "tear", "full", "read only", "i/o error", "no memory")

REFUSALS: dict[str, int] = {"full": errno.ENOSPC, "read only": errno.EROFS, "i/o error": errno.EIO}
FREEING = ("remove", "forget")
"""Changes that a full disk lets happen."""

ENGINES = ("copy",)
"""Changes made by DuckDB, which may run out of memory."""

UNSETTLED = ("write", "copy", "fetch", "copy_raw", "extract")
"""Changes whose bytes are not brought to the disk yet when they end: a power cut may leave half of them."""


@dataclass(frozen=True)
class Point:
    """One moment of one change, counted from 1 within the whole piece of work."""

    n: int
    moment: str
    name: str
    path: str

    @property
    def faults(self) -> tuple[Fault, ...]:
        """The faults that mean something here: after a change, only the process can still fail."""
        found: list[Fault] = ["kill"]
        is_local = "://" not in self.path
        is_unsettled = self.name in UNSETTLED or Path(self.path).name.startswith(".tmp-")
        if self.moment == "midway" and is_local and is_unsettled:
            found.append("tear")
        if self.moment != "after":
            found += ["full", "read only", "i/o error"] if is_local else ["i/o error"]
        if self.moment == "before" and self.name in ENGINES:
            found.append("no memory")
        return tuple(found)


Witness = Callable[[str, str, Path | str], None]


def recording(log: Path) -> Witness:
    """A witness that writes every point down, a JSON line each."""
    count = 0

    def note(moment: str, name: str, path: Path | str) -> None:
        nonlocal count
        count += 1
        with log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(Point(count, moment, name, str(path)))) + "\n")

    return note


def recorded(log: Path) -> tuple[Point, ...]:
    """What ``recording`` wrote."""
    return tuple(Point(**json.loads(line)) for line in log.read_text(encoding="utf-8").splitlines())


def failing(at: int, fault: Fault) -> Witness:
    """A witness that lets ``fault`` happen at point ``at``; a full or read-only disk stays so from there on."""
    count = 0

    def act(moment: str, name: str, path: Path | str) -> None:
        nonlocal count
        count += 1
        if count < at:
            return
        if count == at and fault in ("kill", "tear"):
            if fault == "tear":
                _tear(Path(path))
            os.kill(os.getpid(), signal.SIGKILL)
        if count == at and fault == "no memory":
            import duckdb

            text = "Out of Memory Error: could not allocate block of size 256.0 KiB (244.1 MiB/244.1 MiB used)"
            raise duckdb.OutOfMemoryException(text)
        lasts = fault == "read only" or (fault == "full" and name not in FREEING)
        if fault in REFUSALS and (count == at or (lasts and moment != "after")):
            raise OSError(REFUSALS[fault], os.strerror(REFUSALS[fault]), str(path))

    return act


def _tear(path: Path) -> None:
    """What a power cut may leave of bytes that were not brought to the disk."""
    if path.is_file():
        os.truncate(path, path.stat().st_size // 2)


def told(error: Any) -> dict[str, Any]:
    """An error as a result keeps it: its class, exit code and message."""
    return {"class": type(error).__name__, "exit_code": getattr(error, "exit_code", None), "message": str(error)}
