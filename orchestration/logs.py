"""Structured logs: one JSON object a line, one line a step, in ``var/<city>/logs/<start>-<run id>.jsonl``.

Belongs here: what may be written, writing it, what a step cost, keeping the newest days. Does not belong here:
reading them for people (``history``), what happened to the data (the ledger, which is evidence; a log is not).

No data value, credential or content of a file stands in a log. That is kept by form: an event says only what
``EVENTS`` and ``FIELDS`` list, which are names from contracts, counts, hashes, times and names of errors. Of an
error its class, its exit code and the lines of our code are written, never its message: what DuckDB, dbt or a
portal says may quote a record. Who ran it (``by``) stands here and nowhere else, and goes when the log goes.

A disk that refuses a log line stops no run: the log ends there, and the run says so once.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import shutil
import socket
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType
from typing import Any, Final
from uuid import uuid4

from contracts import kept
from contracts.errors import ArtefactError, CauceError, OutsideError
from contracts.home import CityHome
from orchestration.settings import PROJECT_ROOT

EVENTS: Final[Mapping[str, str]] = {
    "run started": "A command that writes took the city's lock.",
    "swept": "What a process that was cut short had left was finished or removed.",
    "fetched": "The bytes of a source were looked at, and copied where they are new.",
    "asked again": "A web server failed or asked to wait; before the next try so many seconds passed.",
    "landed": "A delivery was accepted, refused, or found unchanged.",
    "shaped": "dbt ran the models.",
    "model": "One model was built, failed or was skipped.",
    "proved": "The models were built again with other contents above each tier, and compared.",
    "judged": "A product was published, held, or found unchanged; results of its rules by id.",
    "committed": "A release became visible.",
    "withdrawn": "A product was taken away by a decision of the city.",
    "retired": "Old versions were removed, as the city's retention says.",
    "pages built": "The static sites were built.",
    "failed": "A step ended with an error.",
    "stopped": "Somebody stopped the run (Ctrl-C, or a signal to end).",
    "run ended": "The command gave the lock back. A log without this line was cut short.",
}
"""Every event a log may hold, and what it tells."""

FIELDS: Final[Mapping[str, str]] = {
    "what": "the command, or the name of the step",
    "by": "user@host; here and nowhere else",
    "pid": "the process",
    "versions": "of Cauce, Python and the engines",
    "system": "operating system and processor",
    "force": "whether --force was given",
    "as_of": "the run's as-of instant",
    "checked_at": "the time of checking",
    "did": "what was finished or removed, a sentence each",
    "source": "a source's name",
    "landing": "the landing's number",
    "outcome": "what came of it",
    "new": "whether the bytes had to be copied",
    "host": "a web server's host and port",
    "attempt": "which try of one request follows",
    "bytes": "size of the delivery",
    "sha256": "hash of the delivery, or of the ledger's head",
    "received": "records in the bytes",
    "accepted": "records let in",
    "quarantined": "records set aside",
    "rejected": "records of a refused file",
    "findings": "how many things changed in a source since the delivery before",
    "reasons": "records set aside by rule id, or rules that hold a product, with counts",
    "model": "a model's name",
    "layer": "staging, intermediate or mart",
    "rows": "records of a table",
    "models": "how many models ran",
    "product": "a product's name",
    "products": "by product: the worst that was found of its tiers",
    "version": "the release's number",
    "rules": "by rule id: result, records examined, records failed",
    "pages": "how many pages",
    "error": "the error's class",
    "lines": "lines of our code that led there",
    "signal": "the signal's name",
    "exit_code": "what the process will answer, or the step alone would",
    "published": "how many products",
    "held": "how many products",
    "unchanged": "how many products",
    "refused": "how many sources",
    "failed": "how many steps",
    "set_aside": "how many records in quarantine",
    "withdrawn": "how many products",
    "entry": "number of the ledger's newest entry",
    "seconds": "how long",
    "cpu_seconds": "processor time of this process and its children",
    "peak_mb": "the most memory the process ever held, in megabytes",
    "free_bytes": "free on the disk of the city's state",
    "need_bytes": "the most disk the run took up at one time, as seen at its steps",
}
"""Every field an event may hold besides ``at``, ``event``, ``city`` and ``run``."""

ENGINES = ("duckdb", "dbt-core", "dbt-duckdb", "dagster", "pandera", "great-expectations", "pyarrow")
STAMP = "%Y-%m-%dT%H%M%SZ"

_open: list[RunLog] = []


def spent() -> tuple[float, float]:
    """Clock and processor time so far, of this process and its ended children."""
    mine, theirs = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.monotonic(), mine.ru_utime + mine.ru_stime + theirs.ru_utime + theirs.ru_stime


def blocks_written() -> int:
    """Bytes this process asked the disk to write; 0 where the system does not tell (it does on Linux)."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_oublock * 512 if sys.platform == "linux" else 0


