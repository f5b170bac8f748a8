"""What was run: every command that wrote, from the logs, and every run on record, from the ledger.

Belongs here: one row a run, one run with its steps. Does not belong here: printing (``cli.history``), releases
(``publish.history``). Reads a log for what it is: a line that is torn is left out, and a log without its last
line is a run that was cut short (or that is under way).
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from contracts.errors import InputError
from contracts.evidence import Entry, EntryKind, Ledger
from contracts.home import CityHome
from orchestration import logs
from orchestration.lock import holder

RUNS = ("cauce run", "a run from Dagster")
"""Commands that count as the main job; the others write, but land and publish nothing by themselves."""
COUNTS = ("published", "unchanged", "held", "refused", "failed", "set_aside")


@dataclass(frozen=True)
class Logged:
    """One log: its first line, its last one if it ended, and where it stands."""

    path: Path
    start: Mapping[str, Any]
    end: Mapping[str, Any] | None

    @property
    def run(self) -> str:
        """The run's id."""
        return str(self.start["run"])

    @property
    def is_main(self) -> bool:
        """Whether it was the main job."""
        return self.start.get("what") in RUNS


def logged(home: CityHome, limit: int | None = None) -> Iterator[Logged]:
    """The logs of a city, newest first, at most ``limit``."""
    for number, path in enumerate(reversed(logs.files(home))):
        if limit is not None and number >= limit:
            return
        lines = read(path)
        if lines and lines[0].get("event") == "run started":
            end = lines[-1] if lines[-1].get("event") == "run ended" else None
            yield Logged(path, lines[0], end)


def read(path: Path) -> list[dict[str, Any]]:
    """The lines of one log; a torn one is left out."""
    try:
        text = path.read_text(encoding="utf-8", errors="replace")
    except OSError:
        return []
    found = []
    for line in text.splitlines():
        try:
            value = json.loads(line)
        except ValueError:
            continue
        if isinstance(value, dict):
            found.append(value)
    return found


def runs(home: CityHome, ledger: Ledger, limit: int = 20, *, main_only: bool = False) -> list[dict[str, Any]]:
    """The last commands that wrote, newest first.

    Shape:
        ``{run, what, state, started_at, ended_at, seconds, by, version, exit_code, published, unchanged, held,
        refused, failed, set_aside, as_of, error}``. ``state`` is ``ended``, ``under way`` or ``cut short``; what
        is known from the ledger alone (its log is gone) has no seconds and no ``by``.
    """
    rows: dict[str, dict[str, Any]] = {}
    for one in logged(home):
        if len(rows) >= limit:
            break
        if one.is_main or not main_only:
            rows[one.run] = _row(one, home)
    for entry in _newest(ledger, limit):
        told = _from_ledger(entry)
        rows[told["run"]] = {**told, **{k: v for k, v in rows.get(told["run"], {}).items() if v is not None}}
    return sorted(rows.values(), key=lambda row: str(row["started_at"]), reverse=True)[:limit]


def last(home: CityHome, ledger: Ledger) -> dict[str, Any] | None:
    """The last run of the main job, whatever became of it; None if there never was one."""
    found = runs(home, ledger, 1, main_only=True)
    return found[0] if found else None


def _newest(ledger: Ledger, limit: int) -> Iterator[Entry]:
    """The ledger's last ``limit`` runs, newest first."""
    newest, _ = ledger.head()
    given = 0
    for n in range(newest, 0, -1):
        if given == limit:
            return
        entry = ledger.read(n)
        if entry.kind == EntryKind.RUN:
            given += 1
            yield entry


def _row(one: Logged, home: CityHome) -> dict[str, Any]:
    end = one.end or {}
    return {
        "run": one.run,
        "what": one.start.get("what"),
        "state": _state(one, home),
        "started_at": _second(str(one.start["at"])),
        "ended_at": _second(str(end["at"])) if end else None,
        "seconds": end.get("seconds"),
        "by": one.start.get("by"),
        "version": one.start.get("versions", {}).get("cauce"),
        "exit_code": end.get("exit_code"),
        **{name: end.get(name) for name in COUNTS},
        "as_of": end.get("as_of"),
        "error": _error(read(one.path)),
    }


def _error(lines: list[dict[str, Any]]) -> str | None:
    """``stopped`` where somebody asked for it; else the class of the first error, which the others follow from."""
    if any(line.get("event") == "stopped" for line in lines):
        return "stopped"
    return next((str(line["error"]) for line in lines if line.get("event") == "failed" and "error" in line), None)


def _state(one: Logged, home: CityHome) -> str:
    if one.end is not None:
        return "ended"
    who = holder(home)
    return "under way" if who is not None and who.pid == one.start.get("pid") else "cut short"


def _second(instant: str) -> str:
    return datetime.fromisoformat(instant).replace(microsecond=0).isoformat()


def _from_ledger(entry: Entry) -> dict[str, Any]:
    body = entry.body
    counts = {name: len(body.get(name, ())) for name in COUNTS}
    counts["held"] = len({row["product"] for row in body.get("held", ())})
    counts["set_aside"] = sum(int(row["records"]) for row in body.get("quarantined", ()))
    return {
        "run": str(body["run"]),
        "what": RUNS[0],
        "state": "ended",
        "started_at": entry.recorded_at[:19] + "+00:00",
        "ended_at": entry.recorded_at[:19] + "+00:00",
        "seconds": None,
        "by": None,
        "version": None,
        "exit_code": body.get("exit_code"),
        **counts,
        "as_of": body.get("as_of"),
        "error": None,
    }


def find(home: CityHome, ledger: Ledger, wanted: str) -> dict[str, Any]:
    """One run with its steps.

    Args:
        home: The city's state.
        ledger: Its ledger.
        wanted: The run's id, the beginning of it, or ``last``.

    Shape:
        As a row of ``runs``, with ``steps``: the lines of its log, ``log``: its path, ``recorded``: what the
        ledger keeps of it.

    Raises:
        InputError: There is no such run, or several begin so.
    """
    rows = runs(home, ledger, 1_000_000)
    named = rows[:1] if wanted == "last" else [row for row in rows if row["run"].startswith(wanted)]
    if len(named) != 1 or not wanted:
        raise InputError(
            "no such run" if not named else "several runs begin so",
            where="cauce history",
            found=wanted if not named else ", ".join(row["run"] for row in named[:5]),
            expected="the id of one run, or last",
            hint="cauce history",
        )
    run = named[0]["run"]
    path = next((one.path for one in logged(home) if one.run == run), None)
    entry = next((e for e in _newest(ledger, 1_000_000) if e.body.get("run") == run), None)
    return {
        **named[0],
        "log": str(path) if path else None,
        "steps": read(path)[1:] if path else [],
        "recorded": dict(entry.body) if entry else None,
    }
