"""Dagster's own state: opened from ``var/dagster``, with telemetry off.

It is history for the UI, never evidence, and may be deleted: its SQLite files are written without waiting
for the disk. One run writes thousands of small events, and waiting for each took a third of the run.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import dagster as dg
from dagster._utils import interrupts
from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.exc import SQLAlchemyError

from contracts.errors import OutsideError
from orchestration import dagster_home
from orchestration.defs.event_log import open_connections
from orchestration.settings import Settings

PRUNED_AT_ONCE = 20
"""Old runs forgotten by one run at most: forgetting one takes some hundredths of a second."""


def _do_not_wait(connection: Any, _record: object) -> None:
    if isinstance(connection, sqlite3.Connection):
        connection.execute("PRAGMA synchronous = OFF")


@contextmanager
def open_instance(settings: Settings) -> Iterator[dg.DagsterInstance]:
    """Open the instance, creating its folder and ``dagster.yaml`` where they are missing."""
    home = dagster_home.prepare(settings)
    event.listen(Engine, "connect", _do_not_wait)
    try:
        with _opened(home) as instance, open_connections(instance.event_log_storage), _hands_off_signals():
            forget_old_runs(instance, settings.log_days)
            yield instance
    finally:
        event.remove(Engine, "connect", _do_not_wait)


def _opened(home: Path) -> dg.DagsterInstance:
    try:
        return dg.DagsterInstance.from_config(str(home))
    except (SQLAlchemyError, dg.DagsterError, OSError) as error:
        raise OutsideError(
            "Dagster's own state cannot be opened",
            where=str(home),
            found=f"{type(error).__name__}: {str(error).splitlines()[0]}",
            hint=f"mv {home} {home}.old, then run again: it holds the interface's history and nothing published.",
        ) from error


@contextmanager
def _hands_off_signals() -> Iterator[None]:
    """Let the command's own way of stopping stand: Dagster takes the signals over, and retries a stopped step."""
    before = interrupts._replace_interrupt_signal
    setattr(interrupts, "_replace_interrupt_signal", lambda _handler: None)  # noqa: B010 - private, so by name
    try:
        yield
    finally:
        interrupts._replace_interrupt_signal = before


def forget_old_runs(instance: dg.DagsterInstance, days: int) -> int:
    """Delete what Dagster keeps of runs older than ``days``, the oldest first; how many were deleted.

    One run writes some megabytes of events; kept for ever they would fill a disk.
    """
    oldest = datetime.now(UTC) - timedelta(days=days)
    old = instance.get_run_records(dg.RunsFilter(created_before=oldest), limit=PRUNED_AT_ONCE, ascending=True)
    for record in old:
        instance.delete_run(record.dagster_run.run_id)
    return len(old)