@dataclass
class RunLog:
    """The log of one command over one city.

    Attributes:
        path: Its file.
        city: The city's id.
        run: The run's id.
        exit_code: What the process will answer; set by whoever knows it before the log ends.
        facts: What the last line says besides: counts, as-of instant, the ledger's head.
        began: Clock and processor time at the start.
    """

    path: Path
    city: str
    run: str
    exit_code: int = 0
    facts: dict[str, Any] = field(default_factory=dict)
    began: tuple[float, float] = field(default_factory=spent)
    _torn: bool = False
    _free: list[int] = field(default_factory=list)
    _written: int = field(default_factory=blocks_written)

    def write(self, event: str, fields: Mapping[str, Any]) -> None:
        """Add one line; fields that are not listed above are left out, an event that is not, altogether."""
        self._free.append(free_bytes(self.path))
        if self._torn or event not in EVENTS:
            return
        head = {"at": now().isoformat(timespec="milliseconds"), "event": event, "city": self.city, "run": self.run}
        listed = {name: value for name, value in fields.items() if name in FIELDS}
        line = json.dumps({**head, **listed}, ensure_ascii=False, default=str) + "\n"
        try:
            with kept.step("log", self.path):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                with self.path.open("a", encoding="utf-8") as file:
                    file.write(line)
        except OutsideError as error:
            self._torn = True
            sys.stderr.write(f"The log ends here: {error.message}\n")

    def need(self) -> int:
        """The most disk this run took up at one time: what became less free, and no more than it wrote itself."""
        fell = max(self._free[0] - min(self._free), 0) if self._free else 0
        written = blocks_written() - self._written
        return min(fell, written) if written > 0 else fell


def now() -> datetime:
    """The wall clock, UTC: for logs alone."""
    return datetime.now(UTC)


def folder(home: CityHome) -> Path:
    """Where a city's logs stand."""
    return home.root / "logs"


def free_bytes(path: Path) -> int:
    """Bytes free on the disk where ``path`` stands or will stand; 0 where nobody can tell."""
    there = next((p for p in (path, *path.parents) if p.exists()), Path("/"))
    try:
        return shutil.disk_usage(there).free
    except OSError:
        return 0


def cost(since: tuple[float, float]) -> dict[str, float]:
    """What was spent since ``since``: seconds, processor seconds, and the process's peak memory."""
    clock, processor = spent()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    megabytes = peak / 1024 if sys.platform == "linux" else peak / 1024**2
    return {
        "seconds": round(clock - since[0], 3),
        "cpu_seconds": round(processor - since[1], 3),
        "peak_mb": round(megabytes, 1),
    }


def log(event: str, **fields: Any) -> None:
    """Add one line to the log that is open; nothing where none is (a step called alone)."""
    if _open:
        _open[-1].write(event, fields)


@contextmanager
def step(event: str, **fields: Any) -> Iterator[dict[str, Any]]:
    """Log one step when it ends, with what it cost; what is put in the mapping it gives is logged with it."""
    told, began = dict(fields), spent()
    try:
        yield told
    except BaseException as error:
        log("failed", what=event, **_names(told), **describe(error), **cost(began))
        raise
    log(event, **told, **cost(began))


def _names(told: Mapping[str, Any]) -> dict[str, Any]:
    return {name: told[name] for name in ("source", "product") if name in told}


def describe(error: BaseException) -> dict[str, Any]:
    """An error without its message: class, exit code, and the lines of our code that led there."""
    return {
        "error": type(error).__name__,
        "exit_code": exit_code_of(error),
        "lines": code_lines(error.__traceback__),
    }


def exit_code_of(error: BaseException) -> int:
    """What the process answers when this error reaches the border."""
    if isinstance(error, CauceError):
        return error.exit_code
    if isinstance(error, KeyboardInterrupt):
        return 130
    return OutsideError.exit_code if isinstance(error, OSError) else ArtefactError.exit_code


def code_lines(trail: TracebackType | None) -> list[str]:
    """``orchestration/run.py:80 run_city``, for each frame of ours, the last one innermost."""
    found = []
    for frame in traceback.extract_tb(trail):
        path = Path(frame.filename)
        if path.is_relative_to(PROJECT_ROOT) and ".venv" not in path.parts:
            found.append(f"{path.relative_to(PROJECT_ROOT).as_posix()}:{frame.lineno} {frame.name}")
    return found


@contextmanager
def keeping(home: CityHome, city: str, what: str, *, run: str | None = None, days: int = 90) -> Iterator[RunLog]:
    """Keep a log while the block runs: its first line, its last one, and what cost it.

    Args:
        home: The city's state.
        city: The city's id.
        what: The command.
        run: The run's id; a new one where None.
        days: Logs older than this many days are removed first.
    """
    path = folder(home) / f"{now():{STAMP}}-{run or uuid4().hex[:12]}.jsonl"
    mine = RunLog(path, city, path.stem.rsplit("-", 1)[1])
    sweep(home, days)
    mine.write(
        "run started",
        {
            "what": what,
            "by": f"{_user()}@{socket.gethostname()}",
            "pid": os.getpid(),
            "versions": versions(),
            "system": f"{platform.system()} {platform.machine()}",
            "free_bytes": free_bytes(path),
        },
    )
    _open.append(mine)
    try:
        yield mine
    except BaseException as error:
        mine.exit_code = exit_code_of(error)
        mine.write("stopped" if isinstance(error, KeyboardInterrupt) else "failed", {"what": what, **describe(error)})
        raise
    finally:
        _open.remove(mine)
        last = {**mine.facts, "exit_code": mine.exit_code, **cost(mine.began)}
        mine.write("run ended", {**last, "free_bytes": free_bytes(path), "need_bytes": mine.need()})


def sweep(home: CityHome, days: int) -> None:
    """Remove logs that began more than ``days`` days ago."""
    oldest = (now() - timedelta(days=days)).strftime(STAMP)
    for path in files(home):
        if path.name[: len(oldest)] < oldest:
            kept.discard(path)


def files(home: CityHome) -> tuple[Path, ...]:
    """Every log of a city, oldest first."""
    return tuple(sorted(folder(home).glob("[0-9]*-*.jsonl")))


def versions() -> dict[str, str]:
    """Of Cauce, Python and the engines, without importing them."""
    return {"cauce": _installed("cauce"), "python": platform.python_version()} | {n: _installed(n) for n in ENGINES}


def _installed(name: str) -> str:
    from importlib.metadata import PackageNotFoundError, version

    try:
        return version(name)
    except PackageNotFoundError:
        return "absent"


def _user() -> str:
    import pwd

    reader: Callable[[int], Any] = pwd.getpwuid
    try:
        return str(reader(os.getuid()).pw_name)
    except KeyError:
        return str(os.getuid())
